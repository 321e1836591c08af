"""Where the header of a text table is, how many rows it takes, and what the columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nineplus.connectors.files import vendors
from nineplus.connectors.files.source import EMPTY, UnreadableFile, distinct_names
from nineplus.model import Note

_VALUE = re.compile(
    r"""\s*(?:
        [+-]?\d+(?:[.,]\d+)*                       # a number
      | \d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T ].*)? # a date
      | [^@\s]+@[^@\s]+\.[^@\s]+                   # an address
    )\s*\Z""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """`rows` records make the header, everything above it included; 0 when the file begins with data."""

    rows: int
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    ids: tuple[str, ...] = ()


def find_header(top: Sequence[Sequence[str]]) -> Header:
    """The header among the first records. Raises UnreadableFile when there is nothing to read."""
    if not any(any(cell.strip() for cell in record) for record in top):
        raise UnreadableFile(EMPTY)
    first = _first_full(top)
    head, below = list(top[first]), [record for record in top[first + 1 :] if any(record)]
    width = len(head)
    while width > 1 and not head[width - 1].strip() and all(len(r) < width or not r[width - 1].strip() for r in below):
        width -= 1
    head = head[:width]
    if _looks_like_data(head, below):
        note = Note("no_header", 0, "The file has no header row: its columns were named by their position.")
        return Header(first, tuple(f"column {i}" for i in range(1, width + 1)), ("",) * width, (note,))
    second = _cells(top, first + 1, width)
    if known := vendors.heading([_cells(top, first + row, width) for row in range(4)]):
        made = _header(first + known.rows, known.names, known.labels)
        return replace(made, ids=known.ids)
    if second and _second_names(second, below[1:]):
        return _header(first + 2, head, second)
    return _header(first + 1, head, [""] * width)


def _header(rows: int, names: Sequence[str], labels: Sequence[str]) -> Header:
    columns = distinct_names(names)
    notes: tuple[Note, ...] = ()
    repeated = [name for name, times in Counter(n.strip().casefold() for n in names if n.strip()).items() if times > 1]
    if repeated:
        notes = (Note("repeated_names", 0, f"{len(repeated)} column names occur more than once: they were numbered."),)
    return Header(rows, columns, tuple(labels), notes)


def _first_full(top: Sequence[Sequence[str]]) -> int:
    """The first record as wide as the table: what stands above is a title or a blank."""
    filled = [sum(1 for cell in record if cell.strip()) for record in top]
    widths = Counter(len(record) for record, cells in zip(top, filled, strict=True) if cells)
    wide = max(widths, key=lambda width: (widths[width] * (width > 1), width))
    for position, (record, cells) in enumerate(zip(top, filled, strict=True)):
        if cells and (len(record) >= wide and (cells > 1 or wide == 1 or len(top) < 3)):
            return position
    return next(position for position, cells in enumerate(filled) if cells)


def _looks_like_data(head: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Does the first row hold what the rows below hold? Then nobody wrote a header."""
    if not below:
        return False
    alike = [
        position
        for position, cell in enumerate(head)
        if _VALUE.match(cell)
        and all(_VALUE.match(row[position]) for row in below if position < len(row) and row[position].strip())
    ]
    return bool(alike) and len(alike) >= sum(1 for cell in head if cell.strip()) / 3


def _second_names(second: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Is the row under the header a second header: words where at least two columns hold values only?"""
    if len(below) < 3:
        return False
    typed = 0
    for position, cell in enumerate(second):
        values = [row[position] for row in below if position < len(row) and row[position].strip()]
        if len(values) >= 3 and all(_VALUE.match(value) for value in values):
            if _VALUE.match(cell) or not cell.strip():
                return False
            typed += 1
    return typed >= 2


def _cells(top: Sequence[Sequence[str]], position: int, width: int) -> list[str]:
    if position >= len(top):
        return []
    return [cell.strip() for cell in [*top[position], *[""] * width][:width]]
