"""Event rows: what happened, written in the same transaction as the thing itself, handed on by the worker."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """Delivered at least once, in order of id per kind as far as possible; handlers are idempotent.

    waiting -> claimed -> done; a failing one goes back to waiting with a later `due_at`, and after the last
    attempt it is parked: shown to people, never silently dropped, and can be sent again.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        DONE = "done"
        PARKED = "parked"

    kind = models.CharField(max_length=60)  # response.scored, import.finished …
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=80, default="", blank=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="event_waiting", condition=Q(state="waiting")),
            models.Index(fields=["claimed_until"], name="event_claimed", condition=Q(state="claimed")),
            models.Index(fields=["id"], name="event_parked", condition=Q(state="parked")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "claimed", "done", "parked"]), name="event_state_known"
            ),
        ]
