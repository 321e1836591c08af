"""The states of event rows: waiting -> claimed -> done, or back to waiting, or parked.

A claim is a lease. Its holder renews it while it lives; when it does not, anyone may put the event back.
Every step is one guarded UPDATE, so a worker that lost its lease changes nothing.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from django.db import connection, transaction
from django.db.models import F, QuerySet

from nineplus.jobs.kinds import HANDLERS, Lane
from nineplus.store.models import Event
from nineplus.store.models.events import EventState
from nineplus.store.questions import Question, instant, text

MOST_ATTEMPTS = 8
KEPT = timedelta(days=30)
"""How long events that are done stay to be looked at."""
_LONGEST_WAIT = 3600  # seconds
_PORTION = 2_000


def due_kinds(*, now: datetime) -> frozenset[str]:
    """Kinds of which an event waits: one look for all lanes, several times a second, that takes no lock.

    An index has the waiting ones by kind and time, so that a flood of them costs no more than one.
    """
    kinds = " UNION ALL ".join(["SELECT %s AS kind"] * len(HANDLERS))
    waits = "SELECT 1 FROM nineplus_event e WHERE e.state = 'waiting' AND e.kind = k.kind AND e.due_at <= %s"
    when = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT k.kind FROM ({kinds}) k WHERE EXISTS ({waits})", [*HANDLERS, when])
        return frozenset(kind for (kind,) in cursor.fetchall())


def claim(kind: str, lane: Lane, *, worker: str, now: datetime, until: datetime) -> Sequence[Event]:
    """Take the next events of that kind, oldest first; none when others hold them all.

    An event that failed before, or whose worker died, travels alone: what kills a worker then takes no others
    along, and is found out.
    """
    with transaction.atomic():
        found = _next(lane.batch).all(kind=kind, now=now)
        if found and not lane.together:
            found = list(takewhile(lambda row: row[1] == 0, found)) or found[:1]
        taken = [pk for pk, _ in found]
        if taken:
            Event.objects.filter(pk__in=taken, state=EventState.WAITING).update(
                state=EventState.CLAIMED, claimed_by=worker, claimed_until=until, attempts=F("attempts") + 1
            )
    # read when others may write again: on SQLite they wait for the transaction
    return list(Event.objects.filter(pk__in=taken).order_by("due_at", "id")) if taken else []


@lru_cache(maxsize=20)
def _next(most: int) -> Question[tuple[int, int]]:
    """The next events of a kind: their ids, and how often each was tried."""
    waiting = Event.objects.filter(state=EventState.WAITING, kind=text("kind"), due_at__lte=instant("now"))
    held = waiting.order_by("due_at", "id").select_for_update(skip_locked=True)
    return Question(lambda: held.values_list("pk", "attempts")[:most])


def renew(*, worker: str, until: datetime) -> int:
    """Keep everything this worker holds; how many that is. Takes no lock when it holds nothing."""
    held = Event.objects.filter(state=EventState.CLAIMED, claimed_by=worker)
    return held.update(claimed_until=until) if held.exists() else 0


def finish(events: Collection[int], *, worker: str, now: datetime) -> None:
    """These are done."""
    _held(events, worker).update(state=EventState.DONE, done_at=now, claimed_by="", claimed_until=None, error="")


def fail(event: Event, *, worker: str, error: str, hopeless: bool, now: datetime) -> bool:
    """This one failed: try again later, or park it; True when it was parked."""
    parked = hopeless or event.attempts >= MOST_ATTEMPTS
    _held([event.pk], worker).update(
        state=EventState.PARKED if parked else EventState.WAITING,
        error=error,
        due_at=now if parked else now + pause(event.attempts),
        claimed_by="",
        claimed_until=None,
    )
    return parked


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling from a second, spread so that they do not march in step."""
    seconds = min(2 ** min(attempts - 1, 30), _LONGEST_WAIT)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311


def give_back(*, worker: str, now: datetime) -> int:
    """What a worker that must stop could not finish: it goes on elsewhere, and the attempt does not count."""
    return Event.objects.filter(state=EventState.CLAIMED, claimed_by=worker).update(
        state=EventState.WAITING, due_at=now, claimed_by="", claimed_until=None, attempts=F("attempts") - 1
    )


def requeue_dead(*, now: datetime) -> int:
    """Put back what dead workers held; park what was tried too often. How many it was."""
    return _put_back(Event.objects.filter(state=EventState.CLAIMED, claimed_until__lt=now), now=now) + sum(
        _put_back(Event.objects.filter(state=EventState.CLAIMED, claimed_by=worker), now=now) for worker in _seen_dead()
    )


def park_unknown(*, now: datetime) -> int:
    """Events that nobody handles are shown, not left waiting for ever."""
    unknown = Event.objects.filter(state=EventState.WAITING).exclude(kind__in=HANDLERS)
    if not unknown.exists():
        return 0
    return unknown.update(
        state=EventState.PARKED, error="Nothing in this version handles this kind of event.", due_at=now
    )


def prune(*, now: datetime) -> int:
    """Take away events that were done long ago; how many. A portion at a time, so that nobody waits for it.

    Ids grow with time, so the oldest rows are looked at and nothing else.
    """
    gone, last = 0, 0
    while True:
        rows = Event.objects.filter(pk__gt=last).exclude(state=EventState.PARKED).order_by("pk")
        oldest = list(rows.values_list("pk", "state", "done_at")[:_PORTION])
        old = [pk for pk, state, at in oldest if state == EventState.DONE and at and at < now - KEPT]
        Event.objects.filter(pk__in=old).delete()
        gone += len(old)
        if not old or len(oldest) < _PORTION:
            return gone
        last = oldest[-1][0]


def worker_name(token: str) -> str:
    """Who holds a claim: machine, process, and a token that no other start of a process has."""
    return f"{socket.gethostname()[:40]}/{os.getpid()}/{token}"


def _held(events: Collection[int], worker: str) -> QuerySet[Event]:
    return Event.objects.filter(pk__in=events, state=EventState.CLAIMED, claimed_by=worker)


def _put_back(claimed: QuerySet[Event], *, now: datetime) -> int:
    if not claimed.exists():
        return 0
    error = "The worker ended while it handled this."
    cleared = {"due_at": now, "claimed_by": "", "claimed_until": None, "error": error}
    parked = claimed.filter(attempts__gte=MOST_ATTEMPTS).update(state=EventState.PARKED, **cleared)
    return parked + claimed.update(state=EventState.WAITING, **cleared)


def _seen_dead() -> list[str]:
    """Holders that are known to be dead before their lease ends: a database file has its workers on this machine."""
    if connection.vendor != "sqlite":
        return []
    holders = Event.objects.filter(state=EventState.CLAIMED).values_list("claimed_by", flat=True).distinct()
    return [holder for holder in holders if not _lives(holder)]


_OURS: set[str] = set()
"""Tokens of the workers of this process: a number may be used again by another process, a token is not."""


def enlist(token: str) -> None:
    _OURS.add(token)


def _lives(holder: str) -> bool:
    host, pid, token = holder.rsplit("/", 2)
    if host != socket.gethostname()[:40]:
        return True
    if int(pid) == os.getpid():
        return token in _OURS
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
