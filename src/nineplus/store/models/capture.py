"""Surveys, whom they asked, and what was answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of
from nineplus.store.models.connect import Account, Contact, Ticket
from nineplus.store.models.imports import Imported
from nineplus.store.models.revisions import Revised


class Touchpoint(models.TextChoices):
    POST_RESOLUTION = "post-resolution", "After a ticket is resolved"
    POST_ONBOARDING = "post-onboarding", "After onboarding"
    PRE_RENEWAL = "pre-renewal", "Before renewal"
    RELATIONSHIP = "relationship", "Relationship"
    POST_PURCHASE = "post-purchase", "After a purchase"
    CUSTOM = "custom", "Custom"


class Fate(models.TextChoices):
    PLANNED = "planned"
    SKIPPED = "skipped"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    ANSWERED = "answered"
    DECLINED = "declined"
    BOUNCED = "bounced"
    EXPIRED = "expired"


class Survey(Imported, Revised):
    """A question set at one touchpoint. Analyses know a survey by its name."""

    Touchpoint = Touchpoint

    name = models.CharField(max_length=200)
    touchpoint = models.CharField(max_length=20, choices=Touchpoint.choices, default=Touchpoint.CUSTOM)
    created_at = models.DateTimeField()

    class Meta(Imported.Meta):
        indexes = [models.Index(fields=["name"], name="survey_name")]
        constraints = [
            *Imported.Meta.constraints,
            one_of("touchpoint", Touchpoint, name="survey_touchpoint_known"),
            models.CheckConstraint(condition=~Q(name=""), name="survey_has_name"),
        ]


class Invitation(Imported, Revised):
    """One ask of one contact, with its fate. A skip is a row too, with its reason."""

    Fate = Fate

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations")
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="invitations")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="invitations")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="invitations")
    channel = models.CharField(max_length=20, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.PLANNED)
    reason = models.CharField(max_length=60, blank=True, default="")
    attributes = models.JSONField(default=dict)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            one_of("fate", Fate, name="invitation_fate_known"),
            models.CheckConstraint(condition=~Q(fate="skipped") | ~Q(reason=""), name="invitation_skip_has_reason"),
        ]


class Response(Imported, Revised):
    """One answer. The score comes first and is never changed silently; the comment may come later.

    `comment` is empty when the text says nothing (STOP, n/a, -): the text as it came stays in `comment_raw`.
    """

    survey = models.ForeignKey(Survey, db_index=False, on_delete=models.PROTECT, related_name="responses")
    invitation = models.OneToOneField(Invitation, null=True, on_delete=models.SET_NULL, related_name="response")
    account = models.ForeignKey(Account, null=True, db_index=False, on_delete=models.SET_NULL, related_name="responses")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="responses")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="responses")
    score = models.SmallIntegerField()
    comment = models.TextField(blank=True, default="")
    comment_raw = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField()
    channel = models.CharField(max_length=20, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="")
    attributes = models.JSONField(default=dict)  # frozen as they stood when it was answered
    raw = models.JSONField(null=True)  # the payload or row as it came

    class Meta(Imported.Meta):
        # Each of these ends in (answered_at, id): the live list pages through any of them without sorting.
        indexes = [
            models.Index(fields=["answered_at", "id"], name="response_newest"),
            models.Index(fields=["survey", "answered_at", "id"], name="response_of_survey"),
            models.Index(fields=["account", "answered_at", "id"], name="response_of_account"),
        ]
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(condition=Q(score__gte=0) & Q(score__lte=10), name="response_score_0_to_10"),
        ]
