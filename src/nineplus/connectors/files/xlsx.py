"""Spreadsheets (XLSX, XLS, ODS): the first sheet that holds a table."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineSheet, load_workbook

from nineplus.connectors.files import _sheet_probe
from nineplus.connectors.files.header import find_header
from nineplus.connectors.files.source import BATCH, Broken, Raw, Source, UnreadableFile, text_columns
from nineplus.model import Note
from nineplus.plugs import FileFormat

LARGEST = 3 << 30
"""Bytes a workbook may take when unpacked: a small file that claims more is refused, not unpacked."""
MOST_MEMORY = 2 << 30
"""Bytes of memory that reading it may take."""
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


def claims(path: Path, head: bytes) -> float:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return 0.9
    if not head.startswith(b"PK\x03\x04"):
        return 0.0
    try:
        with zipfile.ZipFile(path) as archive:
            return 1.0 if any(part in archive.namelist() for part in _PARTS) else 0.0
    except zipfile.BadZipFile:
        return 0.8 if path.suffix.lower() in FORMAT.suffixes else 0.0


def open_xlsx(path: Path) -> Source:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise UnreadableFile("The workbook is too large to unpack. Export the sheet as CSV and try again.")
    name, others = _table_sheet(path)
    top = [[_text(cell) for cell in row] for row in islice(_sheet(path, name).iter_rows(), 200)]
    header = find_header(top)
    notes = header.notes
    if others:
        notes += (Note("other_sheets", 0, f"The sheet {name!r} was read; {others} other sheets with rows were not."),)
    source = Source(
        path=path,
        format="xlsx",
        columns=header.columns,
        labels=header.labels,
        ids=header.ids,
        batches=partial(_batches, path, name, header.rows, len(header.columns)),
        header_rows=header.rows,
        notes=notes,
    )
    if next(source.batches(), None) is None:
        raise UnreadableFile("The sheet has a header but no rows below it.")
    return source


def _sheet(path: Path, name: str) -> CalamineSheet:
    return load_workbook(path).get_sheet_by_name(name)


def _table_sheet(path: Path) -> tuple[str, int]:
    there = path.stat()
    heights = _heights(path, there.st_mtime_ns, there.st_size)
    tables = [(sheet, height) for sheet, height in heights if height > 1] or list(heights[:1])
    if not tables or not tables[0][1]:
        raise UnreadableFile("The workbook is empty.")
    return tables[0][0], len(tables) - 1


@lru_cache(maxsize=8)
def _heights(path: Path, _changed_at: int, _bytes: int) -> tuple[tuple[str, int], ...]:
    """The sheets and their heights, found by a process that may fail; this one must not."""
    answer = subprocess.run(  # noqa: S603 - our own script, no shell
        [sys.executable, "-P", _sheet_probe.__file__, str(path), str(MOST_MEMORY)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if answer.returncode == 3:
        raise UnreadableFile("The workbook cannot be opened: it is damaged or protected by a password.")
    if answer.returncode:
        raise UnreadableFile("The workbook is too large to unpack. Export the sheet as CSV and try again.")
    return tuple((name, height) for name, height in json.loads(answer.stdout))


def _batches(path: Path, name: str, header: int, width: int) -> Iterator[Raw]:
    # calamine leaves out blank rows above the first used one: lines are counted as the person sees them
    sheet = _sheet(path, name)
    offset = sheet.start[0] if sheet.start else 0
    numbered = enumerate(sheet.iter_rows(), start=1)
    numbered = islice(numbered, header, None)
    while chunk := list(islice(numbered, BATCH)):
        rows, starts, broken = [], [], []
        for line, cells in chunk:
            row = [_text(cell) for cell in cells]
            if not any(row):
                continue
            if any(row[width:]):
                reason = f"The row has more cells than the header, which has {width}."
                broken.append(Broken(line, "too_many_fields", reason, tuple(row)))
                continue
            rows.append([*row, *[""] * width][:width])
            starts.append(line + offset)
        if rows or broken:
            lines = np.array(starts, np.int64)
            yield Raw(text_columns(rows, width), lines, chunk[-1][0] + offset, tuple(broken))


def _text(cell: Any) -> str:
    """A cell as text: instants in ISO form, whole numbers without a point."""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time | timedelta | int):
        return str(cell)
    return "" if cell is None else str(cell)


FORMAT = FileFormat(
    name="xlsx",
    title="Spreadsheet (Excel, OpenDocument)",
    suffixes=(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    claims=claims,
    open=open_xlsx,
)
