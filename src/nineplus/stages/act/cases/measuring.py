"""How soon do customers hear from us? Time to the first contact with those who still wait counted, and promises kept.

A case that is not contacted counts for as long as it has waited; one that was closed without a contact, until then.
Merged cases count once. Times are hours of the clock since the answer (since the case was opened, without one).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nineplus.render import numbers
from nineplus.stats.nps import wilson
from nineplus.stats.survival import Survival, survival
from nineplus.store.models import Case, Seat
from nineplus.store.models.cases import CaseState

PERIOD = timedelta(days=90)
_HOUR = timedelta(hours=1)
NO_TEAM = "Without a team"
_MARKS = (24.0, 48.0)


@dataclass(frozen=True, slots=True)
class Kept:
    """Of how many customers whose time had come was the promise kept? `low` and `high` are where the share may lie."""

    team: str
    kept: int
    due: int

    @property
    def share(self) -> float:
        return self.kept / self.due

    @property
    def interval(self) -> tuple[float, float]:
        found = wilson(self.kept, self.due)
        return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Measures:
    """Of the cases opened in a period. `curve` is None without any; `within` has the share contacted within hours."""

    cases: int
    contacted: int
    waiting: int
    curve: Survival | None
    within: Mapping[float, tuple[float, float, float] | None]
    kept: Sequence[Kept]
    overall: Kept | None
    says: str


def measures(*, now: datetime, period: timedelta = PERIOD) -> Measures:
    """How soon customers heard from us whose cases were opened in that period until now."""
    columns = ("owner", "team", "answered_at", "opened_at", "due_at", "contacted_at", "closed_at", "state")
    rows = list(Case.objects.filter(merged_into=None, opened_at__gte=now - period).values_list(*columns))
    teams = dict(Seat.objects.exclude(team="").values_list("user", "team"))
    events: Counter[float] = Counter()
    waiting: Counter[float] = Counter()
    kept: dict[str, list[bool]] = defaultdict(list)
    for owner, team, answered, opened, due, contacted, closed, _ in rows:
        ends = contacted or closed or now
        waited = max(0.0, round((ends - (answered or opened)) / _HOUR, 2))
        (events if contacted else waiting)[waited] += 1
        if contacted or (closed or now) >= due:
            in_time = contacted is not None and contacted <= due
            kept[team or teams.get(owner, "") or NO_TEAM].append(in_time)
    curve = survival(events=events, waiting=waiting) if rows else None
    told = [Kept(name, sum(found), len(found)) for name, found in sorted(kept.items())]
    overall = Kept("", sum(one.kept for one in told), sum(one.due for one in told)) if told else None
    open_ = sum(1 for row in rows if row[5] is None and row[7] != CaseState.CLOSED)
    return Measures(
        cases=len(rows),
        contacted=events.total(),
        waiting=open_,
        curve=curve,
        within={mark: curve.happened_by(mark) if curve else None for mark in _MARKS},
        kept=told,
        overall=overall,
        says=_says(curve, open_, period),
    )


def in_hours(hours: float) -> str:
    """A length of time as a person says it."""
    if hours < 1:
        return f"{numbers.number(round(hours * 60))}{numbers.NBSP}minutes"
    if hours < 48:
        return f"{numbers.number(hours, decimals=1 if hours < 10 else 0)}{numbers.NBSP}hours"
    return f"{numbers.number(hours / 24, decimals=1)}{numbers.NBSP}days"


def _says(curve: Survival | None, waiting: int, period: timedelta) -> str:
    days = period.days
    if curve is None:
        return f"No case was opened in the last {days} days."
    if curve.median is None:
        return (
            f"Of {numbers.number(curve.n)} customers of the last {days} days fewer than half have heard from a person: "
            "how long half of them wait is not known yet."
        )
    low, high = curve.median_interval
    between = f" ({in_hours(low)} to {in_hours(high)})" if low is not None and high is not None else ""
    still = f", {numbers.number(waiting)} who still wait counted" if waiting else ""
    return f"Half of all customers heard from a person within {in_hours(curve.median)}{between}{still}."
