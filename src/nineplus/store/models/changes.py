"""You said, we did: what was changed because customers asked for it, and the news of it."""

from __future__ import annotations

from django.db import models

from nineplus.store.models.checks import one_of


class ChangeState(models.TextChoices):
    DRAFT = "draft"
    TELLING = "telling"  # the worker writes the letters
    TOLD = "told"
    STOPPED = "stopped"  # by a person: who was not written to yet is not


class Change(models.Model):
    """One change, who asked for it (theme, tone and filter), and what they are written.

    `words` by language code: {subject, text}. `filter` is model.Filter.to_query.
    """

    State = ChangeState

    title = models.CharField(max_length=200)
    theme = models.CharField(max_length=81)
    tone = models.CharField(max_length=10)  # complaints, anything
    filter = models.JSONField(default=list)
    words = models.JSONField(default=dict)
    language = models.CharField(max_length=12, default="en")  # of those whose own is not among the words
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.DRAFT)
    created_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    told_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    told_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [one_of("state", ChangeState, name="change_state_known")]


class Helped(models.TextChoices):
    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"


class ChangeNews(models.Model):
    """One who asked for a change: whether they were told, and whether it helped. An address gets each change once."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="news", db_index=False)
    contact = models.ForeignKey("nineplus.Contact", on_delete=models.CASCADE, related_name="news")
    response = models.ForeignKey("nineplus.Response", null=True, on_delete=models.SET_NULL, related_name="news")
    digest = models.CharField(max_length=64)  # of the address
    said = models.CharField(max_length=400, blank=True, default="")  # in their words
    message = models.OneToOneField("nineplus.Message", null=True, on_delete=models.SET_NULL, related_name="news")
    refused = models.CharField(max_length=20, blank=True, default="")  # why they get no letter
    helped = models.CharField(max_length=10, choices=Helped.choices, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    helped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "digest"], name="change_news_once")]
        indexes = [models.Index(fields=["change", "id"], name="change_news_of")]
