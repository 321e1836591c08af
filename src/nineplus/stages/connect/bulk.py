"""Many rows into one table in one statement's time: SQLite by executemany, PostgreSQL by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from django.db import connection, models

ASKED_AT_ONCE = 10_000
_ROOM = {"cache_size": -256_000, "wal_autocheckpoint": 16_000}
"""Kilobytes of pages kept (negative: that is how SQLite wants them), and pages written before they are filed."""


@contextmanager
def roomy() -> Iterator[None]:
    """Give SQLite memory for the indexes that many rows touch; PostgreSQL has its own settings for that."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in _ROOM]
        _pragmas(_ROOM.values())
    try:
        yield
    finally:
        _pragmas(before)


def _pragmas(values: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        for name, value in zip(_ROOM, values, strict=True):
            cursor.execute(f"PRAGMA {name} = {value}")


def insert_new(model: type[models.Model], columns: Mapping[str, pa.Array], fixed: Mapping[str, int | str]) -> int:
    """Insert the rows whose (source, external_id) is not there yet; how many were. Must run in a transaction.

    `columns` are arrays by database column, `fixed` values are the same for all rows.
    """
    table = model._meta.db_table
    if not len(next(iter(columns.values()))):
        return 0
    if connection.vendor == "postgresql":
        return _copy(table, columns, fixed)
    values = ", ".join(["?"] * len(columns) + [_literal(value) for value in fixed.values()])
    names = ", ".join(f'"{name}"' for name in [*columns, *fixed])
    sql = f'INSERT INTO "{table}" ({names}) VALUES ({values}) ON CONFLICT (source, external_id) DO NOTHING'
    rows = zip(*(_sqlite(column) for column in columns.values()), strict=True)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        # Django's own executemany reads every row once more to translate its placeholders.
        return cursor.cursor.connection.executemany(sql, rows).rowcount


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain values; nothing is checked but by the database."""
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})', list(rows))


def pieces(keys: Sequence[Any], size: int = ASKED_AT_ONCE) -> Iterator[Sequence[Any]]:
    """Keys in portions that a database takes as parameters of one statement."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _copy(table: str, columns: Mapping[str, pa.Array], fixed: Mapping[str, int | str]) -> int:
    names = ", ".join(f'"{name}"' for name in columns)
    text = BytesIO()
    rows = pa.table({name: _plain(column) for name, column in columns.items()})
    pa_csv.write_csv(rows, text, pa_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    all_names = ", ".join(f'"{name}"' for name in [*columns, *fixed])
    values = ", ".join([names, *(_literal(value) for value in fixed.values())])
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMP TABLE incoming AS SELECT {names} FROM "{table}" WITH NO DATA')
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(text.getbuffer())
        cursor.execute(
            f'INSERT INTO "{table}" ({all_names}) SELECT {values} FROM incoming '
            "ON CONFLICT (source, external_id) DO NOTHING"
        )
        added = cursor.rowcount
        cursor.execute("DROP TABLE incoming")
    return added


def _plain(column: pa.Array) -> pa.Array:
    """Instants as text with their zone; everything else as it is."""
    return pc.cast(column, pa.string()) if pa.types.is_timestamp(column.type) else column


def _sqlite(column: pa.Array) -> list[Any]:
    """Python values as Django stores them: instants as UTC text, flags as 0 and 1."""
    if pa.types.is_timestamp(column.type):
        naive = column.cast(pa.timestamp("us"))
        whole = pc.strftime(pc.cast(naive, pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
        if (pc.max(pc.add(pc.millisecond(naive), pc.microsecond(naive))).as_py() or 0) == 0:
            return whole.to_pylist()
        exact = pc.or_(pc.greater(pc.millisecond(naive), 0), pc.greater(pc.microsecond(naive), 0))
        return pc.if_else(exact, pc.strftime(naive, "%Y-%m-%d %H:%M:%S"), whole).to_pylist()
    if pa.types.is_boolean(column.type):
        return pc.cast(column, pa.int8()).to_pylist()
    return column.to_pylist()


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''").replace("%", "%%") + "'"
