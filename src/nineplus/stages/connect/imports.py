"""Imports: a file received, understood, confirmed, written in steps that survive a crash, and taken back whole.

Each step writes one batch of rows with its counts and the line reached in one transaction. Killed at any moment,
an import goes on from the line after the last complete step; the same file twice changes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from nineplus.connectors import files
from nineplus.connectors.files import BadMapping, Mapping, Refused, Source, UnreadableFile
from nineplus.model import Note
from nineplus.stages.connect.bulk import roomy
from nineplus.stages.connect.references import References
from nineplus.stages.connect.undoing import take_back
from nineplus.stages.connect.writing import Writer
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Event, Import, ImportRow, Response, Revision, SavedMapping, Ticket, User
from nineplus.store.models.imports import ImportState

Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all after every step."""

_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}\Z")
_PORTION = 1 << 20
_EXAMPLES = 20
_GOING = (ImportState.WAITING, ImportState.RUNNING)
_MAY_RUN = (*_GOING, ImportState.FAILED)


@dataclass(frozen=True, slots=True)
class Report:
    """What an import would do: rows added, changed, left as they are and refused, with examples of the last."""

    added: int
    changed: int
    same: int
    refused: int
    notes: tuple[Note, ...]
    examples: tuple[Refused, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "refused": self.refused,
            "notes": [note.to_dict() for note in self.notes],
            "examples": [
                {"line": one.line, "column": one.column, "code": one.code, "reason": one.reason, "row": dict(one.row)}
                for one in self.examples
            ],
        }


def folder() -> Path:
    """Where the files of imports are kept."""
    return Path(settings.HOME) / "imports"


# -- from file to confirmed mapping -----------------------------------------------------------------------------


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
    name = file_name or (upload.name if isinstance(upload, Path) else "upload.csv")
    name = Path(name.replace("\\", "/")).name[:255] or "upload.csv"
    stored = folder() / f"{now:%Y%m%d}-{secrets.token_hex(8)}{Path(name).suffix.lower()[:10]}"
    size, digest = _store(upload, stored)
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


def propose(import_id: int, *, kind: str | None = None, given: Mapping | None = None) -> Mapping:
    """How the file's columns are understood, kept with the import. `kind` or `given` override the guess."""
    one = get(import_id)
    if one.state != ImportState.DRAFT:
        raise Conflict("The mapping of this import is confirmed.")
    try:
        mapping = files.recognise(opened(one), kind or one.kind or None, given=given)
    except (BadMapping, UnreadableFile) as error:
        raise NotPossible(str(error)) from error
    held = Import.objects.filter(pk=one.pk, state=ImportState.DRAFT)
    if not held.update(kind=mapping.kind, mapping=mapping.to_dict(), rows_total=mapping.rows):
        raise Conflict("The mapping of this import is confirmed.")
    return mapping


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


def dry_run(import_id: int, mapping: Mapping | None = None, *, progress: Progress | None = None) -> Report:
    """What would happen, row by row, without writing anything."""
    one = get(import_id)
    mapping = mapping or Mapping.from_dict(one.mapping)
    source = opened(one)
    writer = Writer(one, mapping, References(one, one.created_at), source.columns)
    added = changed = same = done = 0
    refusals: Counter[str] = Counter()
    examples: list[Refused] = []
    notes = [*source.notes, *mapping.notes]
    for batch in _batches(source, mapping):
        written = writer.compare(batch)
        added, changed, same = added + written.added, changed + written.changed, same + written.same
        refusals.update(refused.code for refused in written.refused)
        examples += written.refused[: _EXAMPLES - len(examples)]
        notes += batch.notes
        done += len(batch.rows) + len(written.refused)
        if progress:
            progress(done, one.rows_total)
    summed = (*files.refusal_notes(refusals), *files.merge_notes(notes))
    return Report(added, changed, same, refusals.total(), summed, tuple(examples))


# -- running ------------------------------------------------------------------------------------------------------


