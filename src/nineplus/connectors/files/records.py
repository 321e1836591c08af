"""All rows of a text table, each with its line: what is well-formed a block at a time, the rest record by record."""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa

from nineplus.connectors.files.cutting import LONGEST_FIELD, Cut, cut, nothing
from nineplus.connectors.files.encoding import LONGEST_LINE, lines, mend, refuse_long
from nineplus.connectors.files.source import Broken, Raw, UnreadableFile, text_columns

BLOCK = 1 << 20
"""Characters cut into columns at once."""
_CAREFUL = 1_000
"""Records read one by one before the quick way is tried again."""
_GIVE_UP = 200
_TOO_MANY = "The row has {} fields, the header {}. A field that holds the delimiter needs quotation marks."

csv.field_size_limit(LONGEST_FIELD)


def batches(path: Path, encoding: str, *, delimiter: str, begin: int, width: int, size: int) -> Iterator[Raw]:
    """The rows after line `begin`, `size` at a time.

    A quotation mark that is never closed swallows the lines after it. Such a record shows itself by its width,
    by its length, or by quotation marks in wrong places: then only the line that opens it is given up and
    reading starts again with the next one.
    """
    gathered = _Gathered(width, size)
    given_up = 0
    with path.open("r", encoding=encoding, errors="surrogateescape", newline="") as file:
        text = _Text(file, path, gathered.mended, begin)
        while text.more():
            found, above = text.cut(delimiter, width)
            yield from gathered.take(found, above)
            if not found.faulty:
                continue
            for fields in _one_by_one(text, delimiter, width, gathered):
                given_up += fields is None
                if given_up > _GIVE_UP:
                    raise UnreadableFile(
                        f"From line {text.at} on, quotation marks do not pair up: the file is damaged."
                    )
                if gathered.full:
                    yield gathered.hand_over(text.at)
        if not gathered.empty:
            yield gathered.hand_over(text.at)


def _one_by_one(text: _Text, delimiter: str, width: int, gathered: _Gathered) -> Iterator[list[str] | None]:
    """Some records, as many as the text at hand holds; None for a line that was given up."""
    read = 0
    while read < _CAREFUL and text.at_hand():
        taken: list[str] = []
        reader = csv.reader(text.lines(taken), delimiter=delimiter)
        try:
            for fields in reader:
                if len(taken) > 1 and (len(fields) != width or not _sound(taken, delimiter)):
                    break
                gathered.add(fields, text.at + 1)
                text.at += len(taken)
                taken.clear()
                read += 1
                yield fields
                if read >= _CAREFUL or not text.at_hand():
                    return
        except csv.Error:
            pass
        if taken:
            gathered.give_up(taken[0], text.at + 1)
            text.again(taken[1:])
            text.at += 1
            yield None


def _sound(record: list[str], delimiter: str) -> bool:
    """Is a record of several lines quoted as it should be: all closed, nothing between closing and delimiter?"""
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


