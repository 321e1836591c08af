"""A Result for the terminal: plain text that fits the width it is given."""

from __future__ import annotations

import textwrap
import unicodedata

from nineplus.model import Estimate, Kind, Result, Table
from nineplus.render import numbers
from nineplus.render.html import GRADES

_NUMERIC = {Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.POINTS, Kind.ESTIMATE, Kind.P_VALUE}


def result_text(result: Result, *, width: int = 100) -> str:
    """Title, sentence, number, warnings and tables. Columns that do not fit are cut and said so."""
    parts = [result.title, "=" * min(_width(result.title), width)]
    parts += textwrap.wrap(clean(result.refusal or result.says), width) or [""]
    if result.estimate is not None and not result.refused:
        parts += ["", f"  {numbers.estimate(result.estimate)}, n={numbers.number(result.estimate.n)}"]
    if result.evidence:
        parts.append(f"  evidence {result.evidence.value}: {GRADES[result.evidence]}")
    for warning in result.warnings:
        parts += textwrap.wrap(f"! {clean(warning)}", width, subsequent_indent="  ")
    for table in (one for one in result.tables if not one.for_drawing):
        parts += ["", *textwrap.wrap(clean(table.title), width), *table_lines(table, width=width)]
        parts += textwrap.wrap(clean(table.note), width) if table.note else []
    return "\n".join(parts) + "\n"


def table_lines(table: Table, *, width: int) -> list[str]:
    """The table as aligned lines of at most `width`."""
    if not table.rows:
        return ["(no rows)"]
    columns = []
    for column in table.columns:
        found = [row[column.name] for row in table.rows if isinstance(row.get(column.name), Estimate)]
        places = numbers.decimals(*[e for e in found if e.available]) if found else None
        cells = [clean(numbers.cell(row.get(column.name), column.kind, places=places)) for row in table.rows]
        columns.append((column.kind in _NUMERIC, [clean(column.title), *cells]))
    fitted: list[list[str]] = []
    used = 0
    for right, cells in columns:
        wide = min(max(_width(cell) for cell in cells), 40)
        if fitted and used + 2 + wide > width:
            break
        fitted.append([_pad(cell, wide, right=right) for cell in cells])
        used += wide + (2 if used else 0)
    lines = ["  ".join(line).rstrip() for line in zip(*fitted, strict=True)]
    lines.insert(1, "-" * min(used, width))
    hidden = len(columns) - len(fitted)
    return lines + (
        [f"({hidden} more column{'s' if hidden > 1 else ''}: widen the terminal or use --json)"] if hidden else []
    )


def clean(text: str) -> str:
    """Text that cannot command a terminal: control characters out, one line."""
    return "".join(
        " " if c in "\t\r\n" else c for c in str(text) if c in "\t\r\n" or unicodedata.category(c) not in ("Cc", "Cs")
    )


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, wide: int, *, right: bool) -> str:
    while _width(text) > wide:
        text = text[:-2] + "…" if len(text) > 1 else ""
    gap = " " * (wide - _width(text))
    return gap + text if right else text + gap
