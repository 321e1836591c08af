"""Rows by the hundred, one statement for many: the ORM takes longer for one of them than the database for twenty.

Statements name their columns with their PostgreSQL types; whoever writes so has a test that reads the rows back
through the models. Values come as Python has them: dicts and lists for JSON (or its text), aware times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from django.db import connections, models

_MOST_AT_ONCE = 500
"""Rows of one INSERT: SQLite takes at most 32,766 values."""


def new_ids(table: str, count: int) -> Sequence[int]:
    """Ids for so many new rows, so that what refers to them can be written without reading them back.

    In the caller's transaction, which on SQLite has written before: there is one writer at a time, and nobody else
    takes them.
    """
    connection = connections["default"]
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            first = (found[0] if found else 0) + 1
            return range(first, first + count)
        cursor.execute(  # the name is looked up once, not once a row
            "WITH its AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name) "
            "SELECT nextval(name) FROM its, generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def insert(table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert these rows: `columns` are names with their types for PostgreSQL, each row has them in that order.

    Text of JSON, and times that `stored` wrote, are taken as they are. Raises what the database raises.
    """
    if not rows:
        return
    if not _sqlite():
        _copy(table, tuple(columns), "".join([_line(row) for row in rows]))
        return
    turned = [(at, _SQLITE[kind]) for at, kind in enumerate(columns.values()) if kind in _SQLITE]
    some = [list(row) for row in rows]
    for at, turn in turned:
        for row in some:
            if row[at].__class__ is not str:
                row[at] = turn(row[at])
    insert_texts(table, tuple(columns), some)


def insert_texts(table: str, columns: Sequence[str], rows: Sequence[Sequence[str | int | None]]) -> None:
    """The same for rows whose JSON and times are texts already (`as_json`, `stored`): in half the processor's time."""
    if not rows:
        return
    if not _sqlite():
        _copy(table, columns, _lines(rows))
        return
    connection = connections["default"]
    connection.ensure_connection()
    for begin in range(0, len(rows), _MOST_AT_ONCE):
        some = rows[begin : begin + _MOST_AT_ONCE]
        statement = _many(table, tuple(columns), len(some))
        with connection.wrap_database_errors:  # past Django's cursor, which would look for %s in all of it
            connection.connection.execute(statement, list(chain.from_iterable(some)))


def _copy(table: str, columns: Sequence[str], lines: str) -> None:
    connection = connections["default"]
    statement = f"COPY {table} ({_names(tuple(columns))}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
        copy.write(lines)


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Insert rows told by their columns and return their ids, in the same order.

    What a row leaves out gets the model's default; text and JSON are never null there unless the model says so. In the
    caller's transaction, as `new_ids`. Raises what the database raises.
    """
    if not rows:
        return ()
    shape = _shape(model)
    ids = new_ids(model._meta.db_table, len(rows))
    told = [
        (pk, *(row[name] if row.get(name) is not None else default() for name, _, default in shape))
        for pk, row in zip(ids, rows, strict=True)
    ]
    insert(model._meta.db_table, {"id": "bigint"} | {name: kind for name, kind, _ in shape}, told)
    return ids


@cache
def _shape(model: type[models.Model]) -> tuple[tuple[str, str, Callable[[], Any]], ...]:
    """The model's columns but for its id: name, type for PostgreSQL, and what stands there when nothing is told."""
    found = []
    for one in model._meta.concrete_fields:
        if one.primary_key:
            continue
        kind = next((kind for base, kind in _KINDS if isinstance(one, base)), "text")
        found.append((one.column, kind, (lambda: None) if one.null else one.get_default))
    return tuple(found)


def stored(value: datetime) -> str:
    """A time as text that either database takes and the ORM reads: what several columns or rows share."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    text = str(value)
    return text[:-6] if _sqlite() else text


@cache
def _sqlite() -> bool:
    return bool(connections["default"].vendor == "sqlite")


def as_json(value: object) -> str | None:
    """The text of a JSON column; None is no value."""
    return None if value is None else _encode(value)


_encode = json.JSONEncoder().encode
_KINDS: tuple[tuple[type[models.Field], str], ...] = (
    (models.JSONField, "jsonb"),
    (models.DateTimeField, "timestamptz"),
    (models.BooleanField, "boolean"),
    (models.IntegerField, "bigint"),
    (models.ForeignKey, "bigint"),
)
_SQLITE: dict[str, Callable[[Any], Any]] = {
    "jsonb": as_json,
    "timestamptz": lambda value: None if value is None else stored(value),
}
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@lru_cache(2_000)
def _many(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({_names(columns)}) VALUES {', '.join([row] * rows)}"


@lru_cache(100)
def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


_NEXT_ROW, _NEXT_FIELD, _NULL = "\x1e", "\x1f", "\x1d"
_TEXTS: dict[type, Callable[[Any], str]] = {int: str, type(None): lambda _: _NULL, bool: lambda value: "ft"[value]}


def _text_of(value: str | int) -> str:
    """What an enumeration's member, or another subclass of text or number, stands for, however it calls itself."""
    return str.__str__(value) if isinstance(value, str) else int.__repr__(value)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    """Rows of texts as COPY reads them. Put together first and escaped at one go, with signs for what is not text."""
    text = _NEXT_ROW.join(
        [
            _NEXT_FIELD.join(
                [value if value.__class__ is str else _TEXTS.get(value.__class__, _text_of)(value) for value in row]
            )
            for row in rows
        ]
    )
    nulls = sum([row.count(None) for row in rows])
    signs = (len(rows) - 1, sum(map(len, rows)) - len(rows), nulls)
    if (text.count(_NEXT_ROW), text.count(_NEXT_FIELD), text.count(_NULL)) != signs:
        return "".join([_line(row) for row in rows])  # somebody's text has such a sign
    text = text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    return text.replace(_NULL, r"\N").replace(_NEXT_FIELD, "\t").replace(_NEXT_ROW, "\n") + "\n"


def _line(row: Sequence[Any]) -> str:
    """A row as COPY reads it (PostgreSQL's documentation, COPY, "Text Format")."""
    return "\t".join([_field(value) for value in row]) + "\n"


def _field(value: Any) -> str:
    kind = value.__class__
    if value is None:
        return r"\N"
    if kind is int:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, datetime):
        return str(value)
    text: str = value if isinstance(value, str) else _encode(value)
    return text if text.isalnum() else text.translate(_ESCAPED)
