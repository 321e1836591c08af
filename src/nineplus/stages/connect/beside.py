"""Tags, notes and what else a file says of an answer: kept beside it and never computed with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from nineplus.connectors.files import Mapping, Source
from nineplus.connectors.files.fields import BESIDE
from nineplus.store.models import Import, ImportChange, Response, Revision

_PORTION = 2_000
_MOST_TAGS, _LONGEST_TAG, _LONGEST_NOTE = 100, 120, 20_000
_BETWEEN = re.compile(r"\s*[,;|]\s*")


@dataclass(slots=True)
class _Said:
    """What one row says beside its answer."""

    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tags or self.notes or self.beside)


def keep_beside(one: Import, mapping: Mapping, source: Source) -> int:
    """Give the answers of this import their tags, notes and the rest; how many got any. Safe to repeat."""
    if mapping.column("response") is None or not any(mapping.column(name) for name in BESIDE):
        return 0
    given = 0
    for portion in _portions(source, mapping):
        rows = Response.objects.filter(source=one.source, external_id__in=list(portion), contact__erased_at=None)
        changed = []
        for row in rows.only("external_id", "tags", "notes", "raw", "revision", "added_by"):
            said = portion[row.external_id]
            notes = [{"id": str(n), "text": text} for n, text in enumerate(said.notes, start=1)] or row.notes
            raw = {**(row.raw or {}), Response.BESIDE: said.beside} if said.beside else row.raw
            tags = said.tags or row.tags
            before = {"tags": row.tags, "notes": row.notes, "raw": row.raw}
            if (tags, notes, raw) != (row.tags, row.notes, row.raw):
                row.tags, row.notes, row.raw = tags, notes, raw
                changed.append((row, before))
        _write(one, changed)
        given += len(changed)
    return given


def _write(one: Import, changed: list[tuple[Response, dict[str, Any]]]) -> None:
    """Django's bulk_update makes one long CASE of so many rows, which takes ten times as long."""
    if not changed:
        return
    columns = [Response._meta.get_field(name) for name in ("tags", "notes", "raw", "revision")]
    assigned = ", ".join(f'"{column.column}" = %s' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        _keep_journal(one, [(row, before) for row, before in changed if row.added_by_id != one.pk])
        values = [
            (*(column.get_db_prep_save(getattr(row, column.name), connection) for column in columns), row.pk)
            for row, _ in changed
        ]
        cursor.executemany(f'UPDATE "{Response._meta.db_table}" SET {assigned} WHERE id = %s', values)


def _keep_journal(one: Import, foreign: list[tuple[Response, dict[str, Any]]]) -> None:
    """What answers that were there before this import had, so that it can be taken back; they get a new revision."""
    if not foreign:
        return
    revision = Revision.next()
    held = ImportChange.objects.filter(source_import=one, table="response", row__in=[row.pk for row, _ in foreign])
    journal = {change.row: change for change in held}
    fresh = []
    for row, columns in foreign:
        known = journal.get(row.pk)
        if known is None:
            before = {"columns": columns, "revision": row.revision, "written": revision}
            fresh.append(ImportChange(source_import=one, table="response", row=row.pk, before=before))
        elif known.before["written"] == row.revision:  # else somebody changed it since, and undoing leaves it alone
            known.before |= {"columns": {**columns, **known.before["columns"]}, "written": revision}
        row.revision = revision
    ImportChange.objects.bulk_create(fresh, batch_size=1_000)
    ImportChange.objects.bulk_update(journal.values(), ["before"], batch_size=500)


def tags_of(text: str) -> list[str]:
    """The tags in one cell: `Price, Support`, `Price|Support` or `["Price", "Support"]`."""
    bare = text.strip().strip("[]")
    tags = (tag.strip().strip("\"'") for tag in _BETWEEN.split(bare))
    return list(dict.fromkeys(tag[:_LONGEST_TAG] for tag in tags if tag))[:_MOST_TAGS]


def _portions(source: Source, mapping: Mapping) -> Iterator[dict[str, _Said]]:
    """What is said by the answer's id, some hundred at a time; rows that say nothing are left out."""
    places = {name: place for place, name in enumerate(source.columns)}
    ids, meaning = mapping.of("response")[0]
    columns = {
        name: [(column, places[column]) for column in source.columns if _is(mapping, column, name)] for name in BESIDE
    }
    found: dict[str, _Said] = {}
    for raw in source.batches():
        for place in range(len(raw)):
            row = raw.row(place)
            key = (row[places[ids]] or "").strip()
            said = _said(row, columns)
            if key and said:
                found[meaning.prefix + key] = said
            if len(found) >= _PORTION:
                yield found
                found = {}
    if found:
        yield found


def _is(mapping: Mapping, column: str, name: str) -> bool:
    return column in mapping.columns and mapping.columns[column].field == name


def _said(row: tuple[str | None, ...], columns: dict[str, list[tuple[str, int]]]) -> _Said:
    def texts(name: str) -> list[tuple[str, str]]:
        told = ((column, (row[place] or "").strip()) for column, place in columns[name])
        return [(column, text) for column, text in told if text]

    return _Said(
        tags=list(dict.fromkeys(tag for _, text in texts("tags") for tag in tags_of(text)))[:_MOST_TAGS],
        notes=[text[:_LONGEST_NOTE] for _, text in texts("note")],
        beside={column: text[:_LONGEST_NOTE] for column, text in texts("beside")},
    )
