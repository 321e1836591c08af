"""Taking an import back: what it changed is put back, what it added is removed, unless others built on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import models, transaction
from django.db.models import Q

from nineplus.model import Note
from nineplus.stages.connect.syncing import answers
from nineplus.stages.connect.tables import TARGETS
from nineplus.stages.connect.writing import restored
from nineplus.store.models import (
    Account,
    Attribute,
    Contact,
    Import,
    ImportChange,
    Invitation,
    Movement,
    Removal,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
)
from nineplus.store.referring import take_away, unreferred

_STEP = 5_000

_ADDED: tuple[tuple[str, type[models.Model]], ...] = (
    ("responses", Response),
    ("invitations", Invitation),
    ("ticket_events", TicketEvent),
    ("movements", Movement),
    ("tickets", Ticket),
    ("subscriptions", Subscription),
    ("contacts", Contact),
    ("accounts", Account),
    ("surveys", Survey),
)
"""Those that refer before those that are referred to."""


def take_back(one: Import, *, now: datetime, progress: Callable[[int, int | None], None] | None = None) -> list[Note]:
    """Undo in steps of their own transactions; safe to repeat after a crash. Says what had to stay."""
    done, later = 0, 0
    for restored_rows, skipped in _restore(one, now=now):
        done, later = done + restored_rows, later + skipped
        if progress:
            progress(done, one.rows_added + one.rows_changed)
    kept: dict[str, int] = {}
    for name, model in _ADDED:
        for removed in _remove(one, model):
            done += removed
            if progress:
                progress(done, one.rows_added + one.rows_changed)
        if stayed := model.objects.filter(added_by=one).count():
            kept[name] = stayed
    _forget_attributes(one)
    notes = []
    if later:
        notes.append(
            Note("undo_changed_since", later, "Rows were changed again since the import: they stay as they are.")
        )
    for name, rows in kept.items():
        words = name.replace("_", " ")
        notes.append(
            Note("undo_kept", rows, f"Added {words} were changed since, or other rows refer to them: they stay.")
        )
    return notes


def _restore(one: Import, *, now: datetime) -> Iterator[tuple[int, int]]:
    """Put changed rows back, newest first; rows written by anyone since are left alone."""
    models_by_table = {target.table: target.model for target in TARGETS.values()} | {"subscription": Subscription}
    skipped_ids: set[int] = set()
    while True:
        with transaction.atomic():
            changes = list(
                ImportChange.objects.filter(source_import=one).exclude(pk__in=skipped_ids).order_by("-pk")[:_STEP]
            )
            if not changes:
                return
            revision = Revision.next()
            back, gone = 0, []
            for change in changes:
                model = models_by_table[change.table]
                columns = {name: restored(value) for name, value in change.before["columns"].items()}
                held = model.objects.filter(pk=change.row, revision=change.before["written"])
                rescored = model is Response and "score" in columns and held.exclude(score=columns["score"]).exists()
                if held.update(**columns, revision=revision):
                    back += 1
                    if rescored:
                        answers.tell_changed([change.row], now=now)
                else:
                    skipped_ids.add(change.pk)
                    continue
                gone.append(change.pk)
                _still_theirs(model, change, revision)
            ImportChange.objects.filter(pk__in=gone).delete()
        yield back, len(changes) - back


def _still_theirs(model: type[models.Model], change: ImportChange, revision: int) -> None:
    """A row put back as another import wrote it is that import's again: its own undo may go on from there."""
    put_back_to = change.before["revision"]
    for other in ImportChange.objects.filter(table=change.table, row=change.row, before__written=put_back_to):
        other.before["written"] = revision
        other.save(update_fields=["before"])
    owner = Import.objects.filter(pk__in=model.objects.filter(pk=change.row).values("added_by")).first()
    if owner and any(low <= put_back_to <= high for low, high in owner.report.get("revisions", ())):
        spans = owner.report["revisions"]
        if spans[-1] != [revision, revision]:
            owner.report["revisions"] = [*spans, [revision, revision]]
            owner.save(update_fields=["report"])


def _remove(one: Import, model: type[models.Model]) -> Iterator[int]:
    """Delete what the import added, as long as nobody changed it since and nothing refers to it."""
    spans = one.report.get("revisions", [])
    untouched = reduce(or_, (Q(revision__range=span) for span in spans), Q(pk__in=[]))
    rows = unreferred(model.objects.filter(untouched, added_by=one))
    last = 0
    while True:
        with transaction.atomic():
            ids = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_STEP])
            if not ids:
                return
            revision = Revision.next()
            Removal.record(model=model, rows=ids, revision=revision)
            take_away(model, ids)
        last = ids[-1]
        yield len(ids)


def _forget_attributes(one: Import) -> None:
    """Attributes that only this import brought are no longer defined."""
    others = Import.objects.exclude(pk=one.pk).exclude(state=Import.State.UNDONE)
    others = others.filter(Q(rows_added__gt=0) | Q(rows_changed__gt=0))
    used = {slug for report in others.values_list("report", flat=True) for slug in report.get("attributes", ())}
    added = [slug for slug in one.report.get("attributes_added", ()) if slug not in used]
    Attribute.objects.filter(slug__in=added).delete()
