"""Calls that may still be made over there, shared by all processes that use a connection.

Calls are spread evenly (the generic cell rate algorithm, ITU-T I.371): one row per bucket says until when the calls
already promised reach. In any window of the limit's length there are then at most as many calls as it allows, also
where the other side counts in rolling windows. Nobody holds a lock while it waits.
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
_AT_ONCE = 0.05
"""Share of a limit that may be used in one burst; the rest is spread. Their sum is the limit."""


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
        self._promised: dict[str, int] = {}

    def take(self, bucket: str, calls: int = 1) -> None:
        """Wait for room, then count the calls. Raises Retry when there is none for longer than LONGEST."""
        limit = self.limits.get(bucket)
        if limit is None:
            return
        if self._promised.get(bucket, 0) < calls:
            burst = max(1, int(limit.calls * _AT_ONCE))
            wanted = max(calls, burst)
            self._reserve(limit, wanted, burst)
            self._promised[bucket] = self._promised.get(bucket, 0) + wanted
        self._promised[bucket] -= calls

    def refused(self, bucket: str, *, after: float) -> None:
        """The other side said stop: nobody calls in this bucket for so many seconds."""
        now = self.clock()
        until = now + timedelta(seconds=after)
        self._promised[bucket] = 0
        with transaction.atomic():
            row = self._row(bucket, now)
            if row.closed_until is None or row.closed_until < until:
                CallBudget.objects.filter(pk=row.pk).update(closed_until=until)

    def _reserve(self, limit: Limit, calls: int, burst: int) -> None:
        now = self.clock()
        step = limit.seconds / max(limit.calls - burst, 1)
        with transaction.atomic():
            row = self._row(limit.bucket, now)
            begin = max(row.began_at, now, row.closed_until or now)
            reaches = begin + timedelta(seconds=calls * step)
            pause = (reaches - now).total_seconds() - burst * step
            if pause > LONGEST:
                raise Retry(f"The other side's limit is used up for {pause:.0f} seconds.", after=pause)
            CallBudget.objects.filter(pk=row.pk).update(began_at=reaches, used=row.used + calls)
        if pause > _NOTHING:
            self.wait(pause)

    def _row(self, bucket: str, now: datetime) -> CallBudget:
        found = CallBudget.objects.select_for_update().filter(connection=self.connection, bucket=bucket).first()
        if found is None:
            CallBudget.objects.bulk_create(
                [CallBudget(connection_id=self.connection, bucket=bucket, began_at=now)], ignore_conflicts=True
            )
            found = CallBudget.objects.select_for_update().get(connection=self.connection, bucket=bucket)
        return found
