"""Slack and Teams: where colleagues read, what was or is to be posted there, and who they are over there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class PlaceKind(models.TextChoices):
    SLACK = "slack", "Slack channel, by the app"
    SLACK_WEBHOOK = "slack_webhook", "Slack channel, by an incoming webhook"
    TEAMS = "teams", "Microsoft Teams channel, by a workflow"


class Digest(models.TextChoices):
    NONE = "", "None"
    DAILY = "daily", "Every morning"
    WEEKLY = "weekly", "On Mondays"


class ChatPlace(models.Model):
    """A channel that is written to. `wants` names kinds of alerts, and `case.opened`. Addresses are kept encrypted.

    `error` says why nothing can be posted: then what is for it waits until a person mends it. With a `user` it is where
    that person is written to directly, by the app; `channel` is found out when the first message goes there.
    """

    user = models.OneToOneField("nineplus.User", null=True, on_delete=models.CASCADE, related_name="chat_place")
    kind = models.CharField(max_length=20, choices=PlaceKind.choices)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=60, blank=True, default="")
    secrets = models.TextField(blank=True, default="")
    wants = models.JSONField(default=list)
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.NONE, blank=True)
    digested = models.DateField(null=True)  # the day of the last digest
    error = models.CharField(max_length=300, blank=True, default="")
    free_at = models.DateTimeField(null=True)  # not before: one message a second, or as the other side says
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("kind", PlaceKind, name="chat_place_kind_known"),
            one_of("digest", Digest, name="chat_place_digest_known"),
        ]


class PostState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNSURE = "unsure"  # it may be there: only a person sends it again
    FAILED = "failed"  # tried as often as is tried
    DROPPED = "dropped"  # not wanted any more


class ChatPost(models.Model):
    """One message. What is said is written when it is sent, from what `about` names. The same `key` is posted once.

    `ts` is its name over there, with which it is changed later; `stale` says that it must be.
    """

    State = PostState

    place = models.ForeignKey(ChatPlace, on_delete=models.CASCADE, related_name="posts", db_index=False)
    key = models.CharField(max_length=120)
    what = models.CharField(max_length=20)  # alert, case, reminder, digest, test, rule
    about = models.JSONField(default=dict)
    case = models.ForeignKey("nineplus.Case", null=True, on_delete=models.CASCADE, related_name="posts")
    contact = models.ForeignKey("nineplus.Contact", null=True, on_delete=models.SET_NULL, related_name="posts")
    state = models.CharField(max_length=10, choices=PostState.choices, default=PostState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)  # how often it was looked whether it is there
    ts = models.CharField(max_length=40, blank=True, default="")
    stale = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="chat_post_by_state"),
            models.Index(fields=["place", "-id"], name="chat_post_newest"),
            models.Index(fields=["id"], name="chat_post_stale", condition=Q(stale=True)),
        ]
        constraints = [
            one_of("state", PostState, name="chat_post_state_known"),
            models.UniqueConstraint(fields=["place", "key"], name="chat_post_once"),
        ]


class ChatPerson(models.Model):
    """Who somebody of Slack is here, by the address that Slack has confirmed; looked up again after a day."""

    external_id = models.CharField(max_length=40, unique=True)
    email = models.CharField(max_length=320, blank=True, default="")
    seen_at = models.DateTimeField()


class ChatCall(models.Model):
    """A signed call that was taken, by its digest: the same again is a replay. Kept while its time is believed."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)
