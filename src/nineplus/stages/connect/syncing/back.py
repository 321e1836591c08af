"""Writing back: what customers said stands on their records in the other system too.

Changes are queued in the store and written in batches by the worker. A newer answer of the same customer takes the
place of one that still waits. What the other side's rules refuse is kept with its words until a person has mended it
there. An answer that came from that system is not written to it, so nothing goes round in circles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from nineplus.connectors import Change, GiveUp, Kept, Reconnect, Retry
from nineplus.stages.connect import identity
from nineplus.stages.connect.syncing import connections
from nineplus.stages.connect.syncing.pruning import KEPT
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.settled import read_once
from nineplus.stats.scale import group_of
from nineplus.store.models import Account, Connection, Contact, Event, Outbound, Owner, Response, Ticket
from nineplus.store.models.connections import ConnectionState, OutboundState

BATCH = 200
_LEASE = timedelta(minutes=10)
_NOTE_WAITS = timedelta(minutes=15)
"""The score comes first; who still writes a comment has it in the same note."""
_LONGEST_REST = 3600.0
_PORTION = 500
_OPEN = (OutboundState.WRITING, OutboundState.WAITING)
_ON: Mapping[str, type[models.Model]] = {"contacts": Contact, "accounts": Account, "tickets": Ticket}


@dataclass(frozen=True, slots=True)
class Told:
    """What one round of writing did."""

    written: int = 0
    refused: int = 0
    gone: int = 0
    later: int = 0


def answered(response: int, *, now: datetime) -> int:
    """Queue what this answer means for the records of its customer; how many changes that is."""
    written_to = _writing()
    if not written_to:
        return 0
    found = Response.objects.select_related("survey").filter(pk=response, anonymous=False).first()
    if found is None:
        return 0
    with transaction.atomic():
        return sum(_queued(one, [found], now=now) for one in written_to)


def anything_written() -> bool:
    """Is there any system that answers are written to?"""
    return bool(_writing())


def tell_history(*, now: datetime) -> None:
    """Have the worker look at every customer's newest answer: a file brought some. In the caller's transaction."""
    for one in _writing():
        if "properties" in one.writes:
            Event.publish(kind="connection.history", data={"connection": one.pk}, now=now)


def backfill(connection: int, *, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Queue every customer's newest answer, after writing back was switched on. No notes: history is not news."""
    one = Connection.objects.filter(pk=connection).first()
    if one is None or "properties" not in one.writes:
        return 0
    done, last = 0, 0
    newest = (
        Response.objects.filter(anonymous=False, contact__isnull=False)
        .exclude(source=one.source)
        .select_related("survey")
        .order_by("pk")
    )
    while not stopping():
        portion = list(newest.filter(pk__gt=last)[:_PORTION])
        if not portion:
            break
        last = portion[-1].pk
        with transaction.atomic():
            done += _queued(one, portion, now=now, only=("properties",))
    return done


def recognised(connection: Connection, people: Sequence[int], *, now: datetime) -> int:
    """Queue the newest answers of these people: the other system has come to know them. In the caller's transaction."""
    if "properties" not in connection.writes:
        return 0
    theirs = Response.objects.filter(anonymous=False, contact__in=people).exclude(source=connection.source)
    return _queued(connection, list(theirs.select_related("survey")), now=now, only=("properties",))


def task(
    connection: Connection,
    *,
    key: str,
    contact: int | None,
    account: int | None,
    title: str,
    text: str,
    due_at: datetime,
    owner: str = "",
    now: datetime,
) -> bool:
    """Queue a task on the customer's record; False when the customer is not known over there."""
    for what, row in (("contacts", contact), ("accounts", account)):
        target = _targets(connection, what, [row]).get(row) if row else None
        if target:
            values = {"title": title, "text": text, "due_at": due_at.isoformat(), "owner": owner}
            with transaction.atomic():
                _put(connection, [_row(connection, f"task:{key}", "task", what, target, values, None, now=now)])
            return True
    return False


def followed(*, contact: int | None, account: int | None, words: str, now: datetime) -> int:
    """Queue how the follow-up with this customer stands, for their record; how many changes that is.

    It is queued beside what their answers mean, so that neither takes the other's place.
    """
    done = 0
    for connection in _writing():
        if "properties" not in connection.writes:
            continue
        rows = [
            _row(connection, f"{what}:{row}:follow_up", "properties", what, target, {"follow_up": words}, None, now=now)
            for what, row in (("contacts", contact), ("accounts", account))
            if row and (target := _targets(connection, what, [row]).get(row))
        ]
        if rows:
            with transaction.atomic():
                _put(connection, rows)
            done += len(rows)
    return done


@read_once
def writes() -> bool:
    """Is anything written back to any system at all? One cheap look."""
    return bool(_writing())


def tasked() -> list[Connection]:
    """Connections that want a task for what is to be done with a customer."""
    return [one for one in _writing() if "task" in one.writes]


