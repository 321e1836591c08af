"""Time to follow-up. How soon do customers hear from a person, those who still wait counted?

Reads cases opened in the period, each once: hours of the clock from the answer (from the opening, without one) to the
first human contact. Who was not contacted counts for as long as they have waited; a case that was closed without a
contact, until then. Kaplan–Meier with Greenwood's variance on the scale log(-log); the median with the interval of
Brookmeyer and Crowley; groups compared by the log-rank test.
Assumes: cases are independent of each other, and those closed without a contact would have waited like the rest.
Refuses: when no case was opened. Describes what happened: no effect is claimed, so it bears no evidence grade.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import ibis

from nineplus.analyses._following import NEEDS, cases, cut, few, hidden, left_out, looked, shown
from nineplus.analyses._words import between, many, points
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.survival import Compared, Survival, logrank, survival

NAME, TITLE = "follow-up-time", "How soon do customers hear from a person?"
MARKS = (1, 4, 8, 24, 48, 72, 120, 168, 240)
"""Hours after which the share is told."""
_NAMED = (24, 48)
_DRAWN = 120
"""So many places of the curve are told, evenly apart: enough for the eye, and no customer's own time."""
_CLEAR = 0.05


@dataclass(slots=True)
class Waits:
    """Of one group how many were contacted after so many hours, and how many were not for so long."""

    events: Counter[float] = field(default_factory=Counter)
    waiting: Counter[float] = field(default_factory=Counter)
    open: int = 0

    @property
    def n(self) -> int:
        return self.events.total() + self.waiting.total()

    def add(self, hours: float, contacted: bool, closed: bool, n: int) -> None:
        (self.events if contacted else self.waiting)[hours] += n
        self.open += 0 if contacted or closed else n

    def curve(self, confidence: float) -> Survival:
        return survival(events=self.events, waiting=self.waiting, confidence=confidence)


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "by": "team, priority, cause, reason, or an attribute of the customer; groups are compared",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def follow_up_time(data: Dataset, *, by: str | None = None, confidence: float = 0.95) -> Result:
    if not data.has("follow_ups"):
        return refuse(NAME, TITLE, "There are no cases here: follow-ups are kept where nineplus runs.")
    column, title = cut(data, by or "team")
    groups = _waits(data, column)
    if not groups:
        return refuse(NAME, TITLE, "No case was opened in this selection.")
    whole = Waits()
    for group in groups.values():
        whole.events.update(group.events)
        whole.waiting.update(group.waiting)
        whole.open += group.open
    if reason := hidden(data, whole.n):
        return refuse(NAME, TITLE, reason)
    curve = whole.curve(confidence)
    within = {mark: _share(curve, mark, confidence) for mark in MARKS}
    sizes = {value: group.n for value, group in groups.items()}
    large = dict(shown(groups, sizes))
    compared = logrank([(group.events, group.waiting) for group in large.values()])
    low, high = curve.median_interval
    figures: dict[str, Any] = {
        "n": whole.n,
        "contacted": curve.events,
        "waiting": whole.open,
        "closed_without": whole.n - curve.events - whole.open,
        "median_hours": curve.median,
        "median_low": low,
        "median_high": high,
        **{f"within_{mark}": _part(within[mark]) for mark in _NAMED},
        "p": compared and compared.p,
    }
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(curve, whole.open, within[24]) + _told_apart(compared, title),
        estimate=within[24],
        tables=(_curve(curve, confidence), _within(within), _by(large, title, confidence, left_out(sizes), compared)),
        figures=figures,
        assumptions=(
            "Cases are independent of each other.",
            "Those closed without a contact would have waited like the rest.",
            "Describes what happened: no effect is claimed, so it bears no evidence grade.",
        ),
        warnings=few(whole.n, "cases"),
        method="Kaplan–Meier, those who still wait counted; Greenwood's variance on log(-log); log-rank test",
    )


def _waits(data: Dataset, column: str) -> dict[Any, Waits]:
    """One query: cases by group, hours and how the wait ended."""
    rows = cases(data)
    ends = ibis.coalesce(rows.contacted_at, rows.closed_at, ibis.literal(looked(data)))
    # DuckDB's seconds have a fraction, whatever ibis says of their type
    seconds = ends.epoch_seconds().cast("float64") - rows.waits_from.epoch_seconds().cast("float64")
    rows = rows.mutate(
        _k=rows[column],
        _hours=(ibis.greatest(seconds, 0.0) / 3600).round(2),
        _contacted=rows.contacted_at.notnull(),
        _closed=rows.closed_at.notnull(),
    )
    counted = rows.group_by("_k", "_hours", "_contacted", "_closed").agg(n=rows.count()).to_pyarrow().to_pylist()
    groups: dict[Any, Waits] = {}
    for row in counted:
        groups.setdefault(row["_k"], Waits()).add(row["_hours"], row["_contacted"], row["_closed"], row["n"])
    return groups


