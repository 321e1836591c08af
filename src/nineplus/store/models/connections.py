"""Connections to outside systems: how far each stream was read, what could not be used, what is to be written there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class ConnectionState(models.TextChoices):
    ACTIVE = "active"
    PAUSED = "paused"  # by a person
    BROKEN = "broken"  # the key or the settings do not work: a person must mend them


class Connection(models.Model):
    """One configured connector. Its `source` is the source of every row that came through it, for ever."""

    State = ConnectionState

    source = models.SlugField(max_length=40, unique=True)
    connector = models.CharField(max_length=40)  # the plug
    title = models.CharField(max_length=200)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    mapping = models.JSONField(default=dict)  # {stream: {their property: our column or attribute:slug}}
    writes = models.JSONField(default=list)  # what is written back: properties, note, task; empty: nothing
    prepared_at = models.DateTimeField(null=True)  # our properties were made over there
    state = models.CharField(max_length=10, choices=ConnectionState.choices, default=ConnectionState.ACTIVE)
    error = models.TextField(blank=True, default="")
    account = models.CharField(max_length=200, blank=True, default="")  # how it is called over there
    every = models.PositiveIntegerField(default=300)  # seconds between two runs
    due_at = models.DateTimeField(null=True)  # the next run
    hook_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    lacking = models.JSONField(default=dict)  # {what for: rights that the key lacked when it was checked}

    class Meta:
        constraints = [one_of("state", ConnectionState, name="connection_state_known")]


class StreamState(models.Model):
    """How far one stream was read. Written in the transaction of the rows that it tells of."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=60)
    cursor = models.JSONField(default=dict)
    caught_up_at = models.DateTimeField(null=True)  # the last time it had nothing more
    seen = models.BigIntegerField(default=0)  # items of the present pass
    total = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(default=0)  # records kept since the beginning
    error = models.TextField(blank=True, default="")
    schema = models.JSONField(default=dict)  # {property: type} as last seen over there

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "stream"], name="stream_once")]


class RunKind(models.TextChoices):
    SYNC = "sync"
    FULL = "full"
    DRY = "dry"


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    WAITING = "waiting"  # stopped at a limit or an outage: goes on by itself
    FAILED = "failed"
    CANCELLED = "cancelled"


class SyncRun(models.Model):
    """One time that a connection was read."""

    What = RunKind
    State = RunState

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=6, choices=RunKind.choices)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()  # the last sign of life
    holder = models.CharField(max_length=80, blank=True, default="")  # machine and process
    finished_at = models.DateTimeField(null=True)
    stream = models.CharField(max_length=60, blank=True, default="")  # where it is
    counts = models.JSONField(default=dict)  # {stream: {seen, added, changed, same, gone, merged, unusable}}
    error = models.TextField(blank=True, default="")
    cancel = models.BooleanField(default=False)  # somebody wants it to stop

    class Meta:
        indexes = [models.Index(fields=["connection", "-started_at"], name="sync_run_newest")]
        constraints = [
            one_of("kind", RunKind, name="sync_run_kind_known"),
            one_of("state", RunState, name="sync_run_state_known"),
            models.UniqueConstraint(fields=["connection"], condition=Q(state="running"), name="sync_run_one_at_a_time"),
        ]


class SyncProblem(models.Model):
    """What could not be used, or how the other side's schema drifted. The same thing again is the same row."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="problems")
    stream = models.CharField(max_length=60)
    key = models.CharField(max_length=200, blank=True, default="")
    code = models.CharField(max_length=60)
    reason = models.TextField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        # All that the list of reasons tells of hundreds of thousands: read from the index alone.
        indexes = [
            models.Index(fields=["connection", "stream", "code", "first_at", "last_at"], name="problem_by_reason")
        ]
        constraints = [models.UniqueConstraint(fields=["connection", "stream", "code", "key"], name="problem_once")]


class CallBudget(models.Model):
    """Calls made in the present window, shared by all processes that use a connection."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="budgets")
    bucket = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(null=True)  # the other side said stop

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "bucket"], name="budget_once")]


class OutboundState(models.TextChoices):
    WAITING = "waiting"
    WRITING = "writing"
    WRITTEN = "written"
    REFUSED = "refused"  # the other side's rules: shown with its words, tried again when a person says so
    GONE = "gone"  # the record is no longer there


class Outbound(models.Model):
    """Something to be written over there: queued with what it tells of, batched, and written once."""

    State = OutboundState

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="outbound")
    key = models.CharField(max_length=120)  # ours, stable: the same thing is queued once
    what = models.CharField(max_length=12)  # properties, note, task
    object = models.CharField(max_length=20)  # contacts, accounts, tickets
    target = models.CharField(max_length=200)  # the record's key over there
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=OutboundState.choices, default=OutboundState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    remote_id = models.CharField(max_length=200, blank=True, default="")
    response = models.ForeignKey("nineplus.Response", null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        # Whole, not of some states only: SQLite takes such an index for no state that it is given as a parameter.
        indexes = [models.Index(fields=["connection", "state", "due_at", "id"], name="outbound_by_state")]
        constraints = [
            one_of("state", OutboundState, name="outbound_state_known"),
            models.UniqueConstraint(fields=["connection", "key"], name="outbound_once"),
        ]


class Alias(models.Model):
    """Another key of a row: the same contact or account in a second system, or what was merged into it."""

    table = models.CharField(max_length=20)  # account, contact
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    row = models.BigIntegerField()
    why = models.CharField(max_length=20)  # email, domain, person, merged
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["table", "row"], name="alias_of_row")]
        constraints = [models.UniqueConstraint(fields=["table", "source", "external_id"], name="alias_once")]
