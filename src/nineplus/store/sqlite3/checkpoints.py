"""Filing what the write-ahead log holds into the database file, beside those who write.

Left to itself, SQLite has whoever wrote the thousandth page do it: an answer then waits for the disk, several times
that long, and everybody else who writes waits for that one.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

EVERY = 1.0
"""Seconds."""
_LONG = 4_000
"""Pages. A log that is written without a pause never ends, so that no one could begin it anew: then they wait."""


def checkpoint(database: Any = connection) -> int:
    """File what is written by now; how many pages the log had. Others may write meanwhile. Other databases: nothing."""
    if database.vendor != "sqlite" or database.is_in_memory_db():
        return 0
    pages = _file(database)
    if pages > _LONG:
        with database.alone():  # what came meanwhile is little
            _file(database)
    return pages


def _file(database: Any) -> int:
    with database.cursor() as cursor:
        _, pages, _ = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