def owner_there(connection: Connection, *, email: str) -> str:
    """Under which key a colleague of that address is known over there; empty: they are not."""
    known = Owner.objects.filter(source=connection.source, email__iexact=email, active=True)
    return known.values_list("external_id", flat=True).first() or ""


def due(now: datetime) -> bool:
    """Is there anything to write now? One cheap look."""
    return any(_claimable(state, now).exists() for state in _OPEN)


def deliver_due(
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
    wait: Callable[[float], None] | None = None,
) -> Told:
    """Write what waits, a batch of each connection in turn: one that has much to tell does not hold up the others.

    `wait`: how it waits for room for the next call over there; None: it sleeps.
    """
    total = Told()
    active = Connection.objects.filter(state=ConnectionState.ACTIVE)
    waiting = list(active.order_by("pk").values_list("pk", flat=True))
    while waiting and not stopping():
        one = Connection.objects.filter(pk=waiting.pop(0)).first()
        told = _deliver(one, clock=clock, wait=wait) if one else None
        if one is None or told is None:
            continue
        total = Told(*(getattr(total, name) + getattr(told, name) for name in Told.__slots__))
        if not told.later:
            waiting.append(one.pk)
    return total


def again(connection: Connection, *, now: datetime) -> int:
    """Try once more what was refused, after a person has mended it over there; how many."""
    refused = Outbound.objects.filter(connection=connection, state=OutboundState.REFUSED)
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(prepared_at=None)  # our properties may be gone over there
        return refused.update(state=OutboundState.WAITING, due_at=now, error="", attempts=0)


# -- queueing ---------------------------------------------------------------------------------------------------


def _writing() -> list[Connection]:
    return [one for one in Connection.objects.exclude(state=ConnectionState.PAUSED) if one.writes]


def _queued(
    connection: Connection, answers: Sequence[Response], *, now: datetime, only: Iterable[str] = ("properties", "note")
) -> int:
    answers = [one for one in answers if one.source != connection.source]
    rows: list[Outbound] = []
    for what in _ON:
        field = f"{what[:-1]}_id"
        named = {getattr(one, field) for one in answers} - {None}
        targets = _targets(connection, what, named)
        newest = _newest(what, targets)
        for one in answers:
            row = getattr(one, field)
            if row not in targets:
                continue
            if "properties" in connection.writes and "properties" in only and newest.get(row) == one.pk:
                values = _values(one)
                key = f"{what}:{row}:properties"
                rows.append(_row(connection, key, "properties", what, targets[row], values, one, now=now))
            fresh = one.answered_at > now - KEPT  # whether an older one was noted is forgotten
            if "note" in connection.writes and "note" in only and what == "contacts" and fresh:
                values = {"text": _note(one), "at": one.answered_at.isoformat()}
                key = f"note:{one.pk}"
                rows.append(_row(connection, key, "note", what, targets[row], values, one, now=now + _NOTE_WAITS))
    _put(connection, rows)
    return len(rows)


def _targets(connection: Connection, what: str, rows: Iterable[int | None]) -> dict[int | None, str]:
    """Under which key these rows are known over there."""
    wanted = [row for row in rows if row is not None]
    if not wanted:
        return {}
    found = _ON[what]._default_manager.filter(pk__in=wanted, source=connection.source)
    if what == "contacts":
        found = found.filter(erased_at=None)
    known: dict[int | None, str] = dict(found.values_list("pk", "external_id"))
    left = [row for row in wanted if row not in known]
    return known | identity.keys_of(what, left, source=connection.source)


def _newest(what: str, targets: Mapping[int | None, str]) -> dict[int, int]:
    """The newest answer of each of these rows: an older one that comes late does not take its place."""
    of = Response.objects.filter(**{f"{what[:-1]}": models.OuterRef("pk")}, anonymous=False)
    newest = models.Subquery(of.order_by("-answered_at", "-pk").values("pk")[:1])
    rows = _ON[what]._default_manager.filter(pk__in=[row for row in targets if row is not None])
    return dict(rows.annotate(newest=newest).values_list("pk", "newest"))


def _values(answer: Response) -> dict[str, Any]:
    return {
        "score": answer.score,
        "group": group_of(answer.score).value,
        "comment": answer.comment,
        "answered_at": answer.answered_at.isoformat(),
        "survey": answer.survey.name,
    }


def _note(answer: Response) -> str:
    said = answer.comment or "(no comment)"
    return f"NPS {answer.score} of 10 ({group_of(answer.score).value}), {answer.survey.name}\n\n{said}"


def _row(
    connection: Connection,
    key: str,
    what: str,
    kind: str,
    target: str,
    values: Mapping[str, Any],
    answer: Response | None,
    *,
    now: datetime,
) -> Outbound:
    return Outbound(
        connection=connection,
        key=key[:120],
        what=what,
        object=kind,
        target=target,
        values=dict(values),
        response=answer,
        due_at=now,
        created_at=now,
    )


