"""Alerts: what colleagues are told without asking, and how each of them wants to be told."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nineplus.store.models.checks import one_of


class Raised(models.Model):
    """Something worth telling, once: of what (`subject`) and when (`period`). People, channels and webhooks hear of it.

    `detail` is the second sentence: what to make of it. `contact` is whose erasure takes the words away.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    period = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True, default="")
    path = models.CharField(max_length=200)
    account = models.ForeignKey("nineplus.Account", null=True, on_delete=models.SET_NULL, related_name="raised")
    contact = models.ForeignKey("nineplus.Contact", null=True, on_delete=models.SET_NULL, related_name="raised")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="raised_at")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "period"], name="raised_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(path=""), name="raised_says_something"),
        ]


class Untold(models.TextChoices):
    """Why a thing is not told to somebody in one of the ways there are."""

    NEVER = "never", "you had not chosen this way"
    KIND = "kind", "you did not want this kind any more"
    READ = "read", "you had read it here before"
    HIDDEN = "hidden", "your role did not show customers"
    GONE = "gone", "your account was switched off"
    NO_APP = "no_app", "no Slack app was connected"


class Alert(models.Model):
    """One thing one person is told. `subject` and `period` say of what and when: nobody is told that twice.

    By e-mail it waits for `mail_at`, or went (`mailed_at`, set in the transaction that queues the `letter`), or
    `mail_not` says why not. In Slack it waits for `chat_at`; without, it is on its way unless `chat_not` says why not.
    """

    user = models.ForeignKey("nineplus.User", on_delete=models.CASCADE, related_name="alerts", db_index=False)
    raised = models.ForeignKey(Raised, null=True, on_delete=models.CASCADE, related_name="told")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    period = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    path = models.CharField(max_length=200)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    mail_not = models.CharField(max_length=10, choices=Untold.choices, blank=True, default="")
    letter = models.ForeignKey("nineplus.Message", null=True, on_delete=models.SET_NULL, related_name="alerts")
    chat_at = models.DateTimeField(null=True)
    chat_not = models.CharField(max_length=10, choices=Untold.choices, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="alert_of_user"),
            models.Index(fields=["user"], name="alert_unread", condition=Q(read_at__isnull=True)),
            models.Index(
                fields=["mail_at"], name="alert_to_mail", condition=Q(mail_at__isnull=False, mailed_at__isnull=True)
            ),
            models.Index(fields=["chat_at"], name="alert_to_chat", condition=Q(chat_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "subject", "period"], name="alert_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(path=""), name="alert_says_something"),
            models.CheckConstraint(
                condition=Q(mail_at__isnull=False, mail_not="")
                | (Q(mail_at__isnull=True, mailed_at__isnull=True) & ~Q(mail_not="")),
                name="alert_mailed_or_why_not",
            ),
            models.CheckConstraint(condition=Q(chat_at__isnull=True) | Q(chat_not=""), name="alert_in_chat_or_why_not"),
        ]


class Mailed(models.TextChoices):
    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day, together"
    WEEKLY = "weekly", "Once a week, together"
    NEVER = "never", "Never"


class Weekday(models.TextChoices):
    MONDAY = "monday", "Monday"
    TUESDAY = "tuesday", "Tuesday"
    WEDNESDAY = "wednesday", "Wednesday"
    THURSDAY = "thursday", "Thursday"
    FRIDAY = "friday", "Friday"
    SATURDAY = "saturday", "Saturday"
    SUNDAY = "sunday", "Sunday"


class AlertChoice(models.Model):
    """How one person wants to be told. Without one: everything, by e-mail at once. The hours are of their zone."""

    user = models.OneToOneField("nineplus.User", on_delete=models.CASCADE, related_name="alert_choice")
    unwanted = models.JSONField(default=list)  # kinds
    mailed = models.CharField(max_length=10, choices=Mailed.choices, default=Mailed.AT_ONCE)
    digest_hour = models.PositiveSmallIntegerField(default=8)  # of letters that come together
    digest_day = models.CharField(max_length=10, choices=Weekday.choices, default=Weekday.MONDAY)  # of weekly ones
    slack = models.BooleanField(default=False)  # by direct message too, at once
    time_zone = models.CharField(max_length=60, blank=True, default="")  # empty: the company's
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_to = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            one_of("mailed", Mailed, name="alert_mailed_known"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | (Q(quiet_from__lt=24, quiet_to__lt=24) & ~Q(quiet_from=F("quiet_to"))),
                name="alert_quiet_hours",
            ),
            one_of("digest_day", Weekday, name="alert_digest_day_known"),
            models.CheckConstraint(condition=Q(digest_hour__lt=24), name="alert_digest_hour"),
        ]
