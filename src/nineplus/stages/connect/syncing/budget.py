"""Calls that may still be made over there, shared by all processes that use a connection.

Time is dealt out in slots (after the generic cell rate algorithm, ITU-T I.371): one row per bucket says until when it
is given away. A slot is for a few calls, which must be made while it lasts, so that in any window of the limit's
length there are at most as many calls as it allows, also where the other side counts in rolling windows. Nobody holds
a lock while it waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from nineplus.connectors import Limit, Retry
from nineplus.store.models import CallBudget

LONGEST = 30.0
"""Seconds that a worker waits for room; beyond that it does something else meanwhile."""
_NOTHING = 0.001
"""Seconds too short to sleep."""
_IN_SLOT = 0.03
"""Share of a limit that one slot is for: few enough to be fair, enough that the row is seldom written."""


class SharedBudget:
    """`connectors.Budget` on a row of the store. Used by one thread."""

    def __init__(
        self,
        connection: int,
        limits: Sequence[Limit],
        *,
        wait: Callable[[float], None] | None = None,
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self.connection = connection
        self.limits = {limit.bucket: limit for limit in limits}
        self.wait, self.clock = wait or time.sleep, clock
        self._slots: dict[str, tuple[int, datetime]] = {}

    def take(self, bucket: str, calls: int = 1) -> None:
        """Wait for room, then count the calls. Raises Retry when there is none for longer than LONGEST."""
        limit = self.limits.get(bucket)
        if limit is None:
            return
        left, until = self._slots.get(bucket, (0, None))
        if left < calls or until is None or self.clock() >= until:
            left = max(calls, _slot(limit))
            until = self._reserve(limit, left)
        self._slots[bucket] = (left - calls, until)

    def refused(self, bucket: str, *, after: float) -> None:
        """The other side said stop: nobody calls in this bucket for so many seconds."""
        now = self.clock()
        until = now + timedelta(seconds=after)
        self._slots.pop(bucket, None)
        with transaction.atomic():
            row = self._row(bucket, now)
            if row.closed_until is None or row.closed_until < until:
                CallBudget.objects.filter(pk=row.pk).update(closed_until=until)

    def _reserve(self, limit: Limit, calls: int) -> datetime:
        """The next free slot for so many calls: waits for its beginning, returns its end."""
        now = self.clock()
        # A window may touch a slot at either end: it is made so wide that even then no call is too many.
        step = limit.seconds / max(limit.calls - 2 * (_slot(limit) - 1), 1)
        with transaction.atomic():
            row = self._row(limit.bucket, now)
            began = row.began_at
            if (began - now).total_seconds() > LONGEST + limit.seconds:  # nobody waits so long: the clock was put back
                began = now
            begin = max(began, now, row.closed_until or now)
            pause = (begin - now).total_seconds()
            if pause > LONGEST:
                raise Retry(f"The other side's limit is used up for {pause:.0f} seconds.", after=pause)
            end = begin + timedelta(seconds=calls * step, microseconds=1)  # never rounded down
            CallBudget.objects.filter(pk=row.pk).update(began_at=end, used=row.used + calls)
        if pause > _NOTHING:
            self.wait(pause)
        return end

    def _row(self, bucket: str, now: datetime) -> CallBudget:
        found = CallBudget.objects.select_for_update().filter(connection=self.connection, bucket=bucket).first()
        if found is None:
            CallBudget.objects.bulk_create(
                [CallBudget(connection_id=self.connection, bucket=bucket, began_at=now)], ignore_conflicts=True
            )
            found = CallBudget.objects.select_for_update().get(connection=self.connection, bucket=bucket)
        return found


def _slot(limit: Limit) -> int:
    return max(1, int(limit.calls * _IN_SLOT))
