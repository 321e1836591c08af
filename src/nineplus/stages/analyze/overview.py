"""The Overview: how are we, and why? Several questions asked of one snapshot and one filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nineplus.model import Filter, Result
from nineplus.stages.analyze.running import catalogue, run


@dataclass(frozen=True, slots=True)
class Overview:
    """The answers that stand on the first page. None: no such analysis is installed."""

    score: Result
    trend: Result | None
    distribution: Result | None
    drivers: Result | None
    attribution: Result | None
    response_rate: Result | None

    @property
    def empty(self) -> bool:
        """Is there nothing at all to show, whatever the filter?"""
        return self.score.refused and self.score.filter.is_empty


def overview(*, filter: Filter, now: datetime) -> Overview:
    """All of the first page. Answers are kept per snapshot and filter, so asking again costs next to nothing."""

    def ask(name: str, **options: Any) -> Result | None:
        return run(name, filter=filter, options=options, now=now) if name in catalogue() else None

    score = run("score", filter=filter, now=now)
    if score.refused:
        return Overview(score, None, None, None, None, None)
    return Overview(
        score=score,
        trend=ask("trend"),
        distribution=ask("distribution"),
        drivers=ask("drivers"),
        attribution=ask("attribution"),
        response_rate=ask("response_rate"),
    )
