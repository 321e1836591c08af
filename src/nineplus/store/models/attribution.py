"""How answers are tied to tickets: every version of the rule, and what people said of a sample of links."""

from __future__ import annotations

from django.db import models

from nineplus.store.models.checks import one_of


class LinkRuleState(models.TextChoices):
    WAITING = "waiting"  # saved; the worker has not begun to link by it
    RUNNING = "running"
    DONE = "done"  # the newest of these is in force
    CANCELLED = "cancelled"  # by a person, or because a later version was saved
    FAILED = "failed"


class LinkRuleVersion(models.Model):
    """One version of model.attribution.LinkRule, calendars and service levels included. Never changed, only followed.

    Answers show the links of the version before until all of them are linked anew.
    """

    State = LinkRuleState

    version = models.PositiveIntegerField(unique=True)
    settings = models.JSONField()
    created_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=LinkRuleState.choices, default=LinkRuleState.WAITING)
    step = models.CharField(max_length=40, blank=True, default="")
    steps_done = models.PositiveSmallIntegerField(default=0)
    steps_total = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [one_of("state", LinkRuleState, name="link_rule_state_known")]


class Verdict(models.TextChoices):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class LinkCheck(models.Model):
    """A link drawn at random to be judged by a person: did that ticket make that answer?

    Response and ticket are named, not referred to: when they go, what was said of the rule stays.
    """

    Verdict = Verdict

    rule_version = models.PositiveIntegerField()
    place = models.PositiveIntegerField()  # the order in which they are judged
    response = models.BigIntegerField()
    ticket = models.BigIntegerField()
    tier = models.CharField(max_length=2)
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True, default="")
    judged_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_version", "response", "ticket"], name="link_check_once"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["", *Verdict.values]), name="link_check_verdict_known"
            ),
        ]
