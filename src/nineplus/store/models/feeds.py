"""Survey tools that send their answers as they are given: whose calls are taken, and what could not be used."""

from __future__ import annotations

from django.db import models


class Feed(models.Model):
    """One form of one survey tool. Its secret is kept encrypted; `hook_key` is the secret part of its address."""

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    hook_key = models.CharField(max_length=64, unique=True)
    secrets = models.TextField()
    settings = models.JSONField(default=dict)
    survey = models.CharField(max_length=200, blank=True, default="")  # its name; empty: as the form is called
    touchpoint = models.CharField(max_length=20)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    taken = models.BigIntegerField(default=0)
    heard_at = models.DateTimeField(null=True)  # the last call that was signed
    calls_at = models.JSONField(default=list)  # ISO times of such calls of late, one an hour: its rhythm


class FeedCall(models.Model):
    """A call that was signed and holds no answer that can be used: kept as it came, to be mended and tried again."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="calls", db_index=False)
    key = models.CharField(max_length=200)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["feed", "-id"], name="feed_call_newest")]
        constraints = [models.UniqueConstraint(fields=["feed", "key"], name="feed_call_once")]
