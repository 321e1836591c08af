"""Text tables: comma, semicolon, tab or bar between the fields, any encoding, any number of header rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from nineplus.connectors.files.encoding import detect, head_of, lines
from nineplus.connectors.files.header import find_header
from nineplus.connectors.files.records import batches
from nineplus.connectors.files.source import BATCH, Raw, Source, UnreadableFile
from nineplus.plugs import FileFormat

_PEEK = 200
_DELIMITERS = ",;\t|"


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
        ids=header.ids,
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
    return batches(path, encoding, delimiter=delimiter, begin=begin, width=width, size=BATCH)


FORMAT = FileFormat(
    name="csv",
    title="Text table (CSV, TSV)",
    suffixes=(".csv", ".tsv", ".tab", ".txt"),
    claims=claims,
    open=open_csv,
)
