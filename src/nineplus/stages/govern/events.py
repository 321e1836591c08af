"""Events that could not be handled: seen here, and sent again when the cause is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nineplus.stages.errors import NotFound
from nineplus.store.models import Event
from nineplus.store.models.events import EventState


def parked(*, limit: int = 100) -> Sequence[Event]:
    """Events that failed too often, newest first, each with its last `error`."""
    return list(Event.objects.filter(state=EventState.PARKED).order_by("-pk")[:limit])


def resend(*, event_id: int, now: datetime) -> None:
    """Try a parked event again from its first attempt. Raises NotFound when it is not parked."""
    sent = Event.objects.filter(pk=event_id, state=EventState.PARKED).update(
        state=EventState.WAITING, attempts=0, due_at=now, claimed_by="", claimed_until=None
    )
    if not sent:
        raise NotFound("There is no such parked event.")


def resend_all(*, now: datetime) -> int:
    """Try every parked event again; how many there were."""
    return Event.objects.filter(state=EventState.PARKED).update(
        state=EventState.WAITING, attempts=0, due_at=now, claimed_by="", claimed_until=None
    )
