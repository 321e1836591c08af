"""One run of a connection: every stream is read from where it stopped, portion by portion, each in its transaction.

How far a stream came is written with the rows it brought, so a killed run repeats nothing and misses nothing. A
portion that was kept by somebody else meanwhile is not kept twice.
"""

from __future__ import annotations

import os
import secrets as randomness
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from nineplus.connectors import GiveUp, Portion, Reconnect, Retry, Session, Stream
from nineplus.stages.connect.bulk import roomy
from nineplus.stages.connect.running import link_waiting_answers
from nineplus.stages.connect.syncing import back, connections, drift
from nineplus.stages.connect.syncing.records import Counts, Keeper
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Connection, Event, Revision, StreamState, SyncRun
from nineplus.store.models.connections import ConnectionState, RunKind, RunState

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
_TRIES = 5
_LONGEST_REST = 60.0
"""Seconds that a run rests for the other side; beyond that it ends and goes on when it is due."""
_FIRST_REST = 2.0
_KEPT = timedelta(days=90)
"""So long is it told what became of a run."""
_TURN = timedelta(minutes=1)
"""So long is one connection read while others wait."""
_TRIED = 3
"""Portions of each stream that a dry run looks at."""
_START = randomness.token_hex(4)
"""Tells this process from one that had its number before: a container counts its processes from one each time."""


class _Stopped(Exception):
    """The worker ends, or somebody cancelled. `state` is what the run becomes; `soon`: it goes on at once."""

    def __init__(self, state: RunState, *, soon: bool = True) -> None:
        super().__init__(state)
        self.state, self.soon = state, soon


@dataclass(slots=True)
class _Run:
    """What one run needs at hand."""

    connection: Connection
    row: SyncRun
    clock: Clock
    stopping: Callable[[], bool]
    wait: Callable[[float], None]
    problems: list[str] = field(default_factory=list)
    wrote: bool = False

    @property
    def dry(self) -> bool:
        return self.row.kind == RunKind.DRY

    def pause(self, seconds: float) -> None:
        """Rest, in steps, so that a worker that must end is not kept."""
        left = seconds
        while left > 0:
            if self.stopping():
                raise _Stopped(RunState.WAITING)
            self.wait(min(left, 1.0))
            left -= 1.0


def sync(
    connection: Connection,
    *,
    clock: Clock,
    kind: RunKind = RunKind.SYNC,
    stopping: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
) -> SyncRun:
    """Read what is new; returns the run with what became of it. Safe to call again, also after a kill.

    With kind DRY the beginning of each stream is read and nothing is written but the run's own report. Raises Conflict
    when another process is reading this connection, NotFound when it was removed.
    """
    connection = connections.find(connection.pk)  # as it is now
    run = _Run(connection, _begun(connection, kind, clock()), clock, stopping, wait)
    log.info("connection read", connection=connection.source, kind=kind)
    try:
        state, after = _streams(run)
    except _Stopped as stop:
        state, after = stop.state, 0.0 if stop.soon else None
    except NotPossible as problem:
        run.problems.append(str(problem))
        state, after = RunState.FAILED, None
    except Exception as problem:  # a defect of the connector or of ours: the run must not look as if it still went on
        run.problems.append(f"It stopped at a mistake in the program ({type(problem).__name__}). It is in the log.")
        _ended(run, RunState.FAILED, None)
        raise
    return _ended(run, state, after)


def due(now: datetime) -> bool:
    """Is there a connection to be read now? One cheap look."""
    return Connection.objects.filter(state=ConnectionState.ACTIVE, due_at__lte=now).exists()


def sync_due(*, clock: Clock, stopping: Callable[[], bool]) -> int:
    """Read every connection whose time has come; how many turns that took.

    Who takes long makes room for the others after each turn, and goes on after them.
    """
    done = 0
    while not stopping():
        found = Connection.objects.filter(state=ConnectionState.ACTIVE, due_at__lte=clock()).order_by("due_at").first()
        if found is None:
            break
        # Another worker that looks now must not find it too; the run itself says when it is due again.
        held = Connection.objects.filter(pk=found.pk, due_at=found.due_at)
        if held.update(due_at=clock() + timedelta(seconds=found.every)):
            try:
                sync(found, clock=clock, stopping=_turn(found, clock=clock, stopping=stopping))
            except (Conflict, NotFound):
                continue
            done += 1
    return done


