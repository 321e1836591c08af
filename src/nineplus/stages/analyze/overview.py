"""The Overview: how are we, and why? Several questions asked of one snapshot and one filter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from nineplus.mart.errors import MartDamaged
from nineplus.model import Estimate, Filter, Result
from nineplus.render import numbers
from nineplus.stages.analyze.choices import choices
from nineplus.stages.analyze.running import catalogue, dataset, run


@dataclass(frozen=True, slots=True)
class Overview:
    """The answers that stand on the first page. None: no such analysis is installed.

    Drivers are not among them: they take seconds on new data, and the page must not wait for them.
    """

    score: Result
    trend: Result | None
    distribution: Result | None
    attribution: Result | None
    response_rate: Result | None

    @property
    def headline(self) -> str:
        """How we are, in one or two sentences that claim no more than the intervals allow."""
        nps = self.score.estimate
        if nps is None or not nps.available:
            return self.score.says
        low, _, high = numbers.interval(nps).partition(" to ")
        said = f"NPS is {numbers.value(nps)}" + (f", between {low} and {high}." if low else ".")
        return f"{said} {self._moved}".strip()

    @property
    def _moved(self) -> str:
        figures = self.trend.figures if self.trend and not self.trend.refused else {}
        change = figures.get("change")
        if not isinstance(change, Estimate) or change.value is None:
            return ""
        now, then = _upper(figures["change_now"]), figures["change_then"]
        if not change.excludes_zero:
            return f"{now} shows no detectable change from {then}."
        moved = f"rose {numbers.value(change)}" if change.value > 0 else f"fell {numbers.value(_negated(change))}"
        return f"In {figures['change_now']} it {moved} points against {then}."

    @property
    def empty(self) -> bool:
        """Is there nothing at all to show, whatever the filter?"""
        return self.score.refused and self.score.filter.is_empty


def overview(*, filter: Filter, now: datetime) -> Overview:
    """All of the first page from one snapshot. Answers are kept, so asking again costs next to nothing."""
    try:
        data = dataset(now=now)
    except MartDamaged:
        data = None  # the first question asks for a new one and says so

    def ask(name: str) -> Result | None:
        return run(name, filter=filter, now=now, data=data) if name in catalogue() else None

    score = run("score", filter=filter, now=now, data=data)
    if score.refused:
        return Overview(score, None, None, None, None)
    return Overview(
        score=score,
        trend=ask("trend"),
        distribution=ask("distribution"),
        attribution=ask("attribution"),
        response_rate=ask("response-rate"),
    )


def prepare(*, now: datetime) -> None:
    """Answer what the first page asks without a filter, so that the next visitor of new data does not wait."""
    first = run("score", filter=Filter(), now=now)
    if first.refused:
        return
    with ThreadPoolExecutor(1) as beside:  # the trend keeps one processor busy
        offered = beside.submit(choices, now=now)
        overview(filter=Filter(), now=now)
        offered.result()
    for name in ("drivers", "theme-impact", "rising-themes"):  # last: the page comes without them
        if name in catalogue():
            run(name, filter=Filter(), now=now)


def _negated(change: Estimate) -> Estimate:
    low = None if change.high is None else -change.high
    high = None if change.low is None else -change.low
    return replace(change, value=None if change.value is None else -change.value, low=low, high=high)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
