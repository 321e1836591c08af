"""From the rows of a file, as they stand, to canonical rows; what cannot be taken is refused with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from nineplus.connectors.files.identity import Memory, identify
from nineplus.connectors.files.makers import MAKERS
from nineplus.connectors.files.mapping import BadMapping, Mapping
from nineplus.connectors.files.reader import Reader
from nineplus.connectors.files.refused import Refused
from nineplus.connectors.files.source import Source
from nineplus.connectors.files.spans import spread
from nineplus.connectors.files.told import notes_of
from nineplus.mart.schema import INSTANT, SOURCES
from nineplus.model import Note

EXTRA = pa.schema(
    [
        *((name, pa.string()) for name in ("comment_raw", "email", "contact_name", "account_name")),
        *((name, pa.string()) for name in ("phone", "language", "time_zone", "country")),
        ("consent", pa.bool_()),
        ("renews_at", INSTANT),
    ]
)
"""What travels beside the canonical rows: the comment as it came where it was set aside, names for new rows, and how a
contact can be asked, and when an account's contract renews."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Canonical rows of one stretch of the file.

    `rows` has exactly the schema SOURCES[kind]; `extra` (EXTRA) and `lines` go with it row by row;
    `keys` are the external ids. `last_line` is how far the file has been read: convert(start_line=…) goes on there.
    """

    rows: pa.RecordBatch
    extra: pa.RecordBatch
    keys: pa.Array
    lines: np.ndarray
    refused: list[Refused]
    notes: tuple[Note, ...]
    last_line: int


def convert(source: Source, mapping: Mapping, *, start_line: int = 0, memory: Memory | None = None) -> Iterator[Batch]:
    """The file's rows in canonical form, a batch at a time.

    `start_line` skips what ends at or before that line (Batch.last_line of the last batch dealt with); ids come
    out the same as without it. `memory` is shared by files that are read as one. Raises BadMapping when the mapping
    has problems or names columns that are not there.
    """
    if mapping.problems:
        raise BadMapping(" ".join(mapping.problems))
    if missing := mapping.columns.keys() - set(source.columns):
        raise BadMapping(f"The file has no column {', '.join(map(repr, sorted(missing)))}.")
    return _convert(source, mapping, start_line, memory or Memory())


def _convert(source: Source, mapping: Mapping, start_line: int, memory: Memory) -> Iterator[Batch]:
    for raw in source.batches():
        batch = _batch(Reader(source, mapping, raw), memory)
        if len(raw) and raw.lines[0] <= start_line < raw.last_line:
            batch = _from_line(batch, start_line)
        if raw.last_line > start_line:
            yield batch


def _batch(reader: Reader, memory: Memory) -> Batch:
    made, key = identify(reader, MAKERS[reader.kind](reader), memory)
    schema, lines = SOURCES[reader.kind], reader.raw.lines
    rows = pa.RecordBatch.from_arrays(
        [made[name].cast(schema.field(name).type) for name in schema.names], schema=schema
    )
    extra = pa.RecordBatch.from_arrays(
        [made.get(name, reader.blank).cast(EXTRA.field(name).type) for name in EXTRA.names], schema=EXTRA
    )
    keep = reader.fault == 0
    if not keep.all():
        mask = pa.array(keep)
        rows, extra, key, lines = rows.filter(mask), extra.filter(mask), key.filter(mask), lines[keep]
    rows, extra, key, lines = spread(reader, rows, extra, key, lines)
    if reader.kind == "tickets":
        reader.notes["ticket_without_account"] += rows.column("account").null_count
    if reader.kind == "responses":
        reader.notes["no_comment"] += len(rows) - extra.column("comment_raw").null_count
    return Batch(
        rows=rows,
        extra=extra,
        keys=key,
        lines=lines,
        refused=reader.refused(),
        notes=notes_of(reader.notes),
        last_line=reader.raw.last_line,
    )


def _from_line(batch: Batch, start_line: int) -> Batch:
    """What of a batch lies beyond that line."""
    keep = pa.array(batch.lines > start_line)
    return replace(
        batch,
        rows=batch.rows.filter(keep),
        extra=batch.extra.filter(keep),
        keys=batch.keys.filter(keep),
        lines=batch.lines[batch.lines > start_line],
        refused=[one for one in batch.refused if one.line > start_line],
    )
