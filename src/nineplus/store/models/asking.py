"""How customers are asked: versions of a survey, messages and what became of them, who is never asked, codes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class SurveyVersion(models.Model):
    """What a survey asked from `created_at` on. Never changed: other words are another version."""

    survey = models.ForeignKey("nineplus.Survey", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()  # model.survey.Content
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once")]


class ExperimentKind(models.TextChoices):
    SUBJECT = "subject", "Subject line"
    WORDING = "wording", "Wording"
    TIMING = "timing", "Timing"
    INCENTIVE = "incentive", "Incentive"


class Experiment(models.Model):
    """One comparison of ways to ask within a survey. Whole accounts get one arm.

    `arms` is a list of {name, share, change}; `change` is what the arm replaces: texts of the content for subject
    and wording, {delay_hours} for timing, {code_pool} for incentive. The first arm is what it is compared with.
    """

    What = ExperimentKind

    survey = models.ForeignKey("nineplus.Survey", on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=ExperimentKind.choices)
    arms = models.JSONField()
    seed = models.CharField(max_length=40)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", ExperimentKind, name="experiment_kind_known"),
            # One at a time, or the arms of one would differ by those of the other.
            models.UniqueConstraint(
                fields=["survey"],
                condition=Q(started_at__isnull=False, ended_at__isnull=True),
                name="experiment_one_running",
            ),
        ]


class Sender(models.Model):
    """One configured channel: an SMTP server, a provider's account. Secrets are kept encrypted."""

    name = models.CharField(max_length=200)
    channel = models.CharField(max_length=40)  # the plug
    medium = models.CharField(max_length=10)  # email, sms
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    from_address = models.CharField(max_length=320, blank=True, default="")  # or the telephone number
    hook_key = models.CharField(max_length=40, unique=True)  # the unguessable part of its webhook's address
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")  # why it does not work; its messages wait until it is mended

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["medium"], condition=Q(is_default=True), name="sender_one_default"),
        ]


class MessageState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNSURE = "unsure"  # it may have been accepted: only a person sends it again
    FAILED = "failed"
    DROPPED = "dropped"  # no longer wanted: answered, unsubscribed or deleted meanwhile


class MessageKind(models.TextChoices):
    INVITATION = "invitation"
    REMINDER = "reminder"
    TEST = "test"
    REPLY = "reply"  # what an incoming SMS is answered with
    LETTER = "letter"  # to one person, no survey: see PersonalLetter


class Message(models.Model):
    """One thing to send. Its own queue: a worker takes it for a while, then says how it went."""

    State = MessageState
    What = MessageKind

    invitation = models.ForeignKey(
        "nineplus.Invitation", null=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    number = models.PositiveSmallIntegerField(default=0)  # of the reminder
    sender = models.ForeignKey(Sender, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False)
    medium = models.CharField(max_length=10)
    address = models.CharField(max_length=320, blank=True, default="")
    body = models.JSONField(
        default=dict
    )  # only for what was written when it was asked for: invitations are written when they are sent
    key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=80, blank=True, default="")
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    parts = models.PositiveSmallIntegerField(default=1)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="message_waiting", condition=Q(state="waiting")),
            models.Index(fields=["claimed_until"], name="message_sending", condition=Q(state="sending")),
        ]
        constraints = [
            one_of("state", MessageState, name="message_state_known"),
            one_of("kind", MessageKind, name="message_kind_known"),
            models.UniqueConstraint(fields=["invitation", "kind", "number"], name="message_once"),
        ]


class Notice(models.Model):
    """What the other side told of a message: delivered, bounced … The same notice twice is one row."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="notices", db_index=False)
    external_id = models.CharField(max_length=255)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="notices")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    detail = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "external_id"], name="notice_once")]


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Complained"
    ERASED = "erased", "Erased"
    MANUAL = "manual", "Added by hand"


class Suppression(models.Model):
    """An address that is not written to. Known by its digest, so that it outlives the person's erasure and return."""

    Reason = SuppressionReason

    medium = models.CharField(max_length=10)  # email, sms
    digest = models.CharField(max_length=64)  # stages.capture.people.suppression.digest_of
    address = models.CharField(max_length=320, blank=True, default="")  # empty once erased
    reason = models.CharField(max_length=14, choices=SuppressionReason.choices)
    at = models.DateTimeField()
    detail = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["medium", "digest", "reason"], name="suppression_once"),
            one_of("reason", SuppressionReason, name="suppression_reason_known"),
        ]


class CodePool(models.Model):
    """Codes to be given as a thank-you. Each is given once."""

    name = models.CharField(max_length=200, unique=True)
    worth = models.CharField(max_length=200, blank=True, default="")  # what a code is good for, in words
    created_at = models.DateTimeField()


class Code(models.Model):
    pool = models.ForeignKey(CodePool, on_delete=models.CASCADE, related_name="codes", db_index=False)
    code = models.CharField(max_length=120)
    response = models.ForeignKey("nineplus.Response", null=True, on_delete=models.SET_NULL, related_name="codes")
    given_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pool", "id"], name="code_free", condition=Q(given_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(fields=["pool", "code"], name="code_once"),
            # A response gets one code of a pool, however often it is confirmed.
            models.UniqueConstraint(
                fields=["pool", "response"], condition=Q(response__isnull=False), name="code_one_a_response"
            ),
        ]
