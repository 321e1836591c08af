"""Files brought in: what was read, how it was understood, what was refused and how to take it back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.checks import one_of


class SavedMapping(models.Model):
    """How columns of a recurring file are to be understood, under a name."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    mapping = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="saved_mapping_once")]


class ImportState(models.TextChoices):
    DRAFT = "draft"  # uploaded, mapping not yet confirmed
    WAITING = "waiting"  # confirmed, the worker has not begun
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # stopped with `error`; what was written is kept and can be undone or resumed
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


class Import(models.Model):
    """One file of one kind. The file itself stays under NINEPLUS_HOME/imports until it is dropped."""

    State = ImportState

    kind = models.CharField(max_length=20)  # responses, tickets, ticket_events, accounts, contacts, movements …
    source = models.CharField(max_length=40, default="file")
    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    bytes = models.BigIntegerField(default=0)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.DRAFT)
    created_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    line = models.BigIntegerField(default=0)  # how far it has read: a killed import goes on from here
    rows_total = models.BigIntegerField(null=True)
    rows_added = models.BigIntegerField(default=0)
    rows_changed = models.BigIntegerField(default=0)
    rows_same = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)  # notes: code, rows, message
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [one_of("state", ImportState, name="import_state_known")]


class ImportRow(models.Model):
    """A row that was refused: its line, the row as it came, what is wrong and how to mend it."""

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refused")
    line = models.BigIntegerField()
    row = models.JSONField()
    column = models.CharField(max_length=255, blank=True, default="")
    code = models.CharField(max_length=40)
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["source_import", "line"], name="import_row_line")]


class ImportChange(models.Model):
    """What a changed row was before, so that the import can be undone whole. Added rows need none."""

    source_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=40)
    row = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_import", "table", "row"], name="import_change_once")]


class Imported(models.Model):
    """A row that came from outside: unique by source and external id, and knows the import that added it."""

    source = models.CharField(max_length=40, default="file")
    external_id = models.CharField(max_length=200)
    added_by = models.ForeignKey(Import, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="%(class)s_external_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="%(class)s_external_given"),
        ]