def _turn(one: Connection, *, clock: Clock, stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Has the run to stop: because the worker ends, or because its turn is over and others wait?"""
    over = clock() + _TURN

    def stop() -> bool:
        if stopping():
            return True
        now = clock()
        waiting = Connection.objects.filter(state=ConnectionState.ACTIVE, due_at__lte=now).exclude(pk=one.pk)
        return now > over and waiting.exists()

    return stop


def cancel(run: SyncRun) -> None:
    """Have it stop after the portion at hand. What was read stays."""
    SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(cancel=True)


def _begun(connection: Connection, kind: RunKind, now: datetime) -> SyncRun:
    """A run of its own; one that was left by a killed worker is closed first."""
    stale = now - timedelta(minutes=10)
    with transaction.atomic():
        for left in SyncRun.objects.filter(connection=connection, state=RunState.RUNNING):
            if left.beat_at > stale and not _dead(left):
                raise Conflict(f"“{connection.title}” is being read already.")
            SyncRun.objects.filter(pk=left.pk).update(
                state=RunState.WAITING, finished_at=now, error="The worker ended while it read."
            )
        try:
            with transaction.atomic():
                return SyncRun.objects.create(
                    connection=connection, kind=kind, started_at=now, beat_at=now, holder=_holder()
                )
        except IntegrityError:
            raise Conflict(f"“{connection.title}” is being read already.") from None


def _streams(run: _Run) -> tuple[RunState, float | None]:
    plug = connections.plug_of(run.connection)
    failed, rest = False, None
    with connections.opened(run.connection, wait=run.pause) as session, roomy():
        try:
            if run.connection.checked_at is None:
                _tried(run, lambda: connections.looked_at(run.connection, session, now=run.clock()))
        except Reconnect as error:
            _broken(run, str(error))
            return RunState.FAILED, None
        for place, stream in enumerate(plug.streams):
            if place:
                _look_around(run)
            SyncRun.objects.filter(pk=run.row.pk).update(stream=stream.name)
            problem = ""
            try:
                _stream(run, session, stream)
            except Retry as error:
                rest, problem = error.after or float(run.connection.every), str(error)
            except Reconnect as error:
                problem = str(error)
                if not stream.optional:
                    _broken(run, problem)
                    return RunState.FAILED, None
            except GiveUp as error:
                failed, problem = True, str(error)
            if not run.dry:
                StreamState.objects.filter(connection=run.connection, stream=stream.name).update(error=problem)
            if problem:
                run.problems.append(f"{stream.title}: {problem}")
            if rest is not None:
                return RunState.WAITING, rest
    return (RunState.FAILED if failed else RunState.DONE), None


def _stream(run: _Run, session: Session, stream: Stream) -> None:
    """One stream to its end. Raises Retry, Reconnect, GiveUp when it cannot be read."""
    state = _reached(run, stream)
    keeper = Keeper(
        connection=run.connection.pk,
        source=run.connection.source,
        stream=stream.name,
        now=run.clock(),
        write=not run.dry,
    )
    if not run.dry:
        _tried(run, lambda: drift.look(session, state, now=run.clock()))
    cursor: Mapping[str, Any] = state.cursor
    seen = 0
    tries = 0
    while True:
        try:
            for portion in session.read(stream.name, cursor):
                if portion.cursor == cursor and not portion.last:
                    raise GiveUp("The other side gives the same page again and again. Nothing was lost; report this.")
                keeper.now = run.clock()
                _keep(run, stream, state, keeper, portion)
                cursor, seen, tries = portion.cursor, seen + 1, 0
                if portion.last or (run.dry and seen >= _TRIED):
                    return
                _look_around(run)
            raise GiveUp("The stream ended without saying that it is at its end.")
        except Retry as error:
            tries += 1
            rest = error.after if error.after is not None else _FIRST_REST * 2 ** (tries - 1)
            if tries > _TRIES or rest > _LONGEST_REST:
                raise Retry(str(error), after=max(rest, _LONGEST_REST)) from None
            run.pause(rest)


def _reached(run: _Run, stream: Stream) -> StreamState:
    """How far it was read, of a connection that nobody removed."""
    with transaction.atomic():
        if Connection.objects.select_for_update().filter(pk=run.connection.pk).first() is None:
            raise _Stopped(RunState.CANCELLED)
        return StreamState.objects.get_or_create(connection=run.connection, stream=stream.name)[0]


def _tried(run: _Run, look: Callable[[], object]) -> None:
    """What helps but is not needed: an outage in it does not stop the reading."""
    try:
        look()
    except (Retry, GiveUp) as error:
        run.problems.append(str(error))


def _keep(run: _Run, stream: Stream, state: StreamState, keeper: Keeper, portion: Portion) -> None:
    """The portion's rows and how far they reach, together or not at all."""
    with transaction.atomic():
        if run.dry:
            _count(run, state.stream, keeper.keep(portion.items))
            return
        revision = Revision.next()
        now_there = StreamState.objects.select_for_update().filter(pk=state.pk).first()
        if now_there is None or (now_there.cursor, now_there.seen) != (state.cursor, state.seen):
            raise _Stopped(RunState.CANCELLED)  # somebody began it anew, or reads it too, or removed it
        _still_as_it_was(run, state.stream)
        counts = keeper.keep(portion.items, revision=revision)
        if keeper.recognised:
            back.recognised(run.connection, keeper.recognised, now=run.clock())
        state.cursor = dict(portion.cursor)
        state.seen += counts.seen
        state.rows += counts.added
        state.total = portion.total if portion.total is not None else state.total
        if portion.last:
            state.caught_up_at, state.total = run.clock(), None
            if "tickets" in stream.kinds and _added(run, state, counts):
                link_waiting_answers(run.connection.source, revision=revision)
            state.seen = 0
        state.save(update_fields=["cursor", "seen", "rows", "total", "caught_up_at"])
        _count(run, state.stream, counts)
    if counts.added or counts.changed or counts.gone or counts.merged:
        run.wrote = True


def _added(run: _Run, state: StreamState, counts: Counts) -> bool:
    """May this pass have added rows? Of a pass that another run began nobody knows."""
    told = counts.plus(run.row.counts.get(state.stream, {}))
    return bool(told["added"]) or state.seen > told["seen"]


def _still_as_it_was(run: _Run, stream: str) -> None:
    """What was read by other settings, or by a mapping that is no longer it, is not kept: the next run reads it."""
    before = run.connection
    now_there = Connection.objects.filter(pk=before.pk).first()
    if now_there is None or now_there.state == ConnectionState.PAUSED != before.state:
        raise _Stopped(RunState.CANCELLED)
    same = (
        now_there.mapping.get(stream) == before.mapping.get(stream)
        and now_there.settings == before.settings
        and now_there.secrets == before.secrets
    )
    if not same:
        raise _Stopped(RunState.WAITING)


def _count(run: _Run, stream: str, counts: Counts) -> None:
    told = counts.plus(run.row.counts.get(stream, {}))
    run.row.counts = {**run.row.counts, stream: told}
    run.row.beat_at = run.clock()
    SyncRun.objects.filter(pk=run.row.pk).update(counts=run.row.counts, beat_at=run.row.beat_at)


def _look_around(run: _Run) -> None:
    if run.stopping():
        raise _Stopped(RunState.WAITING)
    cancelled = SyncRun.objects.filter(pk=run.row.pk).values_list("cancel", flat=True).first()
    if cancelled is not False:  # or the connection was removed
        raise _Stopped(RunState.CANCELLED, soon=False)


def _broken(run: _Run, problem: str) -> None:
    run.problems.append(problem)
    if not run.dry:
        Connection.objects.filter(pk=run.connection.pk).update(state=ConnectionState.BROKEN, error=problem, due_at=None)


def _ended(run: _Run, state: RunState, after: float | None) -> SyncRun:
    now = run.clock()
    with transaction.atomic():
        SyncRun.objects.filter(pk=run.row.pk, state=RunState.RUNNING).update(
            state=state, finished_at=now, stream="", error="\n".join(dict.fromkeys(run.problems))
        )
        if not run.dry:
            active = Connection.objects.filter(pk=run.connection.pk, state=ConnectionState.ACTIVE)
            rest = run.connection.every if after is None else max(after, 1.0)
            active.update(due_at=now + timedelta(seconds=rest))
            if state == RunState.DONE:
                active.update(error="")
                if run.connection.writes and _first(run):  # who is who over there was not known before
                    Event.publish(kind="connection.history", data={"connection": run.connection.pk}, now=now)
        SyncRun.objects.filter(connection=run.connection.pk, started_at__lt=now - _KEPT).delete()
        if run.wrote:
            Event.publish(kind="mart.stale", now=now)
    log.info("connection rests", connection=run.connection.source, state=state)
    return SyncRun.objects.filter(pk=run.row.pk).first() or run.row


def _first(run: _Run) -> bool:
    """Was everything read for the first time?"""
    before = SyncRun.objects.filter(connection=run.connection.pk, state=RunState.DONE).exclude(pk=run.row.pk)
    return not before.exclude(kind=RunKind.DRY).exists()


def _holder() -> str:
    return f"{socket.gethostname()[:40]}/{os.getpid()}/{_START}"


def _dead(run: SyncRun) -> bool:
    """Its process was on this machine and is gone."""
    host, pid, start = [*run.holder.split("/"), "", ""][:3]
    if host != socket.gethostname()[:40] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return start != _START
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