def _share(curve: Survival, mark: float, confidence: float) -> Estimate | None:
    """Per cent who heard from a person within so many hours; None: nobody was followed for so long."""
    found = curve.happened_by(float(mark))
    if found is None:
        return None
    value, low, high = (100 * part for part in found)
    known = (low, high) if low < high else (None, None)
    return Estimate(value, *known, curve.n, curve.n, confidence, "kaplan-meier", unit="percent")


def _part(share: Estimate | None) -> float | None:
    return None if share is None or share.value is None else share.value / 100


def in_hours(hours: float) -> str:
    """A length of time as a person says it."""
    if hours < 1:
        return many(round(hours * 60), "minute")
    if hours <= 48:
        return _units(round(hours, 1 if hours < 10 else 0), "hour")
    return _units(round(hours / 24, 1), "day")


def _units(number: float, unit: str) -> str:
    """1 hour, 1.5 hours, 2 days."""
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"


def _says(curve: Survival, waiting: int, day: Estimate | None) -> str:
    if curve.median is None:
        half = (
            f"Of {many(curve.n, 'customer')} fewer than half have heard from a person: how long half of them wait is "
            "not known yet."
        )
    else:
        low, high = curve.median_interval
        range_ = f" ({in_hours(low)} to {in_hours(high)})" if low is not None and high is not None else ""
        still = f", {waiting:,} who still wait counted" if waiting else ""
        half = (
            f"Half of {many(curve.n, 'customer')} heard from a person within {in_hours(curve.median)}{range_}{still}."
        )
    if day is None or day.value is None:
        return half
    interval = f" ({between(day)})" if day.interval else ""
    return f"{half} Within 24 hours {points(day.value, like=day)} % had{interval}."


def _told_apart(compared: Compared | None, title: str) -> str:
    if compared is None:
        return ""
    if compared.p < _CLEAR:
        return f" It differs by {title.lower()} (log-rank, p = {compared.p:.2g})."
    return f" By {title.lower()} no difference can be told apart (log-rank, p = {compared.p:.2f})."


def _curve(curve: Survival, confidence: float) -> Table:
    """The share who have heard, from the answer on until ten days later or until nobody was followed any longer."""
    ends = min(float(MARKS[-1]), ceil(curve.longest))
    places = (ends * place / _DRAWN for place in range(_DRAWN + 1))
    rows = [{"hours": round(at, 2), "share": _share(curve, at, confidence)} for at in places]
    return Table(
        name="curve",
        title="Who has heard from a person, as hours go by",
        columns=(Column("hours", "Hours", Kind.NUMBER), Column("share", "Share of all, %", Kind.ESTIMATE)),
        rows=tuple(row for row in rows if row["share"] is not None),
        figure=Figure("steps", label="hours", value="share", named=_NAMED, counts="case"),
        for_drawing=True,
    )


def _within(within: dict[int, Estimate | None]) -> Table:
    return Table(
        name="within",
        title="Heard from a person",
        columns=(Column("within", "Within"), Column("share", "Share of all, %", Kind.ESTIMATE)),
        rows=tuple(
            {"within": in_hours(mark), "hours": mark, "share": share}
            for mark, share in within.items()
            if share is not None
        ),
    )


def _by(groups: dict[str, Waits], title: str, confidence: float, note: str, compared: Compared | None) -> Table:
    rows = []
    for value, group in groups.items():
        curve = group.curve(confidence)
        rows.append(
            {
                "value": value,
                "n": group.n,
                "waiting": group.open,
                "median_hours": curve.median,
                "within_24": _share(curve, 24, confidence),
                "within_48": _share(curve, 48, confidence),
            }
        )
    said = f"Log-rank: chi-squared {compared.chi2:.2f} on {compared.df}, p = {compared.p:.2g}. " if compared else ""
    return Table(
        name="by_value",
        title=f"By {title.lower()}",
        columns=(
            Column("value", title),
            Column("n", "Cases", Kind.COUNT),
            Column("waiting", "Still wait", Kind.COUNT),
            Column("median_hours", "Half within, hours", Kind.NUMBER),
            Column("within_24", "Within 24 hours, %", Kind.ESTIMATE),
            Column("within_48", "Within 48 hours, %", Kind.ESTIMATE),
        ),
        rows=tuple(rows),
        note=said + note,
    )
