"""From the history of a ticket's properties to what happened: stages, reopenings, resolutions, hands and urgency.

HubSpot's own `time_to_close` is overwritten when a ticket is reopened, so it is not read. What is closed is said by
the stage's `ticketState` in its pipeline. History comes newest first, may hold the same value twice running, and may
be cut at its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nineplus.connectors import Record
from nineplus.connectors.hubspot.values import instant, milliseconds

KINDS: Mapping[str, str] = {
    "hs_pipeline_stage": "stage",
    "hubspot_owner_id": "owner",
    "hubspot_team_id": "team",
    "hs_ticket_priority": "priority",
}
"""The properties whose history is read, and the kind of event that a change of each is."""

_NOBODY: Mapping[str, str] = {}
Moves = Sequence[tuple[datetime, str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline: how people call it, and whether what is in it is closed; of deals, whether won."""

    label: str
    closed: bool
    won: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What a ticket's stages say. `resolved_at` is the last closing of a ticket that is closed now."""

    resolved_at: datetime | None
    reopens: int | None
    reopened: Sequence[datetime]
    resolved: Sequence[datetime]


def moves(told: Sequence[Mapping[str, object]]) -> list[tuple[datetime, str]]:
    """The values that a property had, oldest first, each once: `(since, value)`."""
    found = [(at, str(one.get("value") or "")) for one in reversed(told) if (at := instant(one.get("timestamp")))]
    found.sort(key=lambda move: move[0])
    return [move for place, move in enumerate(found) if place == 0 or found[place - 1][1] != move[1]]


def course(*, stages: Moves, known: Mapping[str, Stage]) -> Course:
    """When was it closed and opened again? A stage that no pipeline knows any more changes nothing."""
    reopened, resolved = [], []
    closed: bool | None = None
    for at, stage in stages:
        if stage not in known:
            continue
        now = known[stage].closed
        if now and not closed:
            resolved.append(at)
        elif closed and not now:
            reopened.append(at)
        closed = now
    return Course(
        resolved_at=resolved[-1] if closed else None,
        reopens=None if closed is None else len(reopened),
        reopened=reopened,
        resolved=resolved,
    )


def events(
    *,
    ticket: str,
    history: Mapping[str, Moves],
    known: Mapping[str, Stage],
    first_reply: datetime | None,
    teams: Mapping[str, str] = _NOBODY,
) -> list[Record]:
    """What happened, oldest first, stages and teams by name. What is read again has the same key."""
    found: list[tuple[datetime, str, str, str]] = []
    for name, kind in KINDS.items():
        before = ""
        for at, value in history.get(name, ()):
            found.append((at, kind, before, value))
            before = value
    went = course(stages=history.get("hs_pipeline_stage", ()), known=known)
    found += [(at, "reopen", "", "") for at in went.reopened]
    found += [(at, "resolution", "", "") for at in went.resolved]
    if first_reply:
        found.append((first_reply, "reply", "", ""))
    found.sort(key=lambda event: event[0])
    return _records(ticket, found, {"stage": {key: stage.label for key, stage in known.items()}, "team": teams})


def _records(
    ticket: str,
    found: Sequence[tuple[datetime, str, str, str]],
    labels: Mapping[str, Mapping[str, str]],
) -> list[Record]:
    made: dict[str, Record] = {}
    for at, kind, before, after in found:
        key = f"{ticket}:{kind}:{milliseconds(at)}" if kind != "reply" else f"{ticket}:reply"
        while key in made:
            key += "+"
        called = labels.get(kind, _NOBODY)
        fields = {
            "ticket": ticket,
            "at": at,
            "kind": kind,
            "from_value": called.get(before, before)[:200],
            "to_value": called.get(after, after)[:200],
            "by_customer": False if kind == "reply" else None,
        }
        made[key] = Record("ticket_events", key, fields, modified_at=at)
    return list(made.values())
