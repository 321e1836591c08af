"""Texts compared without regard to case, in every script and alike on both databases, and as Python's `lower` says.

SQLite's LOWER knows ASCII only, and PostgreSQL's what the database's locale knows, which may be as little.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import CharField, Func

_COLLATIONS = ("pg_c_utf8", "und-x-icu")


class Folded(Func):
    """A text in lower case, surrounding blanks gone."""

    function = "LOWER"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        _teach(connection)
        return super().as_sql(compiler, connection, function="NINEPLUS_FOLDED", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        known = _collation(connection.alias)
        named = f' COLLATE "{known}"' if known else ""
        return super().as_sql(compiler, connection, template=f"LOWER(BTRIM(%(expressions)s){named})", **extra)


def _fold(text: Any) -> Any:
    return None if text is None else str(text).strip().lower()


def _teach(connection: Any) -> None:
    """Once for each connection: to make it again fails while a question is being answered."""
    connection.ensure_connection()
    raw = connection.connection
    try:
        raw.execute("SELECT NINEPLUS_FOLDED('')")
    except sqlite3.OperationalError:
        raw.create_function("NINEPLUS_FOLDED", 1, _fold, deterministic=True)


@cache
def _collation(alias: str) -> str:
    """One that knows every script; empty when this server has none."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [list(_COLLATIONS)])
        found = {name for (name,) in cursor.fetchall()}
    return next((name for name in _COLLATIONS if name in found), "")
