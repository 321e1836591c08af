"""/api/connections: how the systems that are read do, and what could not be used. Keys of theirs are never shown."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status

from nineplus.api.door import Key
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.connect.syncing import connections, reading
from nineplus.stages.connect.syncing.reading import Line, Reason

router = Router(tags=["Connections"], auth=Key("connections:read"))


class OneConnection(Schema):
    """`lag_seconds`: how old what it brought is; null before everything was read once."""

    id: int
    name: str
    system: str
    title: str
    account: str
    state: str
    error: str
    reading: bool
    lag_seconds: int | None
    next_at: datetime | None
    rows: int
    not_used: int
    refused: int
    writes: list[str]

    @classmethod
    def of(cls, line: Line) -> OneConnection:
        one = line.connection
        return cls(
            id=one.pk,
            name=one.source,
            system=one.connector,
            title=one.title,
            account=one.account,
            state=one.state,
            error=one.error or (line.last.error if line.last else ""),
            reading=line.running is not None,
            lag_seconds=None if line.lag is None else int(line.lag.total_seconds()),
            next_at=one.due_at,
            rows=line.rows,
            not_used=line.problems,
            refused=line.refused,
            writes=one.writes,
        )


class OneReason(Schema):
    """Things that could not be used for the same reason, with the keys of some."""

    stream: str
    code: str
    reason: str
    things: int
    first_at: datetime
    last_at: datetime
    examples: list[str]

    @classmethod
    def of(cls, one: Reason) -> OneReason:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


@router.get("", response={200: list[OneConnection], **ERRORS}, summary="Systems that are read, by title")
def every(request: HttpRequest) -> list[OneConnection]:
    return [OneConnection.of(line) for line in reading.every(now=timezone.now())]


@router.get(
    "/{name}/problems",
    response={200: list[OneReason], **ERRORS, 404: Problem},
    summary="What could not be used, and why",
)
def problems(request: HttpRequest, name: str) -> list[OneReason]:
    return [OneReason.of(one) for one in reading.reasons(connections.find(name))]


@router.post(
    "/{name}/read",
    auth=Key("connections:write"),
    response={202: OneConnection, **BODY_ERRORS, 404: Problem, 409: Problem},
    summary="Read what is new, soon",
)
def read(request: HttpRequest, name: str) -> Status:
    """The worker reads it; `reading` and `lag_seconds` tell how it goes. Asking twice reads once.

    One that a person has paused stays paused: 409.
    """
    found = connections.find(name)
    connections.ask_for(found, now=timezone.now())
    [line] = [line for line in reading.every(now=timezone.now()) if line.connection.pk == found.pk]
    return Status(202, OneConnection.of(line))