def run(
    import_id: int,
    *,
    now: datetime | None = None,
    progress: Progress | None = None,
    stopping: Callable[[], bool] | None = None,
) -> Import:
    """Write the file's rows; goes on where it stopped. Safe to call again, also after a kill.

    `stopping` is asked between steps: when it says yes, the import rests as WAITING and can be run again.
    """
    now = now or timezone.now()
    one = get(import_id)
    if one.state not in _MAY_RUN:
        return one
    held = Import.objects.filter(pk=one.pk, state__in=_MAY_RUN)
    if not held.update(state=ImportState.RUNNING, started_at=one.started_at or now, error="", finished_at=None):
        return get(import_id)  # cancelled in this moment
    one.refresh_from_db()
    begun = time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - begun)

    try:
        with roomy():
            state = _steps(one, now=now, progress=progress, stopping=stopping or (lambda: False))
    except Conflict:  # another process is at it and goes on, or it was cancelled: the step was not written
        return get(import_id)
    except (BadMapping, UnreadableFile, NotPossible) as error:
        return _fail(one, str(error), now=clock())
    except (OSError, DatabaseError) as error:
        return _fail(one, _in_words(error), now=clock())
    _finish(one, state, now=clock())
    return get(import_id)


def _steps(one: Import, *, now: datetime, progress: Progress | None, stopping: Callable[[], bool]) -> ImportState:
    mapping = Mapping.from_dict(one.mapping)
    source = opened(one)
    writer = Writer(one, mapping, References(one, now), source.columns)
    done = one.rows_added + one.rows_changed + one.rows_same + one.rows_refused
    notes = [_note(note) for note in one.report.get("notes", ())] or [*source.notes, *mapping.notes]
    refusals = Counter(one.report.get("refusals", {}))
    for batch in _batches(source, mapping, start_line=one.line):
        with transaction.atomic():
            revision = Revision.next()
            written = writer.write(batch, revision=revision)
            notes = list(files.merge_notes([*notes, *batch.notes]))
            refusals.update(refused.code for refused in written.refused)
            reached = one.line
            one.line = batch.last_line
            one.rows_added += written.added
            one.rows_changed += written.changed
            one.rows_same += written.same
            one.rows_refused += len(written.refused)
            one.report |= {
                "notes": [note.to_dict() for note in notes],
                "refusals": dict(refusals),
                "revisions": _extended(one.report.get("revisions", []), revision),
                "made": _summed(one.report.get("made", {}), writer.references),
            }
            _claim_step(one, reached)
        done += len(batch.rows) + len(written.refused)
        if progress:
            progress(done, one.rows_total)
        if stopping():
            return ImportState.WAITING
    return ImportState.DONE


def _claim_step(one: Import, reached: int) -> None:
    """Note the step in its own transaction. Who cancelled, or wrote the same step, makes this one give way."""
    held = Import.objects.filter(pk=one.pk, line=reached, state=ImportState.RUNNING).update(
        line=one.line,
        rows_added=one.rows_added,
        rows_changed=one.rows_changed,
        rows_same=one.rows_same,
        rows_refused=one.rows_refused,
        report=one.report,
    )
    if not held:
        raise Conflict("Another process runs this import, or it was cancelled.")


def _finish(one: Import, state: ImportState, *, now: datetime) -> None:
    with transaction.atomic():
        if state == ImportState.DONE and one.kind == "tickets":
            _link_waiting_answers(one)
        held = Import.objects.filter(pk=one.pk, state=ImportState.RUNNING).update(
            state=state,
            finished_at=None if state == ImportState.WAITING else now,
            rows_total=_rows(one) if state == ImportState.DONE else one.rows_total,
        )
        if held and state != ImportState.WAITING:
            Event.publish(kind="mart.stale", now=now)


def _fail(one: Import, sentence: str, *, now: datetime) -> Import:
    """What was written stays and can be gone on with or undone."""
    try:
        with transaction.atomic():
            Import.objects.filter(pk=one.pk, state=ImportState.RUNNING).update(
                state=ImportState.FAILED, error=sentence, finished_at=now
            )
            if one.rows_added or one.rows_changed:
                Event.publish(kind="mart.stale", now=now)
    except DatabaseError as error:  # the disk has no room even for this
        raise NotPossible(sentence) from error
    return get(one.pk)


