"""The database backend: a transaction, and a statement that writes outside of one, wait for their turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base

from nineplus.store.sqlite3 import turns

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turns: turns.Turns | None = None
        self._mine = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self._turns = None if self.is_in_memory_db() else turns.of(self.settings_dict["NAME"])
        self._seconds = float(conn_params.get("timeout", 5.0))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.wrapper = self
        return cursor

    @contextmanager
    def in_turn(self, query: str) -> Iterator[None]:
        """The statement alone in its turn, when it writes and no transaction has the turn."""
        if self._mine or self.in_atomic_block or not query.lstrip()[:6].upper().startswith(_WRITES):
            yield
            return
        with self.alone():
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    def _start_transaction_under_autocommit(self) -> None:
        self._take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # when it fails, a rollback follows
        self._give_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_back()

    def _take(self) -> None:
        if self._turns and not self._mine:
            try:
                self._turns.take(seconds=self._seconds)
            except turns.Taken:
                with self.wrap_database_errors:
                    raise sqlite3.OperationalError("database is locked") from None
            self._mine = True

    def _give_back(self) -> None:
        if self._turns and self._mine:
            self._mine = False
            self._turns.give_back()


class _Cursor(base.SQLiteCursorWrapper):
    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self.wrapper.in_turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self.wrapper.in_turn(query):
            return super().executemany(query, param_list)
