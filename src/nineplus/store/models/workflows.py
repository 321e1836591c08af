"""Rules, their versions, when they fired and what was done then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class Workflow(models.Model):
    """A rule that people know by its name. What it says is its newest version's document."""

    name = models.CharField(max_length=200, unique=True)
    event = models.CharField(max_length=40)
    on = models.BooleanField(default=False)
    switched_at = models.DateTimeField(null=True)  # nothing that happened before concerns it
    # tickets, money and silence: until when it looked what happened, and up to which revision
    watched_at = models.DateTimeField(null=True)
    watched_revision = models.BigIntegerField(default=0, db_default=0)
    paused_because = models.CharField(max_length=300, blank=True, default="")  # by the storm guard, not by a person
    fault = models.CharField(max_length=500, blank=True, default="")
    fault_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)  # the log of what it did stays

    class Meta:
        indexes = [models.Index(fields=["event"], name="workflow_on", condition=Q(on=True))]


class WorkflowVersion(models.Model):
    """What a rule said from some time on. Never changed; `tried` is the dry run that was seen before switching on."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    tried = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_once")]


class Receiver(models.Model):
    """Whom steps of rules call, one call at a time. `free_at`: until then it is called, or rests; None: it is free."""

    name = models.CharField(max_length=255, unique=True)
    free_at = models.DateTimeField(null=True)


class RunState(models.TextChoices):
    GOING = "going"
    DONE = "done"
    HELD = "held"  # its limits or its own doing held it back
    FAILED = "failed"


class WorkflowRun(models.Model):
    """A rule fired (or was held back) for one thing that happened, once. `path` are the rules it follows from."""

    State = RunState

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey(WorkflowVersion, on_delete=models.CASCADE, related_name="runs", db_index=False)
    subject = models.CharField(max_length=80)  # response:12, case:5:version:1, case:5:level:2:version:4
    response = models.ForeignKey("nineplus.Response", null=True, on_delete=models.CASCADE, related_name="runs")
    case = models.ForeignKey("nineplus.Case", null=True, on_delete=models.SET_NULL, related_name="runs")
    account = models.ForeignKey("nineplus.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    contact = models.ForeignKey("nineplus.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RunState.choices)
    why = models.JSONField(default=list)  # sentences
    path = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)  # when the next step is to be taken
    # whom that step calls: it waits in their line
    receiver = models.ForeignKey(Receiver, null=True, on_delete=models.SET_NULL, related_name="runs", db_index=False)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["workflow", "at"], name="run_of_workflow"),
            models.Index(fields=["due_at", "id"], name="run_due", condition=Q(state="going", receiver__isnull=True)),
            models.Index(
                fields=["receiver", "due_at", "id"],
                name="run_to_call",
                condition=Q(state="going", receiver__isnull=False),
            ),
        ]
        constraints = [
            one_of("state", RunState, name="run_state_known"),
            models.UniqueConstraint(fields=["workflow", "subject"], name="run_once"),
        ]


class WorkflowStep(models.Model):
    """One step of a run, taken once. `place` is where it stands in the rule (`2`, `3.then.1`)."""

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps", db_index=False)
    place = models.CharField(max_length=40)
    what = models.CharField(max_length=60)
    at = models.DateTimeField()
    done = models.BooleanField(default=True)
    says = models.CharField(max_length=500, blank=True, default="")
    made = models.ForeignKey("nineplus.Case", null=True, on_delete=models.SET_NULL, related_name="made_by_steps")
    until = models.DateTimeField(null=True)  # of a wait

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="step_once")]
