"""A file as a table of text: its columns, and its rows in batches of bounded size, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from nineplus.model import Note

BATCH = 20_000
"""Rows handled at a time: large enough for vectors, small enough that memory does not grow with the file."""
SAMPLE = 1_000


class UnreadableFile(Exception):
    """The file holds no table that can be read. The sentence says why and what would help."""


EMPTY = "The file is empty. Export it again, with the names of its columns in the first line and a row in each other."


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not even be cut into the file's columns."""

    line: int
    code: str
    reason: str
    row: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows as they stand in the file. `columns` are text arrays; row i begins in line `lines[i]` (1 is the first).

    `mended` counts what was repaired while reading, by the code of its note; `last_line` is the last line
    that this batch used up.
    """

    columns: tuple[pa.Array, ...]
    lines: np.ndarray
    last_line: int
    broken: tuple[Broken, ...] = ()
    mended: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, index: int) -> tuple[str | None, ...]:
        return tuple(column[index].as_py() for column in self.columns)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file. Nothing is held open: every walk over `batches()` starts anew and yields the same batches."""

    path: Path
    format: str
    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Raw]] = field(repr=False, compare=False)
    labels: tuple[str, ...] = ()
    """What the file says about each column beside its name, such as the text of the question; may be empty."""
    ids: tuple[str, ...] = ()
    """What the tool that wrote it calls each column for itself, in whatever language it is named; may be empty."""
    encoding: str = ""
    delimiter: str = ""
    header_rows: int = 1
    notes: tuple[Note, ...] = ()

    @property
    def sample(self) -> list[tuple[str | None, ...]]:
        """The first rows, for a preview."""
        rows: list[tuple[str | None, ...]] = []
        for raw in self.batches():
            rows += list(zip(*(column.slice(0, SAMPLE).to_pylist() for column in raw.columns), strict=True))
            if len(rows) >= SAMPLE:
                break
        return rows[:SAMPLE]

    def preview(self, rows: int = 20) -> list[dict[str, str | None]]:
        return [dict(zip(self.columns, row, strict=True)) for row in islice(self.sample, rows)]


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """The header with blank names filled in and repeated ones numbered, so that each column can be named."""
    taken = {name.strip().casefold() for name in names if name.strip()}
    made: list[str] = []
    used: set[str] = set()
    for position, raw in enumerate(names, start=1):
        name = " ".join(raw.split()) or f"column {position}"
        candidate, copy = name, 1
        while candidate.casefold() in used or (copy > 1 and candidate.casefold() in taken):
            copy += 1
            candidate = f"{name} ({copy})"
        used.add(candidate.casefold())
        made.append(candidate)
    return tuple(made)


def text_columns(rows: Sequence[Sequence[str | None]], width: int) -> tuple[pa.Array, ...]:
    if not rows:
        return tuple(pa.array([], pa.string()) for _ in range(width))
    return tuple(pa.array(column, pa.string()) for column in zip(*rows, strict=True))
