"""What was written to other systems is forgotten when nobody needs to know any more that it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from nineplus.store.models import Outbound
from nineplus.store.models.connections import OutboundState

KEPT = timedelta(days=180)
"""So long is a note known to be written, and an answer so old gets no new one."""
_PORTION = 2_000


def prune(*, now: datetime) -> int:
    """Take away notes that were written long ago, and whatever was for records that are gone over there; how many.

    What stands in properties is never forgotten here: whoever is erased has their words taken back from there. What
    is refused or waits stays until it is written.
    """
    old = Outbound.objects.filter(
        Q(state=OutboundState.WRITTEN, what="note", written_at__lt=now - KEPT)
        | Q(state=OutboundState.GONE, due_at__lt=now - KEPT)
    ).order_by("pk")
    gone = 0
    while rows := list(old.values_list("pk", flat=True)[:_PORTION]):
        gone += Outbound.objects.filter(pk__in=rows).delete()[0]
    return gone