def _link_waiting_answers(one: Import) -> None:
    """Answers that named a ticket before it was there get it now."""
    waiting = Response.objects.filter(ticket=None, source=one.source, raw__ticket__isnull=False)
    if not waiting.exists():
        return
    revision = Revision.next()
    last = 0
    while page := list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", "raw__ticket")[:5_000]):
        last = page[-1][0]
        found = dict(
            Ticket.objects.filter(source=one.source, external_id__in={key for _, key in page}).values_list(
                "external_id", "pk"
            )
        )
        linked = [
            Response(pk=pk, ticket_id=found[key], revision=revision, raw=None) for pk, key in page if key in found
        ]
        Response.objects.bulk_update(linked, ["ticket_id", "revision", "raw"], batch_size=500)


# -- afterwards -----------------------------------------------------------------------------------------------------


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
        stopped = Import.objects.filter(pk=one.pk, state__in=_GOING).update(
            state=ImportState.CANCELLED, finished_at=now
        )
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
    kept = take_back(one, progress=progress)
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
    if not Import.objects.filter(pk=one.pk).exclude(state__in=_GOING).update(state=ImportState.UNDOING):
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


def get(import_id: int) -> Import:
    """Raises NotFound with a sentence."""
    try:
        return Import.objects.get(pk=import_id)
    except Import.DoesNotExist:
        raise NotFound(f"There is no import {import_id}.") from None


def opened(one: Import) -> Source:
    """The import's file. Raises NotPossible when it was dropped."""
    path = folder() / one.stored_as
    if not one.stored_as or not path.is_file():
        raise NotPossible("The file of this import is no longer kept. Send it again.")
    try:
        return files.open_file(path)
    except UnreadableFile as error:
        raise NotPossible(str(error)) from error


# -- parts ------------------------------------------------------------------------------------------------------------


def _batches(source: Source, mapping: Mapping, *, start_line: int = 0) -> Iterator[files.Batch]:
    return files.convert(source, mapping, start_line=start_line)


def _store(upload: BinaryIO | Path, stored: Path) -> tuple[int, str]:
    """Copy the file into the home; nothing half-copied is left behind."""
    stored.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        source = upload.open("rb") if isinstance(upload, Path) else upload
        try:
            with os.fdopen(os.open(stored, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
                while portion := source.read(_PORTION):
                    copy.write(portion)
                    digest.update(portion)
                    size += len(portion)
        finally:
            if isinstance(upload, Path):
                source.close()
    except OSError as error:
        stored.unlink(missing_ok=True)
        raise NotPossible(_in_words(error)) from error
    return size, digest.hexdigest()


def _in_words(error: Exception) -> str:
    text = str(error).casefold()
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in text or "no space" in text:
        return "The disk is full. Make room and run the import again: it goes on where it stopped."
    if "locked" in text:
        return "The database is locked by another program. Run the import again: it goes on where it stopped."
    if isinstance(error, OSError):
        return f"The file cannot be read or kept: {error.strerror or type(error).__name__}."
    return f"The database refused the rows ({type(error).__name__}). What was written before can be undone."


def _rows(one: Import) -> int:
    return one.rows_added + one.rows_changed + one.rows_same + one.rows_refused


def _note(data: dict) -> Note:
    return Note(data["code"], data["rows"], data["message"])


def _extended(spans: list[list[int]], revision: int) -> list[list[int]]:
    """Revisions of this import as spans, so that a long list stays short."""
    if spans and spans[-1][1] == revision - 1:
        return [*spans[:-1], [spans[-1][0], revision]]
    return [*spans, [revision, revision]]


def _summed(before: dict[str, int], references: References) -> dict[str, int]:
    made, references.made = references.made, {}
    return dict(Counter(before) + Counter(made))
