"""Running an import: a batch a step, each with its counts and the line reached in one transaction."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Counts
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from nineplus.connectors import files
from nineplus.connectors.files import BadMapping, Mapping, Refused, UnreadableFile
from nineplus.connectors.files.refused import EXCLUDED
from nineplus.model import Note
from nineplus.stages.connect.beside import keep_beside
from nineplus.stages.connect.bulk import roomy
from nineplus.stages.connect.keeping import get, in_words, opened
from nineplus.stages.connect.references import References
from nineplus.stages.connect.syncing import back
from nineplus.stages.connect.writing import Writer
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Event, Import, Response, Revision, Ticket
from nineplus.store.models.imports import ImportState

Progress = Callable[[int, int | None], None]
"""Called with rows done and rows in all after every step."""

GOING = (ImportState.WAITING, ImportState.RUNNING)
MAY_RUN = (*GOING, ImportState.FAILED)
_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What an import would do: rows added, changed, left as they are and refused, with examples of the last."""

    added: int
    changed: int
    same: int
    refused: int
    notes: tuple[Note, ...]
    examples: tuple[Refused, ...]
    excluded: int = 0
    """Those of the refused rows that are no answers of customers: there is nothing to mend in them."""

    @property
    def faulty(self) -> int:
        """Those that a person may mend."""
        return self.refused - self.excluded

    def to_dict(self) -> dict[str, object]:
        return {
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "refused": self.refused,
            "excluded": self.excluded,
            "notes": [note.to_dict() for note in self.notes],
            "examples": [
                {"line": one.line, "column": one.column, "code": one.code, "reason": one.reason, "row": dict(one.row)}
                for one in self.examples
            ],
        }


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
    for batch in files.convert(source, mapping):
        written = writer.compare(batch)
        added, changed, same = added + written.added, changed + written.changed, same + written.same
        refusals.update(refused.code for refused in written.refused)
        examples += written.refused[: _EXAMPLES - len(examples)]
        notes += batch.notes
        done += len(batch.rows) + len(written.refused)
        if progress:
            progress(done, one.rows_total)
    summed = (*files.refusal_notes(refusals), *files.merge_notes(notes))
    return Report(added, changed, same, refusals.total(), summed, tuple(examples), excluded_of(refusals))


def excluded_of(refusals: Counts[str, int]) -> int:
    """How many of the rows not taken are no answers of customers, from how many there are for each reason."""
    return sum(rows for code, rows in refusals.items() if code in EXCLUDED)


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
    if one.state not in MAY_RUN:
        return one
    held = Import.objects.filter(pk=one.pk, state__in=MAY_RUN)
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
        return _fail(one, in_words(error), now=clock())
    _finish(one, state, now=clock())
    return get(import_id)


def _steps(one: Import, *, now: datetime, progress: Progress | None, stopping: Callable[[], bool]) -> ImportState:
    mapping = Mapping.from_dict(one.mapping)
    source = opened(one)
    writer = Writer(one, mapping, References(one, now), source.columns)
    done = one.rows_added + one.rows_changed + one.rows_same + one.rows_refused
    notes = [_note(note) for note in one.report.get("notes", ())] or [*source.notes, *mapping.notes]
    refusals = Counter(one.report.get("refusals", {}))
    for batch in files.convert(source, mapping, start_line=one.line):
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
    if one.kind == "responses":
        keep_beside(one, mapping, source)
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
            link_waiting_answers(one.source)
        held = Import.objects.filter(pk=one.pk, state=ImportState.RUNNING).update(
            state=state,
            finished_at=None if state == ImportState.WAITING else now,
            rows_total=_rows(one) if state == ImportState.DONE else one.rows_total,
        )
        if held and state != ImportState.WAITING:
            Event.publish(kind="mart.stale", now=now)
        if held and state == ImportState.DONE and one.kind == "responses" and (one.rows_added or one.rows_changed):
            back.tell_history(now=now)


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


def link_waiting_answers(source: str, *, revision: int | None = None) -> None:
    """Answers that named a ticket before it was there get it now. In the caller's transaction."""
    waiting = Response.objects.filter(ticket=None, source=source, raw__ticket__isnull=False)
    if not waiting.exists():
        return
    revision = revision or Revision.next()
    last = 0
    while page := list(waiting.filter(pk__gt=last).select_for_update().order_by("pk").values_list("pk", "raw")[:5_000]):
        last = page[-1][0]
        page = [(pk, raw) for pk, raw in page if isinstance(raw["ticket"], str)]  # not what a payload calls so
        found = dict(
            Ticket.objects.filter(source=source, external_id__in={raw["ticket"] for _, raw in page}).values_list(
                "external_id", "pk"
            )
        )
        linked = [
            Response(pk=pk, ticket_id=found[raw["ticket"]], revision=revision, raw=_linked(raw))
            for pk, raw in page
            if raw["ticket"] in found
        ]
        Response.objects.bulk_update(linked, ["ticket_id", "revision", "raw"], batch_size=500)


def _linked(raw: dict) -> dict | None:
    """What is kept of a row beside the ticket it waited for."""
    return {name: value for name, value in raw.items() if name != "ticket"} or None


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
