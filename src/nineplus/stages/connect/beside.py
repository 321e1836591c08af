"""Tags and notes of a known tool's export: kept beside the answers that its rows became."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nineplus.connectors.files import Mapping, Source
from nineplus.connectors.files.vendors import NOTES, TAGS
from nineplus.store.models import Import, Response

_PORTION = 500
_MOST_TAGS, _LONGEST_TAG, _LONGEST_NOTE = 100, 120, 20_000
_BETWEEN = re.compile(r"\s*[,;|]\s*")


def keep_beside(one: Import, mapping: Mapping, source: Source) -> int:
    """Give the answers of this import their tags and notes; how many got any. Safe to repeat."""
    tags, notes = (_column(mapping, why) for why in (TAGS, NOTES))
    ids = mapping.column("response")
    if ids is None or (tags is None and notes is None):
        return 0
    places = {name: place for place, name in enumerate(source.columns)}
    given = 0
    for portion in _portions(source, places[ids], places.get(tags or ""), places.get(notes or "")):
        rows = {
            row.external_id: row
            for row in Response.objects.filter(source=one.source, external_id__in=list(portion)).only(
                "external_id", "tags", "notes"
            )
        }
        changed = []
        for key, row in rows.items():
            said_tags, said_note = portion[key]
            new_notes = [{"id": "1", "text": said_note}] if said_note else row.notes
            new_tags = said_tags or row.tags
            if (new_tags, new_notes) != (row.tags, row.notes):
                row.tags, row.notes = new_tags, new_notes
                changed.append(row)
        Response.objects.bulk_update(changed, ["tags", "notes"], batch_size=_PORTION)
        given += len(changed)
    return given


def tags_of(text: str) -> list[str]:
    """The tags in one cell: `Price, Support`, `Price|Support` or `["Price", "Support"]`."""
    bare = text.strip().strip("[]")
    tags = (tag.strip().strip("\"'") for tag in _BETWEEN.split(bare))
    return list(dict.fromkeys(tag[:_LONGEST_TAG] for tag in tags if tag))[:_MOST_TAGS]


def _column(mapping: Mapping, why: str) -> str | None:
    return next((column for column, meaning in mapping.columns.items() if meaning.why == why), None)


def _portions(
    source: Source, ids: int, tags: int | None, notes: int | None
) -> Iterator[dict[str, tuple[list[str], str]]]:
    """Tags and note by the answer's id, some hundred at a time; rows without either are left out."""
    found: dict[str, tuple[list[str], str]] = {}
    for raw in source.batches():
        for place in range(len(raw)):
            row = raw.row(place)
            key = (row[ids] or "").strip()
            told = tags_of((row[tags] or "") if tags is not None else "")
            note = ((row[notes] or "") if notes is not None else "").strip()[:_LONGEST_NOTE]
            if key and (told or note):
                found[key] = (told, note)
            if len(found) >= _PORTION:
                yield found
                found = {}
    if found:
        yield found
