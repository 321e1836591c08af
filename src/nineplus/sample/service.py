"""Tickets of the sample company: who opened them, what service they got, and their event histories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nineplus.sample import truth

CATEGORIES = tuple(truth.CATEGORY)
TEAM_OF = {
    "Billing": "Billing",
    "Access": "Frontline",
    "How-to": "Frontline",
    "Bug": "Technical",
    "Performance": "Technical",
    "Integration": "Integrations",
}
PRIORITIES = tuple(truth.PRIORITY)
CHANNELS = ("email", "chat", "portal", "phone")
SLA_HOURS = {"low": 96.0, "normal": 60.0, "high": 24.0, "urgent": 8.0}
"""Time to resolution that the contract promises."""

_FIRST_RESPONSE_MEDIAN = {"low": 5.0, "normal": 2.6, "high": 1.1, "urgent": 0.5}
_WORK_MEDIAN = {"Billing": 22.0, "Access": 5.0, "How-to": 8.0, "Bug": 34.0, "Performance": 28.0, "Integration": 36.0}
_PRIORITY_PACE = {"low": 1.5, "normal": 1.0, "high": 0.45, "urgent": 0.16}

HOUR = 3_600_000_000  # microseconds


@dataclass(frozen=True)
class Service:
    """One entry per ticket. Instants are microseconds since 1970 UTC; hours are floats."""

    account: np.ndarray
    contact: np.ndarray
    opened: np.ndarray
    month: np.ndarray  # 0..23 of opening
    category: np.ndarray
    team: np.ndarray
    owner: np.ndarray
    priority: np.ndarray
    channel: np.ndarray
    first_response_hours: np.ndarray
    first_resolution_hours: np.ndarray
    resolution_hours: np.ndarray  # to the last resolution; NaN while open
    breached: np.ndarray
    reopened: np.ndarray
    escalated: np.ndarray
    reassigned: np.ndarray

    def effect(self) -> np.ndarray:
        """What the service did to the satisfaction of whoever opened the ticket."""
        return (
            truth.first_response_effect(self.first_response_hours)
            + truth.BREACH * self.breached
            + truth.REOPENED * self.reopened
            + truth.ESCALATED * self.escalated
            + look_up(truth.CATEGORY, self.category)
            + look_up(truth.PRIORITY, self.priority)
            + truth.CHANGE * ((self.team == truth.CHANGED_TEAM) & (self.month >= truth.CHANGE_MONTH))
        )


def look_up(table: dict[str, object], keys: np.ndarray) -> np.ndarray:
    """The table's value for each key, as an array."""
    known = np.array(list(table))
    order = np.argsort(known)
    return np.array(list(table.values()))[order[np.searchsorted(known[order], keys)]]


def serve(
    *,
    account: np.ndarray,
    contact: np.ndarray,
    opened: np.ndarray,
    month: np.ndarray,
    until: int,
    random: np.random.Generator,
) -> Service:
    """What happened to tickets opened by those contacts at those instants; what lies after `until` is not known."""
    count = len(opened)
    category = random.choice(CATEGORIES, count, p=(0.20, 0.16, 0.24, 0.18, 0.10, 0.12))
    team = look_up(TEAM_OF, category)
    priority = random.choice(PRIORITIES, count, p=(0.22, 0.48, 0.22, 0.08))
    owner = np.char.add(np.char.add(np.char.lower(team), "-"), random.integers(1, 6, count).astype(str))

    pace = np.where(team == truth.CHANGED_TEAM, 1.4, 1.0)
    median = look_up(_FIRST_RESPONSE_MEDIAN, priority) * pace
    first = median * np.exp(1.25 * random.standard_normal(count))
    work = (
        look_up(_WORK_MEDIAN, category)
        * look_up(_PRIORITY_PACE, priority)
        * np.exp(0.95 * random.standard_normal(count))
    )
    first_resolution = first + work
    breached = first_resolution > look_up(SLA_HOURS, priority)
    reopened = random.random(count) < np.where(breached, 0.14, 0.07)
    escalated = random.random(count) < 0.025 + 0.08 * breached + 0.06 * reopened
    resolution = first_resolution + np.where(reopened, 6.0 + work * random.uniform(0.2, 0.8, count), 0.0)
    still_open = opened + (resolution * HOUR).astype(np.int64) > until
    return Service(
        account=account,
        contact=contact,
        opened=opened,
        month=month,
        category=category,
        team=team,
        owner=owner,
        priority=priority,
        channel=random.choice(CHANNELS, count, p=(0.40, 0.30, 0.22, 0.08)),
        first_response_hours=first,
        first_resolution_hours=first_resolution,
        resolution_hours=np.where(still_open, np.nan, resolution),
        breached=breached,
        reopened=reopened,
        escalated=escalated,
        reassigned=random.random(count) < np.where(escalated, 0.7, 0.18),
    )


def history(service: Service, *, until: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The events of all tickets up to `until`, as columns of the canonical `ticket_events` (ticket by position)."""
    rows: list[tuple[np.ndarray, np.ndarray, str, str | np.ndarray, str | np.ndarray, bool]] = []
    every = np.arange(len(service.opened))
    at = lambda hours: service.opened + (np.nan_to_num(hours, nan=1e6) * HOUR).astype(np.int64)  # noqa: E731

    first, solved = service.first_response_hours, service.first_resolution_hours
    rows.append((every, at(0.0 * first), "stage", "", "new", True))
    rows.append((every, at(first * 0.6), "stage", "new", "open", False))
    rows.append((every, at(first), "reply", "", "", False))
    talked = random.random(len(every)) < 0.6
    rows.append((every[talked], at(first + 0.3 * (solved - first))[talked], "reply", "", "", True))
    rows.append((every[talked], at(first + 0.5 * (solved - first))[talked], "reply", "", "", False))
    moved = service.reassigned
    other = np.char.add(np.char.lower(service.team), "-9")
    rows.append(
        (every[moved], at(first + 0.2 * (solved - first))[moved], "owner", other[moved], service.owner[moved], False)
    )
    raised = service.escalated
    rows.append((every[raised], at(first + 0.7 * (solved - first))[raised], "escalation", "", "second line", False))
    rows.append((every, at(solved), "resolution", "", "", False))
    rows.append((every, at(solved), "stage", "open", "closed", False))
    again = service.reopened
    rows.append((every[again], at(solved + 4.0)[again], "reopen", "", "", True))
    rows.append((every[again], at(solved + 4.0)[again], "stage", "closed", "open", True))
    rows.append((every[again], at(service.resolution_hours)[again], "resolution", "", "", False))
    rows.append((every[again], at(service.resolution_hours)[again], "stage", "open", "closed", False))

    def joined(position: int) -> np.ndarray:
        parts = [np.broadcast_to(np.asarray(row[position], dtype=object), len(row[0])) for row in rows]
        return np.concatenate(parts)

    columns = {
        "ticket": np.concatenate([row[0] for row in rows]),
        "at": np.concatenate([row[1] for row in rows]),
        "kind": joined(2),
        "from_value": joined(3),
        "to_value": joined(4),
        "by_customer": joined(5),
    }
    known = columns["at"] <= until
    order = np.lexsort((columns["at"][known], columns["ticket"][known]))
    return {name: values[known][order] for name, values in columns.items()}
