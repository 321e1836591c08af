"""Playbooks: the steps that a good follow-up takes, and the cases on which they are taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Playbook(models.Model):
    """Steps that people know by a name. What they are is its newest version's."""

    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)  # what was done by it stays


class PlaybookVersion(models.Model):
    """What a playbook said from some time on. Never changed; a case keeps the version that it began with."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    steps = models.JSONField()  # [{title, help, link, owner, team, minutes}], as rules.playbooks reads them
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["playbook", "number"], name="playbook_version_once")]


class CasePlaybook(models.Model):
    """A playbook taken up on a case, once. `ended_at`: every step is done or left out."""

    case = models.ForeignKey("nineplus.Case", on_delete=models.CASCADE, related_name="playbooks", db_index=False)
    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="taken_up")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="taken_up", db_index=False)
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "playbook"], name="case_playbook_once")]


class CaseStep(models.Model):
    """One step on one case. Done or left out when `done_at` is set; the earlier of two people counts."""

    taken_up = models.ForeignKey(CasePlaybook, on_delete=models.CASCADE, related_name="steps", db_index=False)
    place = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    owner = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    left_out = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["taken_up", "place"], name="case_step_once"),
            models.CheckConstraint(
                condition=Q(left_out=False) | Q(done_at__isnull=False), name="case_step_left_out_at_some_time"
            ),
        ]
