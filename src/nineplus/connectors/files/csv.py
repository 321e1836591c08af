"""Text tables: comma, semicolon, tab or bar between the fields, any encoding, any number of header rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from nineplus.connectors.files.encoding import detect, head_of, lines
from nineplus.connectors.files.header import find_header
from nineplus.connectors.files.source import BATCH, Broken, Raw, Source, UnreadableFile, text_columns
from nineplus.plugs import FileFormat

LONGEST_FIELD = 1_000_000
_PEEK = 200
_GIVE_UP = 200
_DELIMITERS = ",;\t|"
_TOO_MANY = "The row has {} fields, the header {}. A field that holds the delimiter needs quotation marks."


def claims(path: Path, head: bytes) -> float:
    return 0.5 if path.suffix.lower() in FORMAT.suffixes else 0.1


def open_csv(path: Path) -> Source:
    head = head_of(path)
    encoding = detect(head)
    first = list(islice(lines(path, encoding, Counter()), _PEEK))
    delimiter, skip = _delimiter(first)
    ends, top = _peek(first[skip:], delimiter)
    header = find_header(top)
    source = Source(
        path=path,
        format="tsv" if delimiter == "\t" else "csv",
        columns=header.columns,
        labels=header.labels,
        batches=partial(_batches, path, encoding, delimiter, skip + ends[header.rows], len(header.columns)),
        encoding=encoding,
        delimiter=delimiter,
        header_rows=header.rows + skip,
        notes=header.notes,
    )
    if next(source.batches(), None) is None:
        raise UnreadableFile("The file has a header but no rows below it.")
    return source


def _delimiter(first: list[str]) -> tuple[str, int]:
    """The delimiter that cuts most lines into the same number of fields, and how many lines say it (`sep=;`)."""
    if first and (told := first[0].strip().strip('"')).lower().startswith("sep=") and len(told) == 5:
        return told[4], 1
    best, most = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = Counter(len(record) for record in _peek(first, delimiter)[1] if any(record))
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * min(item[0] - 1, 3), item[0]))
        points = count / widths.total() * min(width - 1, 5)
        if points > most:
            best, most = delimiter, points
    return best, 0


def _peek(first: list[str], delimiter: str) -> tuple[list[int], list[list[str]]]:
    """The records in these lines, and after how many lines each begins."""
    reader = csv.reader(first, delimiter=delimiter)
    ends, records = [0], []
    try:
        for record in reader:
            records.append(record)
            ends.append(reader.line_num)
    except csv.Error:  # told with its line when the rows are read
        pass
    return ends, records


def _batches(path: Path, encoding: str, delimiter: str, begin: int, width: int) -> Iterator[Raw]:
    """All rows below the header.

    A quotation mark that is never closed swallows the lines after it. Such a record shows itself by its width,
    by its length, or by quotation marks in wrong places: then only the line that opens it is given up and
    reading starts again with the next one.
    """
    at, done, given_up = begin, False, 0
    rows: list[list[str]] = []
    starts: list[int] = []
    broken: list[Broken] = []
    mended: Counter[str] = Counter()
    while not done:
        if given_up > _GIVE_UP:
            raise UnreadableFile(f"From line {at} on, quotation marks do not pair up: the file is damaged.")
        taken: list[str] = []
        text = _noting(lines(path, encoding, mended, skip=at), taken)
        base = at
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for fields in reader:
                end = base + reader.line_num
                if len(taken) > 1 and (len(fields) != width or not _sound(taken, delimiter)):
                    break
                if len(fields) != width and fields:
                    fields = fields[:width] if not any(fields[width:]) else fields
                    if len(fields) < width:
                        fields += [""] * (width - len(fields))
                        mended["short_row"] += 1
                if len(fields) > width:
                    broken.append(
                        Broken(at + 1, "too_many_fields", _TOO_MANY.format(len(fields), width), tuple(fields))
                    )
                elif any(fields):
                    rows.append(fields)
                    starts.append(at + 1)
                at = end
                taken.clear()
                if len(rows) + len(broken) >= BATCH:
                    yield _raw(rows, starts, at, broken, mended, width)
                    rows, starts, broken = [], [], []
                    mended.clear()
            else:
                done = True
        except csv.Error:
            pass
        if not done:
            opened = next(lines(path, encoding, Counter(), skip=at)).rstrip("\r\n")[:2_000]
            broken.append(
                Broken(at + 1, "unclosed_quote", "A quotation mark is opened here and never closed.", (opened,))
            )
            at += 1
            given_up += 1
    if rows or broken:
        yield _raw(rows, starts, at, broken, mended, width)


def _raw(
    rows: list[list[str]], starts: list[int], at: int, broken: list[Broken], mended: Counter[str], width: int
) -> Raw:
    return Raw(text_columns(rows, width), np.array(starts, np.int64), at, tuple(broken), tuple(sorted(mended.items())))


def _noting(source: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in source:
        taken.append(line)
        yield line


def _sound(record: list[str], delimiter: str) -> bool:
    """Is a record of several lines quoted as it should be: all closed, nothing between closing and delimiter?"""
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


csv.field_size_limit(LONGEST_FIELD)
FORMAT = FileFormat(
    name="csv",
    title="Text table (CSV, TSV)",
    suffixes=(".csv", ".tsv", ".tab", ".txt"),
    claims=claims,
    open=open_csv,
)
