"""How answers are tied to tickets, and what service was promised: one frozen document with a version.

Links, verdicts and everything computed from them belong to one version of it; a change makes the next version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

TIERS = ("T1", "T2", "T3")
LABELS = ("priority", "category", "team", "owner", "channel")
"""What a rule may look at on a ticket."""
HALF_LIVES = (3, 7, 14, 28, 56, 120)
"""Days, from which the half-life is fitted (methods, attribution)."""
Conditions = tuple[tuple[str, tuple[str, ...]], ...]
"""Label -> values, any of which will do; all labels must agree."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When service is at work. `hours`: (weekday 0 = Monday, first minute, end minute) of the local day.

    `holidays` are days (ISO) on which nobody works; `country`, `region` say where they were looked up.
    """

    name: str
    time_zone: str = "UTC"
    hours: tuple[tuple[int, int, int], ...] = tuple((day, 9 * 60, 17 * 60) for day in range(5))
    country: str = ""
    region: str = ""
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What is promised to the tickets that meet `when` (labels of the ticket, or attributes of its customer).

    Minutes of working time by `calendar` (empty: around the clock); None: nothing is promised.
    """

    name: str
    calendar: str = ""
    when: Conditions = ()
    first_response_minutes: int | None = None
    resolution_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class LinkRule:
    """One version of the rule. Service levels are tried in order; the first whose conditions are met holds.

    `leave_out`: tickets that never explain an answer by themselves (T2, T3); one that a survey was sent for (T1)
    always does. `waiting`: stages, in lower case, in which the customer is waited for: no promise runs then.
    `half_life_days` weighs several tickets of one answer.
    """

    version: int = 1
    window_days: int = 30
    tiers: tuple[str, ...] = TIERS
    leave_out: Conditions = ()
    half_life_days: int = 14
    calendars: tuple[WorkCalendar, ...] = ()
    levels: tuple[ServiceLevel, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for two rules that link alike, whatever their versions are called."""
        body = self.to_dict() | {"version": 0}
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]

    def same_as(self, other: LinkRule) -> bool:
        return replace(self, version=0) == replace(other, version=0)

    def calendar(self, name: str) -> WorkCalendar | None:
        return next((one for one in self.calendars if one.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LinkRule:
        """The rule that `to_dict` wrote, also after a way through JSON."""
        return cls(
            **{name: data[name] for name in ("version", "window_days", "half_life_days") if name in data},
            tiers=tuple(data.get("tiers", TIERS)),
            leave_out=_conditions(data.get("leave_out", ())),
            calendars=tuple(
                WorkCalendar(
                    **{
                        **one,
                        "hours": tuple((int(day), int(start), int(end)) for day, start, end in one["hours"]),
                        "holidays": tuple(one.get("holidays", ())),
                    }
                )
                for one in data.get("calendars", ())
            ),
            levels=tuple(ServiceLevel(**{**one, "when": _conditions(one["when"])}) for one in data.get("levels", ())),
            waiting=tuple(data.get("waiting", ())),
        )


def _conditions(data: Any) -> Conditions:
    return tuple((str(label), tuple(values)) for label, values in data)


@dataclass(frozen=True, slots=True)
class Judged:
    """Links of one tier looked at by hand: right, wrong, could not be said."""

    tier: str
    right: int = 0
    wrong: int = 0
    unsure: int = 0
