"""Calls that steps of rules make: a line for each receiver, so that who hangs holds up nobody but themselves.

A receiver is called by one at a time, and a run is its own place in the line: what a worker had in hand when it died is
taken up again when the lease is over, under the same key. Whose calls fail slowly rests between tries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import DateTimeField, F, OuterRef, Q, QuerySet, Subquery

from nineplus.stages.act.rules import steps
from nineplus.store.models import Receiver, WorkflowRun
from nineplus.store.models.workflows import RunState

_TURN = timedelta(seconds=20)
"""So long a slow receiver has a thread for itself; then others have their turn."""
_LEASE = timedelta(seconds=60)
"""So long a receiver is kept from other workers: a turn and one more call, and not much longer for one that died."""
_SLOW, _REST = timedelta(seconds=1), timedelta(seconds=30)
"""Who fails only after so long is not tried again, by any run, before so long."""


def due(now: datetime) -> bool:
    """Is anybody to be called who is free? A cheap look."""
    return _open(now).exists()


def call_due(*, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
    """Call whoever is to be called, one receiver after the other; how many runs went on. Others may do so beside."""
    went_on = 0
    while not stopping() and (held := _claimed(clock())) is not None:
        went_on += _served(*held, clock=clock, stopping=stopping)
    return went_on


def _served(receiver: int, until: datetime, *, clock: Callable[[], datetime], stopping: Callable[[], bool]) -> int:
    went_on, rests = 0, None
    ends = clock() + _TURN
    while rests is None and not stopping() and (began := clock()) < ends:
        pk = steps.waiting(receiver, began).values_list("pk", flat=True).first()
        if pk is None:
            break
        if steps.advance(pk, calling=receiver, now=began):
            went_on += 1
        elif clock() - began >= _SLOW:
            rests = clock() + _REST
    Receiver.objects.filter(pk=receiver, free_at=until).update(free_at=rests)
    return went_on


def _claimed(now: datetime) -> tuple[int, datetime] | None:
    """The next receiver that is free and to be called, kept from others until then."""
    until = now + _LEASE
    # who did not have to rest comes first
    for pk, free_at in (
        _open(now).order_by(F("free_at").asc(nulls_first=True), "first", "pk").values_list("pk", "free_at")
    ):
        if Receiver.objects.filter(pk=pk, free_at=free_at).update(free_at=until):
            return pk, until
    return None


def _open(now: datetime) -> QuerySet[Receiver]:
    mine = WorkflowRun.objects.filter(state=RunState.GOING, receiver=OuterRef("pk")).order_by("due_at", "pk")
    first = Subquery(mine.values("due_at")[:1], output_field=DateTimeField())
    free = Q(free_at=None) | Q(free_at__lte=now)
    return Receiver.objects.filter(free).annotate(first=first).filter(first__lte=now)
