"""Telling other systems: where they listen, and what became of each thing they were told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class WebhookEndpoint(models.Model):
    """An address of another system that is told what happens. Its secret is kept encrypted.

    `format` is how things are told (stages/share). `events` are those it wants, named as its format names them.
    `survey` None: of all surveys.
    """

    name = models.CharField(max_length=200)
    url = models.CharField(max_length=500)
    format = models.CharField(max_length=20)
    events = models.JSONField(default=list)
    survey = models.ForeignKey("nineplus.Survey", null=True, on_delete=models.CASCADE, related_name="+")
    secrets = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    error = models.TextField(blank=True, default="")  # why it was switched off; empty when by a person


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # tried as often as is tried


class WebhookDelivery(models.Model):
    """One thing one endpoint is told. `about` holds ids: what is said is read when it is sent.

    Told at least once: the receiver knows the same thing again by its `key`.
    """

    State = DeliveryState

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    about = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer
    error = models.CharField(max_length=500, blank=True, default="")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
        ]
        constraints = [
            one_of("state", DeliveryState, name="delivery_state_known"),
            models.UniqueConstraint(fields=["endpoint", "key"], name="delivery_once"),
        ]
