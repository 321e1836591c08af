"""Where a star is computed: temporary tables on one DuckDB connection, one star at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from nineplus.mart.build import Plan, clean
from nineplus.mart.plan import OPEN, Statements, statements, table_name
from nineplus.mart.promises import open_hours
from nineplus.mart.schema import SOURCES

Sources = Mapping[str, ir.Table | None]
"""SOURCES tables by name: plain Ibis tables of one DuckDB connection, or a Store."""


@runtime_checkable
class Store(Protocol):
    """Sources that can do better than hand out whole tables. Both give SQL with exactly the columns of SOURCES."""

    connection: Backend

    @property
    def given(self) -> frozenset[str]: ...

    def whole(self, name: str) -> str: ...

    def lookup(self, name: str, column: str, keys: Collection[str]) -> str: ...


_BATCH = 100_000
_numbers = count()


class Workspace:
    """Runs the stages of one plan over these sources; everything it made is gone at the end of the `with`."""

    def __init__(self, sources: Sources, plan: Plan, *, connection: Backend | None = None) -> None:
        self.sources = sources
        self.given = given_in(sources)
        self.connection = connection or backend_of(sources)
        self.statements: Statements = statements(plan, self.given)
        self._made: dict[str, str] = {}
        self._queries: dict[str, str] = {}
        if plan.rule.levels:
            self._arrived(OPEN, open_hours(plan.rule), "*")

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_error: object) -> None:
        for name, kind in reversed(self._made.items()):
            self.execute(f'DROP {kind} IF EXISTS "{name}"')

    def execute(self, sql: str, values: list[Any] | None = None) -> Any:
        return self.connection.con.execute(sql, values)

    # sources

    def all_rows(self) -> None:
        """Every source as a whole, read where it lies."""
        for name in self.given:
            self.view("in_" + name, self.whole(name))

    def rows_of(self, name: str, column: str, keys: Collection[str]) -> str | None:
        """The source's rows of those keys, fetched; None when there is no such source. The table's name."""
        if name not in self.given:
            return None
        if isinstance(self.sources, Store):
            return self.table("in_" + name, self.sources.lookup(name, column, keys))
        wanted = self.keys("wanted", keys)
        return self.table(
            "in_" + name, f'SELECT * FROM ({self.whole(name)}) WHERE "{column}" IN (SELECT key FROM {wanted})'
        )

    def whole(self, name: str) -> str:
        """The query of all rows of a source."""
        if name not in self._queries and isinstance(self.sources, Store):
            self._queries[name] = self.sources.whole(name)
        elif name not in self._queries:
            cleaned = clean(name, self.sources[name])
            self._queries[name] = str(ibis.to_sql(cleaned, dialect="duckdb", pretty=False))
        return self._queries[name]

    # tables

    def run(self, stage: str) -> str:
        """Compute an intermediate stage; the name of its table."""
        return self.table(stage, self.statements.sql(stage))

    def table(self, name: str, query: str) -> str:
        """Compute that query now, as table `nineplus_<name>`."""
        return self._make("TABLE", name, query)

    def view(self, name: str, query: str) -> str:
        return self._make("VIEW", name, query)

    def _make(self, kind: str, name: str, query: str) -> str:
        full = table_name(name)
        self.drop(name)
        self.execute(f'CREATE TEMP {kind} "{full}" AS {query}')
        self._made[full] = kind
        return full

    def drop(self, name: str) -> None:
        kind = self._made.pop(table_name(name), None)
        if kind:
            self.execute(f'DROP {kind} IF EXISTS "{table_name(name)}"')

    def keys(self, name: str, keys: Iterable[str]) -> str:
        """Those keys as a table of one column, `key`."""
        return self._arrived(name, pa.table({"key": pa.array(sorted(keys), pa.string())}), "key")

    def _arrived(self, name: str, rows: pa.Table, columns: str) -> str:
        arrived = f"nineplus_arrived_{next(_numbers)}"
        self.connection.con.register(arrived, rows)
        try:
            return self.table(name, f'SELECT {columns} FROM "{arrived}"')
        finally:
            self.connection.con.unregister(arrived)

    def texts(self, query: str) -> set[str]:
        """The first column of that query, without nulls."""
        return {value for (value,) in self.execute(query).fetchall() if value is not None}

    def values(self, query: str) -> list[Any]:
        return [value for (value,) in self.execute(query).fetchall()]

    def reader(self, query: str) -> pa.RecordBatchReader:
        """The rows of that query as they are computed."""
        return self.execute(query).to_arrow_reader(_BATCH)


def given_in(sources: Sources) -> frozenset[str]:
    """Which sources there are."""
    if isinstance(sources, Store):
        return sources.given
    return frozenset(name for name in SOURCES if sources.get(name) is not None)


def backend_of(sources: Sources) -> Backend:
    if isinstance(sources, Store):
        return sources.connection
    responses = sources.get("responses")
    if responses is None:
        raise ValueError("There can be no star without responses.")
    return responses.get_backend()
