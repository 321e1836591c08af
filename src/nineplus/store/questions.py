"""Questions asked again and again: Django makes their SQL once, and only the values change.

For a row by its key, making the statement takes several times as long as the database takes to answer it. What is made
is Django's own, and so is what becomes of the rows (converters, related rows).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, DateField, DateTimeField, Expression, Field, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

_T = TypeVar("_T")


class Given(Expression):
    """A value that comes when the question is asked. Its field says how the database is told it."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


def integer(name: str) -> Given:
    return Given(name, BigIntegerField())


def instant(name: str) -> Given:
    return Given(name, DateTimeField())


def day(name: str) -> Given:
    return Given(name, DateField())


def text(name: str) -> Given:
    return Given(name, TextField())


class Question(Generic[_T]):
    """`make` gives the question, with `integer`, `instant` or `text` of a name where a value comes.

    It is called once a thread and database; what else it reads must never change. An absent value (None) finds
    nothing: SQL's `= NULL` holds for no row.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, _T]]) -> None:
        self._make = make
        self._made = threading.local()

    def all(self, **given: Any) -> list[_T]:
        """The rows."""
        asked = self._asked()
        asked.query.kept.given = given
        return list(asked._iterable_class(asked))

    def first(self, **given: Any) -> _T | None:
        """The first of them; ask for no more than one where there may be many."""
        return next(iter(self.all(**given)), None)

    def any(self, **given: Any) -> bool:
        """Is there one?"""
        return bool(self.all(**given))

    def _asked(self) -> Any:
        connection = connections[DEFAULT_DB_ALIAS]
        asked: Any = getattr(self._made, "asked", None)
        if asked is None or asked.query.kept.connection is not connection:
            asked = self._made.asked = self._make().all()
            kept = asked.query.kept = _Kept(asked.query, connection, DEFAULT_DB_ALIAS)
            asked.query.get_compiler = lambda *_, **__: kept
        return asked


class _Kept(SQLCompiler):
    """Django's compiler, which keeps the statement that it made."""

    given: Mapping[str, Any]
    _statement: tuple[str, tuple[Any, ...]] | None = None

    def as_sql(self, *args: Any, **more: Any) -> Any:
        if self._statement is None:
            self._statement = super().as_sql(*args, **more)
        sql, values = self._statement
        return sql, tuple(self._told(one) if isinstance(one, Given) else one for one in values)

    def _told(self, one: Given) -> Any:
        return one.output_field.get_db_prep_value(self.given[one.name], self.connection)
