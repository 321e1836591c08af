"""Who is who: what two rows have in common, what a person said of a doubtful pair, and every merge with its journal."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nineplus.store.models.checks import one_of


class MatchKey(models.Model):
    """Something of a row by which others are met (rules.identity.keys_of_person), as a number that tells nothing."""

    table = models.CharField(max_length=10)  # contact, account
    key = models.BigIntegerField()
    row = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["table", "row"], name="match_key_of_row")]
        constraints = [models.UniqueConstraint(fields=["table", "key", "row"], name="match_key_once")]


class MatchState(models.TextChoices):
    OPEN = "open"
    LATER = "later"  # looked at, not decided
    SAME = "same"  # joined
    DIFFERENT = "different"  # a person said so, or took the joining back: it does not come again


class Match(models.Model):
    """Two rows that may be one. `left` is the smaller number; for `works` it is the contact and `right` the account.

    The rows are named, not referred to: what was said of a pair outlives them.
    """

    State = MatchState

    table = models.CharField(max_length=10)  # contact, account, works
    left = models.BigIntegerField()
    right = models.BigIntegerField()
    reason = models.CharField(max_length=40)  # rules.identity.REASONS
    confidence = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=MatchState.choices, default=MatchState.OPEN)
    at = models.DateTimeField()
    decided_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "-confidence", "id"], name="match_open", condition=Q(state__in=["open", "later"])
            ),
            models.Index(fields=["table", "right"], name="match_of_right"),
        ]
        constraints = [
            one_of("state", MatchState, name="match_state_known"),
            models.UniqueConstraint(fields=["table", "left", "right"], name="match_once"),
            models.CheckConstraint(condition=Q(table="works") | Q(left__lt=F("right")), name="match_in_order"),
        ]


class Merge(models.Model):
    """One joining and all that it changed, so that it can be taken back exactly.

    `table` contact or account: `gone` went into `kept`. `works`: the contact `gone` was put under the account `kept`.
    `journal` is emptied when the person is erased; then nothing can be taken back.
    """

    table = models.CharField(max_length=10)
    kept = models.BigIntegerField()
    gone = models.BigIntegerField()
    reason = models.CharField(max_length=40)  # rules.identity.REASONS, or by_hand
    journal = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["table", "kept"], name="merge_of_kept"),
            models.Index(fields=["table", "gone"], name="merge_of_gone"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(table__in=["contact", "account", "works"]), name="merge_table_known"),
        ]
