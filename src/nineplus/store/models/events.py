"""Event rows: what happened, written in the same transaction as the thing itself, handed on by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from nineplus.store.models.checks import one_of


class EventState(models.TextChoices):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    PARKED = "parked"


class Event(models.Model):
    """Delivered at least once, in order of id per kind as far as possible; handlers are idempotent.

    waiting -> claimed -> done; a failing one goes back to waiting with a later `due_at`, and after the last
    attempt it is parked: shown to people, never silently dropped, and can be sent again.
    """

    State = EventState

    kind = models.CharField(max_length=60)  # response.scored, import.confirmed …
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=80, default="", blank=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "due_at", "id"], name="event_waiting", condition=Q(state="waiting")),
            models.Index(fields=["claimed_until"], name="event_claimed", condition=Q(state="claimed")),
            models.Index(fields=["id"], name="event_parked", condition=Q(state="parked")),
        ]
        constraints = [
            one_of("state", EventState, name="event_state_known"),
            models.CheckConstraint(condition=~Q(kind=""), name="event_has_kind"),
        ]

    @classmethod
    def publish(
        cls, *, kind: str, data: Mapping[str, Any] | None = None, now: datetime, due_at: datetime | None = None
    ) -> Event:
        """Write an event in the caller's transaction: it happens if and only if what it tells of happens.

        `data` holds ids, not personal data: the handler reads the rows as they are when it comes to them.
        """
        assert transaction.get_connection().in_atomic_block, "an event belongs to the transaction it tells of"
        return cls.objects.create(kind=kind, data=dict(data or {}), created_at=now, due_at=due_at or now)

    @classmethod
    def publish_once(cls, *, kind: str, now: datetime) -> None:
        """Write an event unless one of its kind already waits: whoever takes that one sees this change too.

        For work that looks at everything anyway (the mart's refresh). Call it only after the change itself is
        committed, or in the change's own transaction through `publish`.
        """
        if not cls.objects.filter(kind=kind, state=EventState.WAITING).exists():
            cls.objects.create(kind=kind, created_at=now, due_at=now)
