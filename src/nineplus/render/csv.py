"""A table as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from nineplus.model import Estimate, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ESTIMATE = ("", "_low", "_high", "_n", "_n_eff")


def table_csv(table: Table) -> str:
    """The table in full precision, one estimate in five columns, columns by name as in the API."""
    names = []
    for column in table.columns:
        spread = column.kind.value == "estimate"
        names += [column.name + part for part in _ESTIMATE] if spread else [column.name]
    return rows_csv(names, (_flat(row) for row in table.rows))


def rows_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Any rows as CSV with these columns, each text made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in names])
    for row in rows:
        writer.writerow([harmless(row.get(name)) for name in names])
    return out.getvalue()


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that would start one gets an apostrophe in front.

    Numbers stay numbers; None is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "" if value != value else value
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    spread: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Estimate):
            parts = (value.value, value.low, value.high, value.n, value.n_eff)
            spread |= {name + part: item for part, item in zip(_ESTIMATE, parts, strict=True)}
        else:
            spread[name] = value
    return spread
