"""Which attributes are there, and by which of them can one segment?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from nineplus.mart.dataset import BUILT_IN, Attribute
from nineplus.model import Note

MOST_VALUES = 1000
MOST_ATTRIBUTES = 50
_FEW_ROWS = 20


@ibis.udf.scalar.builtin(name="json_keys", signature=(("string",), "array<string>"))
def _json_keys(document):  # type: ignore[no-untyped-def]
    """The member names of a JSON object."""


def slugs(tables: Iterable[ir.Table | None]) -> list[str]:
    """Every member name in the `attributes` of these SOURCES tables, sorted."""
    parts = [
        table.select(slug=_json_keys(table.attributes.nullif("")).unnest()).distinct()
        for table in tables
        if table is not None and "attributes" in table.columns
    ]
    if not parts:
        return []
    found = ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0]
    return sorted(slug for slug in found.to_pyarrow()["slug"].to_pylist() if slug)


def distinct_values(responses: ir.Table, columns: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Rows, and how many different values each column has; one query."""
    counts = responses.aggregate(
        rows=responses.count(), **{f"d_{column}": responses[column].nunique() for column in columns}
    )
    row = counts.to_pyarrow().to_pylist()[0]
    return row["rows"], {column: row[f"d_{column}"] or 0 for column in columns}


def usable(
    candidates: Sequence[Attribute], *, rows: int, values: dict[str, int]
) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    """The attributes one can segment by: 2 to 1000 values, not a value of its own for nearly every row,
    at most 50 beside the built-in ones. What is left out is said.
    """
    notes: list[Note] = []
    kept: list[Attribute] = []
    for attribute in candidates:
        count = values.get(attribute.column, 0)
        built_in = attribute in BUILT_IN
        if count < 2:
            if not built_in:
                notes.append(
                    Note("attribute_constant", 0, f"{attribute.label} was ignored: it is the same everywhere.")
                )
        elif count > MOST_VALUES or (count > _FEW_ROWS and count > rows / 2):
            notes.append(
                Note(
                    "attribute_too_many_values",
                    0,
                    f"{attribute.label} was ignored: with {count} different values it makes no segments.",
                )
            )
        else:
            kept.append(attribute)
    own = [attribute for attribute in kept if attribute not in BUILT_IN]
    for attribute in own[MOST_ATTRIBUTES:]:
        notes.append(
            Note("attribute_beyond_limit", 0, f"{attribute.label} was ignored: only {MOST_ATTRIBUTES} are looked at.")
        )
    dropped = set(own[MOST_ATTRIBUTES:])
    return tuple(attribute for attribute in kept if attribute not in dropped), tuple(notes)