def _put(connection: Connection, rows: Sequence[Outbound]) -> None:
    """Queue them. Properties take the place of those that stand there; a note that was written stays as it is."""
    there = {
        row.key: row
        for row in Outbound.objects.filter(connection=connection, key__in=[row.key for row in rows]).select_for_update()
    }
    new = {row.key: row for row in rows if row.key not in there}
    Outbound.objects.bulk_create(new.values())
    for row in rows:
        old = there.get(row.key)
        if old is None or (old.values == row.values and old.target == row.target):
            continue
        if row.what != "properties" and old.state != OutboundState.WAITING:
            continue
        Outbound.objects.filter(pk=old.pk).update(
            values=row.values,
            target=row.target,
            response=row.response,
            state=OutboundState.WAITING,
            due_at=row.due_at,
            attempts=0,
            error="",
        )  # who writes the old values now keeps its claim: the new ones are not overtaken by them


# -- writing ----------------------------------------------------------------------------------------------------


def _claimable(state: OutboundState, now: datetime) -> models.QuerySet[Outbound]:
    """What may be written now: what waits, or what somebody held who is gone."""
    free = models.Q(claimed_until=None) | models.Q(claimed_until__lt=now)
    active = Connection.objects.filter(state=ConnectionState.ACTIVE)
    return Outbound.objects.filter(free, connection__in=active.values("pk"), state=state, due_at__lte=now)


def _deliver(
    connection: Connection, *, clock: Callable[[], datetime], wait: Callable[[float], None] | None
) -> Told | None:
    """One batch; None when nothing waits."""
    now = clock()
    with transaction.atomic():
        rows: list[Outbound] = []
        for state in _OPEN:
            waiting = _claimable(state, now).filter(connection=connection).order_by("due_at", "pk")
            rows += waiting.select_for_update(skip_locked=True)[: BATCH - len(rows)]
        Outbound.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=OutboundState.WRITING, claimed_until=now + _LEASE, attempts=models.F("attempts") + 1
        )
    if not rows:
        return None
    for row in rows:
        row.claimed_until = now + _LEASE
    try:
        with connections.opened(connection, wait=wait) as session:
            if connection.prepared_at is None:
                session.prepare()
                Connection.objects.filter(pk=connection.pk).update(prepared_at=clock())
            kept = session.write([_change(row) for row in rows])
    except (Retry, GiveUp, NotPossible) as problem:
        return _put_off(rows, str(problem), after=getattr(problem, "after", None), now=clock())
    except Reconnect as problem:
        if problem.missing:  # only writing lacks a right: reading goes on, and a person sees what waits for them
            return _settle(rows, {row.key: Kept(row.key, problem=str(problem)) for row in rows}, now=clock())
        Connection.objects.filter(pk=connection.pk).update(
            state=ConnectionState.BROKEN, error=str(problem), due_at=None
        )
        return _put_off(rows, str(problem), after=0.0, now=clock())
    return _settle(rows, {one.id: one for one in kept}, now=clock())


def _change(row: Outbound) -> Change:
    return Change(row.key, row.what, row.object, row.target, row.values)  # type: ignore[arg-type]


def _put_off(rows: Sequence[Outbound], problem: str, *, after: float | None, now: datetime) -> Told:
    with transaction.atomic():
        for row in rows:
            rest = after if after is not None else min(30.0 * 2 ** min(row.attempts, 10), _LONGEST_REST)
            due = now + timedelta(seconds=rest)
            _let_go(row, state=OutboundState.WAITING, due_at=due, error=problem)
    return Told(later=len(rows))


def _settle(rows: Sequence[Outbound], kept: Mapping[str, Kept], *, now: datetime) -> Told:
    written = refused = gone = later = 0
    with transaction.atomic():
        for row in rows:
            told = kept.get(row.key)
            if told is None:
                later += 1
                _let_go(
                    row,
                    state=OutboundState.WAITING,
                    due_at=now + timedelta(minutes=1),
                    error="The other side did not say what became of it.",
                )
                continue
            state = OutboundState.WRITTEN
            if told.gone:
                state = OutboundState.GONE
            elif told.problem:
                state = OutboundState.REFUSED
            written += state == OutboundState.WRITTEN
            refused += state == OutboundState.REFUSED
            gone += state == OutboundState.GONE
            _let_go(
                row,
                state=state,
                remote_id=told.key[:200] or row.remote_id,
                error=told.problem,
                written_at=now if state == OutboundState.WRITTEN else row.written_at,
            )
    return Told(written, refused, gone, later)


def _let_go(row: Outbound, **become: Any) -> None:
    """What was claimed is free, and becomes this. What changed meanwhile only becomes free: it is written again.

    Who held it for too long, so that somebody else has it now, changes nothing.
    """
    mine = Outbound.objects.filter(pk=row.pk, claimed_until=row.claimed_until)
    if not mine.filter(state=OutboundState.WRITING).update(claimed_until=None, **become):
        mine.update(claimed_until=None)
