"""How connections do: what page, command line and API show of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from nineplus.connectors import Property, Stream
from nineplus.stages.connect.syncing import connections
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Connection, Outbound, StreamState, SyncProblem, SyncRun
from nineplus.store.models.connections import OutboundState, RunState

_RUNS, _REFUSED, _EXAMPLES = 10, 20, 3


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


@dataclass(frozen=True, slots=True)
class StreamLine:
    """One stream. `share` (0 to 1) of the present pass, when the other side told how many there are."""

    stream: Stream
    state: StreamState | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Things that could not be used for the same reason."""

    stream: str
    code: str
    reason: str
    things: int
    first_at: datetime
    last_at: datetime
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one connection."""

    line: Line
    streams: Sequence[StreamLine]
    reasons: Sequence[Reason]
    runs: Sequence[SyncRun]
    outbound: Mapping[str, int]
    refused: Sequence[Outbound]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One property over there and what it becomes here (`ours`: a column, `attribute:slug`, or empty)."""

    property: Property
    ours: str
    missing: bool = False


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
        streams=[StreamLine(one, states.get(one.name), _share(states.get(one.name))) for one in streams],
        reasons=reasons(connection),
        runs=list(SyncRun.objects.filter(connection=connection).order_by("-started_at", "-pk")[:_RUNS]),
        outbound={**dict.fromkeys(OutboundState.values, 0), **dict(counts)},
        refused=list(
            Outbound.objects.filter(connection=connection, state=OutboundState.REFUSED).order_by("-pk")[:_REFUSED]
        ),
    )


def reasons(connection: Connection) -> list[Reason]:
    """Why things could not be used, the most frequent first."""
    groups = (
        SyncProblem.objects.filter(connection=connection)
        .values("stream", "code")
        .annotate(things=Count("pk"), first=Min("first_at"), last=Max("last_at"))
        .order_by("-things", "stream", "code")
    )
    found = []
    for group in groups:
        same = SyncProblem.objects.filter(connection=connection, stream=group["stream"], code=group["code"])
        newest = list(same.order_by("-last_at", "-pk")[:_EXAMPLES])
        found.append(
            Reason(
                stream=group["stream"],
                code=group["code"],
                reason=newest[0].reason,
                things=group["things"],
                first_at=group["first"],
                last_at=group["last"],
                examples=[one.key for one in newest if one.key],
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
    """Each property over there with what it becomes; mapped ones first, then by label. Raises NotPossible."""
    mapped = connection.mapping.get(stream, {})
    known = {one.name: one for one in connections.properties(connection, stream)}
    lost = [
        Meaning(Property(stream, name, name), ours, missing=True) for name, ours in mapped.items() if name not in known
    ]
    found = [Meaning(one, mapped.get(name, "")) for name, one in known.items()]
    return lost + sorted(found, key=lambda one: (not one.ours, one.property.label.casefold()))


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
    )


def _share(state: StreamState | None) -> float | None:
    if state is None or not state.total:
        return None
    return min(state.seen / state.total, 1.0)
