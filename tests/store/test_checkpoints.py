"""The write-ahead log of a SQLite file is filed beside those who write, and begins anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from nineplus.store.sqlite3 import checkpoints
from nineplus.store.sqlite3.base import DatabaseWrapper
from nineplus.store.sqlite3.checkpoints import checkpoint

pytestmark = [pytest.mark.one_database("the log is SQLite's"), pytest.mark.django_db]


def opened(path: Path) -> DatabaseWrapper:
    told = {**connections.configure_settings(settings.DATABASES)["default"], "NAME": str(path)}
    told["ENGINE"] = "nineplus.store.sqlite3"
    told["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;",
    }
    return DatabaseWrapper(told, alias="default")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[DatabaseWrapper, Path]]:
    path = tmp_path / "d.sqlite3"
    database = opened(path)
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (said TEXT)")
    yield database, path
    database.close()


def written(database: Any, *, times: int) -> None:
    with database.cursor() as cursor:
        for _ in range(times):
            cursor.execute("INSERT INTO kept VALUES (%s)", ["x" * 4000])


def log_of(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


def test_what_is_written_is_filed_and_the_log_begins_anew(file: tuple[DatabaseWrapper, Path]) -> None:
    database, path = file
    written(database, times=50)
    before = path.stat().st_size
    pages = checkpoint(database)
    assert pages > 50
    assert path.stat().st_size > before + 50 * 4000
    length = log_of(path)
    written(database, times=20)  # into the same place
    assert log_of(path) == length
    assert 0 < checkpoint(database) < pages


def test_others_write_meanwhile_and_a_long_log_ends(
    file: tuple[DatabaseWrapper, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, path = file
    monkeypatch.setattr(checkpoints, "_LONG", 100)
    stop, rows = threading.Event(), []

    def write() -> None:
        mine = opened(path)
        while not stop.is_set():
            written(mine, times=1)
            rows.append(1)
        mine.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        while len(rows) < 600:
            checkpoint(database)
    finally:
        stop.set()
        for one in writers:
            one.join(20)
    with database.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), MIN(LENGTH(said)) FROM kept")
        assert cursor.fetchone() == (len(rows), 4000)
    assert log_of(path) < len(rows) * 4000 / 2
