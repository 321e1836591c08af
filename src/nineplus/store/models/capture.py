"""Surveys, whom they asked, and what was answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of
from nineplus.store.models.connect import Account, Contact, Ticket
from nineplus.store.models.imports import Import, Imported
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


class SurveyState(models.TextChoices):
    HISTORY = "history"  # known from answers that came from elsewhere: nothing is asked here
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"  # nobody new is asked; open links take answers
    CLOSED = "closed"


class Survey(Imported, Revised):
    """A question set at one touchpoint. Analyses know a survey by its name."""

    Touchpoint = Touchpoint
    State = SurveyState

    name = models.CharField(max_length=200)
    touchpoint = models.CharField(max_length=20, choices=Touchpoint.choices, default=Touchpoint.CUSTOM)
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=SurveyState.choices, default=SurveyState.HISTORY, db_default=SurveyState.HISTORY
    )
    public_id = models.CharField(max_length=32, null=True, unique=True)  # noqa: DJ001 - anonymous link and widget
    draft = models.JSONField(null=True)  # model.survey.Content not yet published
    plan = models.JSONField(null=True)  # model.survey.Plan
    current = models.ForeignKey("nineplus.SurveyVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(null=True)
    planned_to = models.DateTimeField(null=True)  # triggers before this time have been looked at

    class Meta(Imported.Meta):
        indexes = [models.Index(fields=["name"], name="survey_name")]
        constraints = [
            *Imported.Meta.constraints,
            one_of("state", SurveyState, name="survey_state_known"),
            one_of("touchpoint", Touchpoint, name="survey_touchpoint_known"),
            models.CheckConstraint(condition=~Q(name=""), name="survey_has_name"),
        ]


class Invitation(Imported, Revised):
    """One ask of one contact, with its fate. A skip is a row too, with its reason."""

    Fate = Fate

    survey = models.ForeignKey(Survey, db_index=False, on_delete=models.CASCADE, related_name="invitations")
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="invitations")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="invitations")
    ticket = models.ForeignKey(Ticket, null=True, db_index=False, on_delete=models.SET_NULL, related_name="invitations")
    added_by = models.ForeignKey(Import, null=True, db_index=False, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=20, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.PLANNED)
    reason = models.CharField(max_length=60, blank=True, default="")
    attributes = models.JSONField(default=dict)
    version = models.ForeignKey(
        "nineplus.SurveyVersion", null=True, db_index=False, on_delete=models.SET_NULL, related_name="+"
    )
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    arm = models.CharField(max_length=60, blank=True, default="", db_default="")  # of the experiment that ran
    due_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)  # stays when they answer after all
    reminded_at = models.DateTimeField(null=True)
    signals = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )  # what looked like a machine and what like a person

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["survey", "fate", "due_at"], name="invitation_fate"),
            models.Index(fields=["fate", "expires_at"], name="invitation_expires"),
            models.Index(fields=["ticket"], condition=Q(ticket__isnull=False), name="invitation_ticket"),
            models.Index(fields=["added_by"], condition=Q(added_by__isnull=False), name="invitation_added"),
        ]
        constraints = [
            *Imported.Meta.constraints,
            one_of("fate", Fate, name="invitation_fate_known"),
            models.CheckConstraint(condition=~Q(fate="skipped") | ~Q(reason=""), name="invitation_skip_has_reason"),
        ]


class Response(Imported, Revised):
    """One answer. The score comes first and is never changed silently; the comment may come later.

    `comment` is empty when the text says nothing (STOP, n/a, -): the text as it came stays in `comment_raw`.
    """

    BESIDE = "beside"

    survey = models.ForeignKey(Survey, db_index=False, on_delete=models.PROTECT, related_name="responses")
    invitation = models.OneToOneField(Invitation, null=True, on_delete=models.SET_NULL, related_name="response")
    account = models.ForeignKey(Account, null=True, db_index=False, on_delete=models.SET_NULL, related_name="responses")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="responses")
    ticket = models.ForeignKey(Ticket, null=True, db_index=False, on_delete=models.SET_NULL, related_name="responses")
    added_by = models.ForeignKey(Import, null=True, db_index=False, on_delete=models.SET_NULL, related_name="+")
    score = models.SmallIntegerField()
    comment = models.TextField(blank=True, default="")
    comment_raw = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField()
    channel = models.CharField(max_length=20, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="")
    attributes = models.JSONField(default=dict)  # frozen as they stood when it was answered
    raw = models.JSONField(null=True)  # what else came with it: the payload, columns of a file under BESIDE
    version = models.ForeignKey(  # versions are never changed nor deleted: nothing to hold each answer against
        "nineplus.SurveyVersion",
        null=True,
        db_index=False,
        db_constraint=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    extras = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )  # answers to extra questions by slug
    consent_contact = models.BooleanField(null=True)
    consent_quote = models.BooleanField(null=True)
    anonymous = models.BooleanField(default=False, db_default=False)  # never to be joined to a person
    tags = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    notes = models.JSONField(null=True)  # [{id, text, by, at}]: what colleagues wrote beside it
    signals = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )  # device, seconds on the page, earlier scores [{score, at}] …
    changed_at = models.DateTimeField(null=True)

    class Meta(Imported.Meta):
        # Each of these ends in (answered_at, id): the live list pages through any of them without sorting.
        indexes = [
            models.Index(fields=["answered_at", "id"], name="response_newest"),
            models.Index(fields=["survey", "answered_at", "id"], name="response_of_survey"),
            models.Index(fields=["account", "answered_at", "id"], name="response_of_account"),
            models.Index(fields=["changed_at"], condition=Q(changed_at__isnull=False), name="response_changed"),
            models.Index(fields=["ticket"], condition=Q(ticket__isnull=False), name="response_ticket"),
            models.Index(fields=["added_by"], condition=Q(added_by__isnull=False), name="response_added"),
        ]
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(condition=Q(score__gte=0) & Q(score__lte=10), name="response_score_0_to_10"),
            models.CheckConstraint(
                condition=Q(anonymous=False) | Q(contact__isnull=True, invitation__isnull=True),
                name="response_anonymous_is_nobodys",
            ),
        ]
