"""What the page of a connection says in words: rows, runs, rights of the key, what comes next, what becomes what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nineplus.model import Filter, Result
from nineplus.plugs import Connector
from nineplus.render.numbers import number as count
from nineplus.stages import analyze
from nineplus.stages.analyze.choices import choices
from nineplus.stages.connect.syncing.reading import Meaning, Shown, StreamLine
from nineplus.stages.connect.syncing.settled import COLUMNS
from nineplus.store.models import Connection, SyncRun
from nineplus.store.models.connections import RunKind

_ONE_MANY: Mapping[str, tuple[str, str]] = {
    "owners": ("person", "people"),
    "accounts": ("account", "accounts"),
    "contacts": ("contact", "contacts"),
    "tickets": ("ticket", "tickets"),
    "ticket_events": ("event", "events"),
    "deals": ("deal", "deals"),
    "responses": ("answer", "answers"),
}
NOTHING = "Nothing new."
_DID = (("added", "new"), ("changed", "changed"), ("gone", "gone"), ("merged", "merged"), ("unusable", "not used"))
_WOULD = (("added", "would be new"), ("changed", "would change"), ("gone", "would go"), ("unusable", "not usable"))
_COLUMN = {
    "created_at": "The day it was made",
    "opened_at": "When it was opened",
    "first_response_at": "When it was first answered",
    "resolved_at": "When it was resolved",
    "closed_at": "When it was closed",
    "renews_at": "When it renews (surveys before renewals go by it)",
    "answered_at": "When it was answered",
    "sla_breached": "Was the SLA breached?",
    "reopens": "How often it was opened again",
    "escalated": "Was it escalated?",
    "email": "E-mail",
    "phone": "Telephone",
    "time_zone": "Time zone",
    "consent": "May be asked?",
    "amount_minor": "Amount",
    "mrr_minor": "Monthly revenue",
    "is_closed": "Is it closed?",
    "is_won": "Is it won?",
    "survey_name": "Name of the survey",
}


@dataclass(frozen=True, slots=True)
class Right:
    """One line of the checklist: what for, the rights that are lacking (none: allowed), and may it be left out?"""

    title: str
    missing: Sequence[str]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """What somebody has who has read for the first time."""

    here: Mapping[str, int]
    answers: bool
    preparing: bool
    coverage: Result | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One property and what it may become. `options` are (value, words)."""

    meaning: Meaning
    options: Sequence[tuple[str, str]]


def here(line: StreamLine) -> str:
    """`3,000 tickets, 22,200 events`."""
    return ", ".join(_many(number, kind) for kind, number in line.here.items())


def told(run: SyncRun, titles: Mapping[str, str]) -> list[str]:
    """What a run did, a sentence for each stream that had anything; one sentence when there was nothing."""
    words = _WOULD if run.kind == RunKind.DRY else _DID
    lines = []
    for stream, counts in run.counts.items():
        parts = [f"{count(counts[name])} {word}" for name, word in words if counts.get(name)]
        if parts:
            lines.append(f"{titles.get(stream, stream)}: {', '.join(parts)}")
    return lines or ([NOTHING] if run.counts else [])


_RECORD = {"contacts": "contact", "accounts": "company", "tickets": "ticket"}
_WRITTEN = {"properties": "Score", "note": "Note", "task": "Task"}


def refused(shown: Shown) -> list[tuple[str, str, str, str]]:
    """What was not taken over there: whose record, its kind and key, what was to be written, and the words."""
    told = []
    for row in shown.refused:
        whose = getattr(row.response, {"contacts": "contact", "accounts": "account"}.get(row.object, ""), None)
        name = getattr(whose, "name", "") or getattr(whose, "email", "") or getattr(whose, "domain", "")
        place = f"{_RECORD.get(row.object, row.object)} {row.target}"
        told.append((name or place.capitalize(), place if name else "", _WRITTEN.get(row.what, row.what), row.error))
    return told


def rights(plug: Connector) -> list[str]:
    """Every right that reading and writing want, each once."""
    return list(dict.fromkeys([right for stream in plug.streams for right in stream.scopes] + list(plug.writes)))


def checklist(connection: Connection, plug: Connector | None) -> dict[str, object]:
    """The rights as the last check found them, or nothing before the first."""
    if plug is None or connection.checked_at is None or connection.error:
        return {}
    missing = dict(connection.lacking)
    lines = [Right(f"Read {one.title}", missing.pop(one.title, ()), one.optional) for one in plug.streams]
    lines += [Right(why, lacking, optional=True) for why, lacking in missing.items()]
    if plug.writes and not missing:
        lines.append(Right("Write scores back", (), optional=True))
    wanted = dict.fromkeys(right for line in lines for right in line.missing)
    stops = any(line.missing and not line.optional for line in lines)
    return {"lines": lines, "wanted": list(wanted), "stops": stops, "at": connection.checked_at}


def upcoming(shown: Shown, *, now: datetime) -> Next | None:
    """What to do with what came; None before anything was read whole."""
    if shown.line.running or not any(line.state and line.state.caught_up_at for line in shown.streams):
        return None
    rows: dict[str, int] = {kind: number for line in shown.streams for kind, number in line.here.items()}
    if not shown.answers:
        return Next(rows, answers=False, preparing=False, coverage=None)
    offer = choices(now=now)
    coverage = None
    if not offer.preparing and offer.snapshot and offer.snapshot.rows:
        found = analyze.run("attribution", filter=Filter(), now=now)
        coverage = None if found.refused else found
    return Next(rows, answers=True, preparing=bool(rows.get("tickets")), coverage=coverage)


def chosen(meanings: Sequence[Meaning], given: Mapping[str, str] | None) -> list[Meaning]:
    """The meanings as somebody chose them in a form that was refused, each in its place; as they are without one."""
    if given is None:
        return list(meanings)
    return [replace(one, ours=given.get(one.property.name, "")) for one in meanings]


def offered(meaning: Meaning, kinds: Sequence[str]) -> Choice:
    """What this property may become: nothing, something to segment by, or one of our columns."""
    segment = meaning.ours if meaning.ours.startswith("attribute:") else f"attribute:{_slug(meaning.property.name)}"
    named = segment.removeprefix("attribute:")
    return Choice(
        meaning,
        (
            ("", "Stays there"),
            (segment, f"To segment by ({named})"),
            *((column, column_words(column)) for column in columns(kinds)),
        ),
    )


def columns(kinds: Sequence[str]) -> list[str]:
    """The columns that these kinds have."""
    return sorted({column for kind in kinds for column in COLUMNS.get(kind, ())})  # type: ignore[call-overload]


def column_words(column: str) -> str:
    return _COLUMN.get(column, column.replace("_", " ").capitalize())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]


def _many(number: int, kind: str) -> str:
    one, many = _ONE_MANY[kind]
    return f"{count(number)} {one if number == 1 else many}"
