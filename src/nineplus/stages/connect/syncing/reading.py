"""How connections do: what page, command line and API show of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from nineplus.connectors import Kind, Property, Stream
from nineplus.stages.connect.syncing import connections
from nineplus.stages.connect.syncing.referring import MODELS
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Connection, Outbound, Response, StreamState, SyncProblem, SyncRun
from nineplus.store.models.connections import ConnectionState, OutboundState, RunState

_RUNS, _REFUSED, _EXAMPLES = 50, 20, 3
_SEGMENTED = re.compile(
    r"\b(arr|category|channel|contract|country|csm|customer|edition|industry|kind|language|level|lifecycle|market|package"
    r"|persona|plan|product|region|role|sector|segment|seniority|size|stage|status|subscription|team|tier|type|vertical)\b"
)
_RENEWS = re.compile(r"\b(renew(s|al|als)?|contract end|verlängerung|renouvellement|renovación)\b")
_NOT_SEGMENTED = re.compile(r"\b(analytics|conversion|date|email|ids?|latest|source|time|timestamp|url)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One connection in the list. `lag`: how old the oldest of its streams is; None before all were read once."""

    connection: Connection
    system: str
    last: SyncRun | None
    running: SyncRun | None
    lag: timedelta | None
    problems: int
    refused: int
    rows: int
    soon: bool = False
    """It is to be read now, and the worker has not begun."""


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream. `share` (0 to 1) of the present pass, when the other side told how many there are.

    `here`: how many rows of each kind there are now that came through this stream.
    """

    stream: Stream
    state: StreamState | None
    share: float | None
    here: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Things that could not be used for the same reason."""

    stream: str
    code: str
    reason: str
    things: int
    title: str
    first_at: datetime
    last_at: datetime
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one connection. `answers`: are there any, from wherever?"""

    line: Line
    streams: Sequence[StreamLine]
    reasons: Sequence[Reason]
    runs: Sequence[SyncRun]
    outbound: Mapping[str, int]
    refused: Sequence[Outbound]
    answers: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """One property over there and what it becomes here (`ours`: a column, `attribute:slug`, or empty).

    `likely`: nothing yet, but many companies use such a one.
    """

    property: Property
    ours: str
    missing: bool = False
    likely: bool = False


def every(*, now: datetime) -> list[Line]:
    """All connections, by title."""
    return [_line(one, now=now) for one in connections.every()]


def shown(connection: Connection, *, now: datetime) -> Shown:
    states = {state.stream: state for state in StreamState.objects.filter(connection=connection)}
    try:
        streams: Sequence[Stream] = connections.plug_of(connection).streams
    except NotPossible:
        streams = ()
    counts = Outbound.objects.filter(connection=connection).values_list("state").annotate(Count("pk")).order_by()
    return Shown(
        line=_line(connection, now=now),
        streams=[
            StreamLine(one, states.get(one.name), _share(states.get(one.name)), _here(connection, one))
            for one in streams
        ],
        reasons=reasons(connection),
        runs=list(SyncRun.objects.filter(connection=connection).order_by("-started_at", "-pk")[:_RUNS]),
        outbound={**dict.fromkeys(OutboundState.values, 0), **dict(counts)},
        refused=list(
            Outbound.objects.filter(connection=connection, state=OutboundState.REFUSED)
            .select_related("response__contact", "response__account")
            .order_by("-pk")[:_REFUSED]
        ),
        answers=Response.objects.exists(),
    )


def reasons(connection: Connection) -> list[Reason]:
    """Why things could not be used, the most frequent first."""
    groups = (
        SyncProblem.objects.filter(connection=connection)
        .values("stream", "code")
        .annotate(things=Count("pk"), first=Min("first_at"), last=Max("last_at"))
        .order_by("-things", "stream", "code")
    )
    titles = _titles(connection)
    found = []
    for group in groups:
        same = SyncProblem.objects.filter(connection=connection, stream=group["stream"], code=group["code"])
        some = list(same.order_by("key")[:_EXAMPLES])  # as the index has them: there may be a million
        if not some:
            continue  # forgotten in this moment
        found.append(
            Reason(
                stream=group["stream"],
                code=group["code"],
                reason=some[0].reason,
                things=group["things"],
                title=titles.get(group["stream"], group["stream"]),
                first_at=group["first"],
                last_at=group["last"],
                examples=[one.key for one in some if one.key],
            )
        )
    return found


def problems(connection: Connection) -> Iterator[SyncProblem]:
    """Everything that could not be used, for a file."""
    return SyncProblem.objects.filter(connection=connection).order_by("stream", "code", "key").iterator(2_000)


def forget_problems(connection: Connection) -> int:
    """Begin the log anew: what is still wrong comes back when it is read again."""
    return SyncProblem.objects.filter(connection=connection).delete()[0]


def meanings(connection: Connection, stream: str) -> list[Meaning]:
    """Each property over there with what it becomes; mapped ones, likely ones, then by label. Raises NotPossible."""
    mapped = connection.mapping.get(stream, {})
    known = {one.name: one for one in connections.properties(connection, stream)}
    lost = [
        Meaning(Property(stream, name, name), ours, missing=True) for name, ours in mapped.items() if name not in known
    ]
    found = [Meaning(one, ours := mapped.get(name, ""), likely=not ours and likely(one)) for name, one in known.items()]
    return lost + sorted(found, key=lambda one: (not one.ours, not one.likely, one.property.label.casefold()))


def likely(property: Property) -> bool:
    """Is it one of those that companies segment by (the plan, the industry, the region …), or a day of renewal?"""
    words = f"{property.name} {property.label}".lower().replace("_", " ")
    if property.type == "date":
        return bool(_RENEWS.search(words))
    kinds = property.type in ("text", "choice", "flag")
    return kinds and bool(_SEGMENTED.search(words)) and not _NOT_SEGMENTED.search(words)


def _line(connection: Connection, *, now: datetime) -> Line:
    runs = SyncRun.objects.filter(connection=connection).order_by("-started_at", "-pk")
    states = list(StreamState.objects.filter(connection=connection))
    reached = [state.caught_up_at for state in states if not state.error]
    whole = [at for at in reached if at is not None]
    try:
        system = connections.plug_of(connection).title
    except NotPossible:
        system = connection.connector
    return Line(
        connection=connection,
        system=system,
        last=runs.exclude(state=RunState.RUNNING).first(),
        running=runs.filter(state=RunState.RUNNING).first(),
        lag=now - min(whole) if whole and len(whole) == len(reached) else None,
        problems=SyncProblem.objects.filter(connection=connection).count(),
        refused=Outbound.objects.filter(connection=connection, state=OutboundState.REFUSED).count(),
        rows=sum(state.rows for state in states),
        soon=connection.state == ConnectionState.ACTIVE and connection.due_at is not None and connection.due_at <= now,
    )


def _here(connection: Connection, stream: Stream) -> dict[Kind, int]:
    return {kind: MODELS[kind]._default_manager.filter(source=connection.source).count() for kind in stream.kinds}


def _titles(connection: Connection) -> dict[str, str]:
    try:
        return {one.name: one.title for one in connections.plug_of(connection).streams}
    except NotPossible:
        return {}


def _share(state: StreamState | None) -> float | None:
    if state is None or not state.total:
        return None
    return min(state.seen / state.total, 1.0)