class _Text:
    """A file's text below its first lines, in blocks of whole lines or line by line. `at`: lines used so far."""

    def __init__(self, file: TextIO, path: Path, mended: Counter[str], skip: int) -> None:
        self.at = skip
        self._file, self._path, self._mended = file, path, mended
        self._block, self._left = StringIO("", newline=""), 0  # what was read and not used; its characters
        self._again: deque[str] = deque()  # lines that were read one by one and come again, before the block
        self._damaged: Iterator[str] | None = None  # what cannot be decoded, below the block
        self._over, self._lines_read = False, skip
        for _ in range(skip):
            file.readline(LONGEST_LINE)

    def at_hand(self) -> bool:
        return bool(self._left or self._again) or self._damaged is not None

    def more(self) -> bool:
        return self.at_hand() or self._read() or self.at_hand()

    def cut(self, delimiter: str, width: int) -> tuple[Cut, int]:
        """The well-formed rows that come next, and how many lines are above them."""
        above, data, text = self.at, b"", "".join(self._again) + self._block.read()
        self._again.clear()
        while True:
            try:
                data = text.encode()
                found = nothing(faulty=True) if "\0" in text else cut(data, delimiter, width, last=self._over)
            except UnicodeEncodeError:  # bytes of another encoding
                found = nothing(faulty=True)
            if found.used or found.faulty or len(text) > 2 * LONGEST_FIELD or not self._read():
                break
            text += self._block.read()  # the row goes on
        if not found.used:
            self._put(text)
            return replace(found, faulty=True), above
        self._put("" if found.used == len(data) else data[found.used :].decode())
        self.at += found.lines
        return found, above

    def lines(self, taken: list[str]) -> Iterator[str]:
        """Line by line, noted in `taken`."""
        while self.more():
            if self._again:
                line = self._again.popleft()
            elif self._left:
                line = self._block.readline()
                self._left -= len(line)
                refuse_long(line, self.at + len(taken) + 1)
                line = mend(line, self._mended)
            elif (line := next(self._damaged or iter(()), None)) is None:
                self._damaged = None
                continue
            taken.append(line)
            yield line

    def again(self, taken: list[str]) -> None:
        """These lines were not used after all."""
        self._again.extendleft(reversed(taken))

    def _put(self, text: str) -> None:
        self._block, self._left = StringIO(text, newline=""), len(text)

    def _read(self) -> bool:
        """Have the next block at hand; whether there is one. The one before must be used up."""
        if self._over:
            return False
        try:
            text = self._file.read(BLOCK)
            line = self._file.readline(LONGEST_LINE)
        except UnicodeError:  # told with its line when that is reached
            self._over = True
            self._damaged = lines(self._path, self._file.encoding, self._mended, skip=self._lines_read)
            return False
        self._over = len(text) < BLOCK or (len(line) < LONGEST_LINE and not line.endswith(("\n", "\r")))
        text += line
        self._lines_read += text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)
        self._put(text)
        return bool(text)


class _Gathered:
    """Rows on their way into batches of one size."""

    def __init__(self, width: int, size: int) -> None:
        self.width, self.size = width, size
        self.mended: Counter[str] = Counter()
        self._parts: list[tuple[tuple[pa.Array, ...], np.ndarray]] = []
        self._in_parts = 0
        self._rows: list[list[str]] = []
        self._starts: list[int] = []
        self._broken: list[Broken] = []

    @property
    def _count(self) -> int:
        return self._in_parts + len(self._rows) + len(self._broken)

    @property
    def full(self) -> bool:
        return self._count >= self.size

    @property
    def empty(self) -> bool:
        return not self._count

    def add(self, fields: list[str], line: int) -> None:
        """One record that begins in this line. What it lacks is blank, what it has too much must be."""
        if not any(fields):
            return
        if len(fields) > self.width and not any(fields[self.width :]):
            fields = fields[: self.width]
        if len(fields) > self.width:
            reason = _TOO_MANY.format(len(fields), self.width)
            self._broken.append(Broken(line, "too_many_fields", reason, tuple(fields)))
            return
        if len(fields) < self.width:
            fields += [""] * (self.width - len(fields))
            self.mended["short_row"] += 1
        self._rows.append(fields)
        self._starts.append(line)

    def give_up(self, text: str, line: int) -> None:
        reason = "A quotation mark is opened here and never closed."
        self._broken.append(Broken(line, "unclosed_quote", reason, (text.rstrip("\r\n")[:2_000],)))

    def take(self, found: Cut, above: int) -> Iterator[Raw]:
        """Rows that were cut together, `above` lines down the file; batches as they fill."""
        self._close_part()
        at, size = 0, len(found.starts)
        while at < size:
            here = min(self.size - self._count, size - at)
            columns = tuple(column.slice(at, here) for column in found.columns)
            self._parts.append((columns, found.starts[at : at + here] + above))
            self._in_parts += here
            at += here
            if self.full:
                yield self.hand_over(int(found.ends[at - 1]) + above)

    def hand_over(self, last_line: int) -> Raw:
        self._close_part()
        if self._parts:
            columns = tuple(pa.concat_arrays(parts) for parts in zip(*(part for part, _ in self._parts), strict=True))
            starts = np.concatenate([starts for _, starts in self._parts])
        else:
            columns, starts = text_columns([], self.width), np.zeros(0, np.int64)
        raw = Raw(columns, starts, last_line, tuple(self._broken), tuple(sorted(self.mended.items())))
        self._parts, self._in_parts, self._broken = [], 0, []
        self.mended.clear()
        return raw

    def _close_part(self) -> None:
        if self._rows:
            self._parts.append((text_columns(self._rows, self.width), np.array(self._starts, np.int64)))
            self._in_parts += len(self._rows)
            self._rows, self._starts = [], []
