"""Imports: a file received, understood, confirmed, written in steps that survive a crash, and taken back whole.

Each step writes one batch of rows with its counts and the line reached in one transaction. Killed at any moment,
an import goes on from the line after the last complete step; the same file twice changes nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from nineplus.connectors import files
from nineplus.connectors.files import BadMapping, Mapping, Refused, UnreadableFile
from nineplus.model import Note
from nineplus.stages.connect.keeping import folder, get, keep, opened
from nineplus.stages.connect.running import GOING, Progress, Report, dry_run, excluded_of, run
from nineplus.stages.connect.undoing import take_back
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern.preferences import Preferences, preferences
from nineplus.stages.govern.sample import SOURCE as SAMPLE
from nineplus.store.models import Event, Import, ImportRow, SavedMapping, User
from nineplus.store.models.imports import ImportState

__all__ = [
    "Progress",
    "Report",
    "ask_undo",
    "cancel",
    "confirm",
    "discard",
    "dry_run",
    "every",
    "excluded_of",
    "folder",
    "get",
    "opened",
    "propose",
    "receive",
    "refused_csv",
    "refused_rows",
    "resume",
    "run",
    "save_mapping",
    "saved_mappings",
    "undo",
]

_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}\Z")


def receive(
    upload: BinaryIO | Path,
    *,
    file_name: str = "",
    kind: str | None = None,
    source: str = "file",
    by: User | None = None,
    now: datetime,
) -> Import:
    """Keep a copy of the file and begin an import of it. Raises NotPossible when it is no table or the disk is full."""
    if not _SOURCE.match(source):
        raise NotPossible("A source is named in lower-case letters, digits, dots, dashes and underscores, at most 40.")
    if source == SAMPLE:
        raise NotPossible("The source 'sample' is the sample company's and goes with it. Name yours differently.")
    name = file_name or (upload.name if isinstance(upload, Path) else "upload.csv")
    name = Path(name.replace("\\", "/")).name[:255] or "upload.csv"
    stored = folder() / f"{now:%Y%m%d}-{secrets.token_hex(8)}{Path(name).suffix.lower()[:10]}"
    size, digest = keep(upload, stored)
    try:
        files.open_file(stored)
    except UnreadableFile as error:
        stored.unlink(missing_ok=True)
        raise NotPossible(str(error)) from error
    return Import.objects.create(
        kind=kind or "",
        source=source,
        file_name=name,
        stored_as=stored.name,
        digest=digest,
        bytes=size,
        created_by=by,
        created_at=now,
    )


def propose(
    import_id: int,
    *,
    kind: str | None = None,
    given: Mapping | None = None,
    timezone: str = "",
    currency: str = "",
    vendor: str = "",
    score: str = "",
) -> Mapping:
    """How the file's columns are understood, kept with the import. `kind` or `given` override the guess.

    `vendor` names the survey tool whose export it is (or says `none`) and `score` the column of the NPS question.

    Where neither the file nor `given` says a time zone or currency, it is `timezone` and `currency`, else Settings'.
    """
    one = get(import_id)
    if one.state != ImportState.DRAFT:
        raise Conflict("The mapping of this import is confirmed.")
    try:
        ours = preferences()
        mapping = files.recognise(
            opened(one),
            kind or one.kind or None,
            given=given,
            timezone=timezone or ours.time_zone,
            currency=currency or ours.currency,
            vendor=vendor,
            score=score,
        )
        mapping = _with_note(mapping, from_settings={"timezone": not timezone, "currency": not currency}, ours=ours)
    except (BadMapping, UnreadableFile) as error:
        raise NotPossible(str(error)) from error
    held = Import.objects.filter(pk=one.pk, state=ImportState.DRAFT)
    if not held.update(kind=mapping.kind, mapping=mapping.to_dict(), rows_total=mapping.rows):
        raise Conflict("The mapping of this import is confirmed.")
    return mapping


def _with_note(mapping: Mapping, *, from_settings: dict[str, bool], ours: Preferences) -> Mapping:
    """Says which of what the file leaves open was taken from Settings."""
    told = {"timezone": f"the time zone {ours.time_zone}", "currency": f"the currency {ours.currency}"}
    answers = {"timezone": ours.time_zone, "currency": ours.currency}
    taken = [
        told[question.setting]
        for question in mapping.questions
        if from_settings.get(question.setting) and question.answer == answers[question.setting]
    ]
    if not taken:
        return mapping
    note = Note("from_settings", 0, f"Where the file does not say, {' and '.join(taken)} of Settings is used.")
    return replace(mapping, notes=(*mapping.notes, note))


def confirm(import_id: int, mapping: Mapping, *, now: datetime, hand_on: bool = True) -> Import:
    """The mapping is right: the import may run. `hand_on=False` when the caller runs it itself.

    Raises NotPossible for a mapping with problems. Confirming again with the same mapping changes nothing.
    """
    if mapping.problems:
        raise NotPossible(" ".join(mapping.problems))
    one = get(import_id)
    unknown = mapping.columns.keys() - set(opened(one).columns)
    if unknown:
        raise NotPossible(f"The file has no column {', '.join(map(repr, sorted(unknown)))}.")
    with transaction.atomic():
        taken = Import.objects.filter(pk=import_id, state=ImportState.DRAFT).update(
            state=ImportState.WAITING, kind=mapping.kind, mapping=mapping.to_dict()
        )
        if not taken:
            raise Conflict("This import was confirmed before.")
        if hand_on:
            Event.publish(kind="import.confirmed", data={"import": import_id}, now=now)
    return get(import_id)


def cancel(import_id: int, *, now: datetime | None = None) -> Import:
    """Stop it, whoever runs it and even if nobody does any more: no further step will be written.

    What was written stays until the import is undone or gone on with. An import that is over stays as it is.
    Raises Conflict for one that was never confirmed: that is discarded.
    """
    one = get(import_id)
    if one.state == ImportState.DRAFT:
        raise Conflict("This import was never confirmed. Discard it instead.")
    now = now or timezone.now()
    with transaction.atomic():
        stopped = Import.objects.filter(pk=one.pk, state__in=GOING).update(state=ImportState.CANCELLED, finished_at=now)
        if stopped:
            Event.publish(kind="mart.stale", now=now)
    return get(import_id)


def resume(import_id: int, *, now: datetime, hand_on: bool = True) -> Import:
    """Go on with a cancelled or failed import."""
    one = get(import_id)
    stopped = (ImportState.CANCELLED, ImportState.FAILED)
    with transaction.atomic():
        held = Import.objects.filter(pk=one.pk, state__in=stopped)
        if not held.update(state=ImportState.WAITING, error="", finished_at=None):
            raise Conflict(f"This import is {one.state}: there is nothing to go on with.")
        if hand_on:
            Event.publish(kind="import.confirmed", data={"import": import_id}, now=now)
    return get(import_id)


def ask_undo(import_id: int, *, now: datetime) -> Import:
    """Have the worker take the import back."""
    with transaction.atomic():
        _begin_undo(_may_undo(import_id))
        Event.publish(kind="import.undo", data={"import": import_id}, now=now)
    return get(import_id)


def undo(import_id: int, *, now: datetime | None = None, progress: Progress | None = None) -> Import:
    """Take the import back whole: what it added goes, what it changed is as before.

    A row that something else changed since, or that rows of others refer to, stays; the report says how many.
    """
    now = now or timezone.now()
    one = _may_undo(import_id)
    if one.state == ImportState.UNDONE:
        return one
    _begin_undo(one)
    kept = take_back(one, now=now, progress=progress)
    one.report = {key: value for key, value in one.report.items() if key != "notes"} | {
        "notes": [*one.report.get("notes", []), *(note.to_dict() for note in kept)]
    }
    with transaction.atomic():
        Import.objects.filter(pk=one.pk).update(state=ImportState.UNDONE, finished_at=now, report=one.report)
        Event.publish(kind="mart.stale", now=now)
    return get(import_id)


def _may_undo(import_id: int) -> Import:
    one = get(import_id)
    if one.state in (ImportState.RUNNING, ImportState.WAITING, ImportState.DRAFT):
        raise Conflict(f"This import is {one.state}. Cancel it first, then undo it.")
    return one


def _begin_undo(one: Import) -> None:
    """Nobody may run it from here on."""
    if not Import.objects.filter(pk=one.pk).exclude(state__in=GOING).update(state=ImportState.UNDOING):
        raise Conflict("This import was gone on with. Cancel it first, then undo it.")


def discard(import_id: int) -> None:
    """Forget an import that was never confirmed, with its file."""
    one = get(import_id)
    with transaction.atomic():
        held = Import.objects.select_for_update().filter(pk=one.pk, state=ImportState.DRAFT)
        if not held or not held.delete()[0]:
            raise Conflict("Only an import that was not confirmed can be forgotten; undo it instead.")
    (folder() / one.stored_as).unlink(missing_ok=True)


def every(*, before: int | None = None, limit: int = 50) -> list[Import]:
    """The newest imports, newest first; `before` is the id of the last one of the page before."""
    found = Import.objects.order_by("-pk")
    return list((found if before is None else found.filter(pk__lt=before))[:limit])


def refused_csv(import_id: int) -> Iterator[str]:
    """The refused rows as CSV, a line at a time: line, column, reason, and the row as it came."""
    one = get(import_id)
    try:
        columns = opened(one).columns
    except (UnreadableFile, NotPossible):
        columns = tuple(one.mapping.get("columns", ()))
    rows = ImportRow.objects.filter(source_import=one).order_by("line", "id").iterator(chunk_size=2_000)
    refused = (Refused(row.line, row.column, row.code, row.reason, row.row) for row in rows)
    return files.refused_csv(refused, columns=columns)


def refused_rows(import_id: int, *, limit: int = 50) -> list[ImportRow]:
    return list(ImportRow.objects.filter(source_import=import_id).order_by("line", "id")[:limit])


def save_mapping(name: str, mapping: Mapping, *, now: datetime) -> SavedMapping:
    """Keep the mapping under a name, in place of an earlier one of that kind and name."""
    if not name.strip():
        raise NotPossible("A saved mapping needs a name.")
    kept = {**mapping.to_dict(), "questions": [], "problems": [], "notes": []}
    saved, _ = SavedMapping.objects.update_or_create(
        kind=mapping.kind,
        name=name.strip()[:200],
        defaults={"mapping": kept},
        create_defaults={"mapping": kept, "created_at": now},
    )
    return saved


def saved_mappings(kind: str | None = None) -> list[SavedMapping]:
    found = SavedMapping.objects.order_by("kind", "name")
    return list(found.filter(kind=kind) if kind else found)
