"""The store's rows in the shape of SOURCES, read where they lie: whole for a rebuild, by key for a refresh.

PostgreSQL is read by DuckDB's scanner. SQLite is read in this process by its own SQLite library, never by DuckDB's:
POSIX locks belong to the process, so a second copy of SQLite that opens the same file silently drops the locks of
the first, and a writer elsewhere may then corrupt it (sqlite.org, "How to corrupt", 2.2.1).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from nineplus.mart.dataset import Attribute
from nineplus.mart.engines import _sqlite_copy
from nineplus.mart.engines.duckdb import attach_store, connect
from nineplus.mart.increment import Changes
from nineplus.mart.schema import FLAG, INSTANT, SOURCES
from nineplus.model.themes import FELT_SQL

_CHUNK = 100_000
_MANY = 100_000
"""From this many rows on, a process of its own pays for its start."""

_MOST_CHANGES = 200_000
"""Beyond this many changed rows of one table, looking at everything is cheaper than naming them."""

_OWN = {
    "accounts": ("nineplus_account", "x.id", "x.name, x.domain, x.created_at, x.attributes"),
    "contacts": ("nineplus_contact", "x.account_id", "x.id AS contact, x.email, x.name, x.created_at, x.attributes"),
    "tickets": (
        "nineplus_ticket",
        "x.account_id",
        "x.id AS ticket, x.contact_id AS contact, x.opened_at, x.first_response_at, x.resolved_at, x.priority, "
        "x.category, x.team, x.owner, x.channel, x.sla_breached, x.reopens, x.escalated, x.attributes",
    ),
    "ticket_events": (
        "nineplus_ticketevent",
        None,
        "x.ticket_id AS ticket, x.at, x.kind, x.from_value, x.to_value, x.by_customer",
    ),
    "invitations": (
        "nineplus_invitation",
        "x.account_id",
        "x.id AS invitation, s.name AS survey, x.contact_id AS contact, x.ticket_id AS ticket, r.id AS response, "
        "x.channel, x.sent_at, x.fate, x.reason, x.attributes",
    ),
    "responses": (
        "nineplus_response",
        "x.account_id",
        "x.id AS response, s.name AS survey, s.touchpoint, x.contact_id AS contact, x.ticket_id AS ticket, x.score, "
        "x.comment, x.answered_at, x.channel, x.language, x.attributes",
    ),
    "readings": (
        "nineplus_commentreading",
        None,
        "x.response_id AS response, r.answered_at, x.language, "
        "CASE WHEN x.said <> '' THEN x.said ELSE x.sentiment END AS sentiment, x.empty_because, x.contradicts",
    ),
    "mentions": (
        "nineplus_mention",
        None,
        "g.response_id AS response, r.answered_at, x.theme, "
        + FELT_SQL.format(said="g.said", own="x.sentiment")
        + " AS sentiment, x.sure, x.salience",
    ),
    "cases": (
        "nineplus_case",
        "coalesce(x.account_id, r.account_id)",
        'x.id AS "case", coalesce(x.contact_id, r.contact_id) AS contact, r.id AS response, '
        "r.answered_at AS heard_at, "
        "s.name AS survey, s.touchpoint, r.channel, r.language, r.score, x.reason, CAST(x.owner_id AS TEXT) AS owner, "
        "CASE WHEN x.team <> '' THEN x.team ELSE seat.team END AS team, x.priority, x.root_cause AS cause, x.outcome, "
        "x.answered_at, x.opened_at, x.contacted_at, x.closed_at, x.due_at, x.pauses, "
        "x.merged_into_id IS NOT NULL AS merged, r.attributes",
    ),
    "nudges": (
        "nineplus_personalletter",
        None,
        "x.id AS nudge, CAST(substr(x.key, 7) AS BIGINT) AS response, m.sent_at AS nudged_at",
    ),
    "movements": (
        "nineplus_movement",
        "x.account_id",
        "x.id AS movement, x.subscription_id AS subscription, x.at, x.kind, x.amount_minor, x.currency",
    ),
}
"""Per source: its table, where its account stands, and its other columns, as both databases understand them."""

_READ_BY = " JOIN {p}nineplus_themesversion v ON v.id = %s.version_id AND v.current"
_JOINS = {
    "readings": _READ_BY % "x" + " JOIN {p}nineplus_response r ON r.id = x.response_id",
    "mentions": " JOIN {p}nineplus_commentreading g ON g.id = x.reading_id AND x.counts"
    + _READ_BY % "g"
    + " JOIN {p}nineplus_response r ON r.id = g.response_id",
    "responses": " JOIN {p}nineplus_survey s ON s.id = x.survey_id",
    "cases": " LEFT JOIN {p}nineplus_caseanswer a ON a.case_id = x.id"
    " LEFT JOIN {p}nineplus_response r ON r.id = a.response_id"
    " LEFT JOIN {p}nineplus_survey s ON s.id = r.survey_id"
    " LEFT JOIN {p}nineplus_seat seat ON seat.user_id = x.owner_id",
    "nudges": " JOIN {p}nineplus_message m ON m.id = x.message_id AND m.state = 'sent' AND x.key LIKE 'nudge-%'",
    "invitations": " JOIN {p}nineplus_survey s ON s.id = x.survey_id"
    " LEFT JOIN {p}nineplus_response r ON r.invitation_id = x.id",
}

_FOUND_BY = {
    ("accounts", "account"): "x.id",
    ("contacts", "contact"): "x.id",
    ("tickets", "ticket"): "x.id",
    ("ticket_events", "ticket"): "x.ticket_id",
    ("invitations", "invitation"): "x.id",
    ("invitations", "response"): "r.id",
    ("responses", "response"): "x.id",
    ("responses", "ticket"): "x.ticket_id",
    ("readings", "response"): "x.response_id",
    ("mentions", "response"): "g.response_id",
    ("cases", "case"): "x.id",
    ("nudges", "nudge"): "x.id",
}
"""What can be looked up, and by which indexed column."""

_REMOVED = {
    "response": "responses",
    "invitation": "invitations",
    "ticket": "tickets",
    "contact": "contacts",
    "case": "cases",
    "survey": None,  # goes only when its answers are gone
    "subscription": None,  # the mart does not look at it
}
"""Removals that can be named by their key; any other removal means looking at everything."""

_IDS = {"account_row", "contact", "ticket", "response", "invitation", "movement", "subscription", "case", "nudge"}


class StoreRows(Mapping[str, "ir.Table"]):
    """The store at one moment, as `sources` of `refresh` and `rebuild`. Use as a context manager.

    Give `sqlite_path` or `postgres_dsn` (libpq). Nothing is copied until it is asked for; writers are not hindered.
    Keys are the rows' own ids as text; an account's is its external id (`source:id` for a namesake), so that the
    same company has the same key whether its data came through the store or straight from a file.
    """

    def __init__(
        self,
        *,
        sqlite_path: str | Path | None = None,
        postgres_dsn: str | None = None,
        memory_limit: str | None = None,
    ) -> None:
        self.connection = connect(memory_limit=memory_limit)
        self._numbers = count()
        self._database: _Sqlite | _Postgres
        if sqlite_path is not None:
            self._database = _Sqlite(self.connection, sqlite_path)
        elif postgres_dsn is not None:
            self._database = _Postgres(self.connection, postgres_dsn)
        else:
            raise ValueError("Give sqlite_path or postgres_dsn.")
        # before all rows: what is written meanwhile is read again next time
        self.revision: int = next(iter(self._values("SELECT number FROM {p}nineplus_revision WHERE id = 1")), 0)
        keys = self._database.rows(
            "SELECT id, CASE WHEN row_number() OVER (PARTITION BY external_id ORDER BY id) = 1 THEN external_id "
            "ELSE source || ':' || external_id END AS account_key FROM {p}nineplus_account",
            pa.schema([("id", pa.int64()), ("account_key", pa.string())]),
        )
        self.connection.con.execute(f"CREATE TEMP TABLE account_keys AS {keys}")

    def __enter__(self) -> StoreRows:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()
        self.connection.disconnect()

    # as sources

    @property
    def tables(self) -> StoreRows:
        return self

    @property
    def given(self) -> frozenset[str]:
        return frozenset(SOURCES)

    def whole(self, name: str) -> str:
        """SQL of all rows of that source, with exactly the columns and types of SOURCES."""
        return self._shaped(name, self._database.everything(self._query(name), self._raw(name)))

    def lookup(self, name: str, column: str, keys: Collection[str]) -> str:
        """SQL of the rows of those keys; the keys are looked up in the store's own indexes."""
        ids = self._account_ids(keys) if column == "account" else [int(key) for key in keys if key.isdecimal()]
        query = self._query(name) + f" WHERE {_FOUND_BY[name, column]} IN " + "({keys})"
        return self._shaped(name, self._database.rows(query, self._raw(name), ids=sorted(ids)))

    def __getitem__(self, name: str) -> ir.Table:
        if name not in SOURCES:
            raise KeyError(name)
        view = f"source_{name}_{next(self._numbers)}"
        self.connection.con.execute(f'CREATE TEMP VIEW "{view}" AS {self.whole(name)}')
        return self.connection.table(view)

    def __iter__(self) -> Iterator[str]:
        return iter(SOURCES)

    def __len__(self) -> int:
        return len(SOURCES)

    # what else the store knows

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes people defined, by slug."""
        found = self._database.fetch("SELECT slug, label FROM {p}nineplus_attribute ORDER BY slug")
        return tuple(Attribute.of(slug, label) for slug, label in found)

    def changes(self, *, since: int) -> Changes:
        """Which rows were written or removed after that revision."""
        if since >= self.revision:
            return Changes()
        after = f"revision > {int(since)}"
        removed: dict[str, set[str]] = {}
        gone = f'SELECT "table", "row" FROM {{p}}nineplus_removal WHERE {after} LIMIT {_MOST_CHANGES + 1}'
        rows = self._database.fetch(gone)
        if len(rows) > _MOST_CHANGES:
            return Changes(all=True)
        for name, row in rows:
            if name not in _REMOVED:
                return Changes(all=True)
            if _REMOVED[name]:
                removed.setdefault(_REMOVED[name] or "", set()).add(str(row))
        renamed = (
            "SELECT 1 FROM {p}nineplus_response r JOIN {p}nineplus_survey s ON s.id = r.survey_id "
            f"WHERE s.revision > {int(since)} AND r.revision <= {int(since)} LIMIT 1"
        )
        if self._values(f"SELECT 1 FROM {{p}}nineplus_survey WHERE {after} LIMIT 1") and self._values(renamed):
            return Changes(all=True)  # a survey that has older answers changed its name or touchpoint
        if self._values(f"SELECT 1 FROM {{p}}nineplus_themesversion WHERE current AND {after} LIMIT 1"):
            return Changes(all=True)  # every comment is read by another version now
        changed: dict[str, frozenset[str]] = {}
        for name, (table, account, _columns) in _OWN.items():
            if name == "mentions":  # written with their reading, and never without it
                continue
            key = {"ticket_events": "x.ticket_id", "movements": account, "readings": "x.response_id"}.get(name, "x.id")
            only = _READ_BY % "x" if name == "readings" else ""
            limit = f"LIMIT {_MOST_CHANGES + 1}"
            found = self._values(f"SELECT DISTINCT {key} FROM {{p}}{table} x{only} WHERE x.{after} {limit}")
            if len(found) > _MOST_CHANGES:
                return Changes(all=True)
            named = self._account_names(found) if name in ("accounts", "movements") else map(str, found)
            changed[name] = frozenset(named)
        return Changes(changed=changed, removed={name: frozenset(rows) for name, rows in removed.items()})

    # how

    def _values(self, query: str) -> list[Any]:
        return [value for (value,) in self._database.fetch(query)]

    def _query(self, name: str) -> str:
        table, account, columns = _OWN[name]
        own = f"{account} AS account_row, " if account else ""
        return f"SELECT {own}{columns} FROM {{p}}{table} x{_JOINS.get(name, '')}"

    def _raw(self, name: str) -> pa.Schema:
        """The columns of `_query`, as SQLite's library gives them."""
        _table, account, _columns = _OWN[name]
        fields = [pa.field("account_row", pa.int64())] if account else []
        for own in SOURCES[name]:
            if own.name == "account":
                continue
            number = own.name in _IDS or own.type == FLAG or pa.types.is_integer(own.type)
            whole = pa.int64() if number else pa.string()
            fields.append(pa.field(own.name, own.type if pa.types.is_floating(own.type) else whole))
        return pa.schema(fields)

    def _shaped(self, name: str, rows: str) -> str:
        columns = []
        for own in SOURCES[name]:
            if own.name == "account":
                columns.append("k.account_key AS account")
            elif own.type == INSTANT:
                columns.append(f"{self._database.instant('x.' + _named(own.name))} AS {_named(own.name)}")
            else:
                value = f"CAST(x.{_named(own.name)} AS {_SQL_TYPES[own.type]})"
                value = f"nullif({value}, '')" if own.type == pa.string() else value
                columns.append(f"{value} AS {_named(own.name)}")
        join = " LEFT JOIN account_keys k ON k.id = x.account_row" if _OWN[name][1] else ""
        return f"SELECT {', '.join(columns)} FROM ({rows}) x{join}"

    def _account_ids(self, keys: Collection[str]) -> list[int]:
        found = self.connection.con.execute(
            "SELECT id FROM account_keys WHERE account_key IN (SELECT unnest(?::VARCHAR[]))", [sorted(keys)]
        )
        return [row for (row,) in found.fetchall()]

    def _account_names(self, ids: Collection[int]) -> list[str]:
        found = self.connection.con.execute(
            "SELECT account_key FROM account_keys WHERE id IN (SELECT unnest(?::BIGINT[]))", [sorted(ids)]
        )
        return [key for (key,) in found.fetchall()]


_SQL_TYPES = {
    pa.string(): "VARCHAR",
    FLAG: "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
}


def _named(column: str) -> str:
    return f'"{column}"'


class _Postgres:
    """Through DuckDB's scanner; a query by key runs in PostgreSQL itself, where its indexes are."""

    def __init__(self, connection: Backend, dsn: str) -> None:
        self._connection = connection
        attach_store(connection, postgres_dsn=dsn)

    def instant(self, column: str) -> str:
        return column

    def everything(self, query: str, _raw: pa.Schema) -> str:
        return query.replace("{p}", "store.")

    def rows(self, query: str, _raw: pa.Schema, *, ids: list[int] | None = None) -> str:
        listed = f"SELECT unnest('{{{','.join(map(str, ids or []))}}}'::bigint[])"
        text = query.replace("{p}", "").replace("{keys}", listed).replace("'", "''")
        return f"SELECT * FROM postgres_query('store', '{text}')"

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.con.execute(self.rows(query, pa.schema([]))).fetchall()
        return found

    def close(self) -> None:
        self._connection.con.execute("DETACH store")


class _Sqlite:
    """Through this process's own library, in one read transaction; rows arrive as DuckDB tables."""

    def __init__(self, connection: Backend, path: str | Path) -> None:
        import sqlite3  # the one that the settings chose, where they did

        self._connection = connection
        self._numbers = count()
        self._path = Path(path).absolute()
        self._copies = tempfile.TemporaryDirectory(prefix="nineplus-rows-")
        self._file = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=20)
        self._file.isolation_level = None
        self._file.execute("BEGIN")

    def instant(self, column: str) -> str:
        return f"CAST({column} || '+00' AS TIMESTAMPTZ)"

    def everything(self, query: str, raw: pa.Schema) -> str:
        """Many rows are copied by a process of its own, which may use DuckDB's scanner."""
        table = query.split("{p}")[1].split()[0]
        [(most,)] = self.fetch(f"SELECT coalesce(max(id), 0) FROM {table}")
        if most < _MANY:
            return self.rows(query, raw)
        target = Path(self._copies.name) / f"{next(self._numbers)}.parquet"
        columns = ", ".join(
            f"CAST({_named(field.name)} AS {_SQL_TYPES[field.type]}) AS {_named(field.name)}" for field in raw
        )
        copied = f"SELECT {columns} FROM ({query.replace('{p}', 'store.')})"
        subprocess.run(  # noqa: S603 - our own script, no shell
            [sys.executable, "-P", _sqlite_copy.__file__, str(self._path), copied, str(target)],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return f"SELECT * FROM read_parquet('{target}')"

    def rows(self, query: str, raw: pa.Schema, *, ids: list[int] | None = None) -> str:
        text = query.replace("{p}", "").replace("{keys}", "SELECT value FROM json_each(?)")
        cursor = self._file.execute(text, [] if ids is None else [json.dumps(ids)])
        table = f"fetched_{next(self._numbers)}"
        begun = False
        while (chunk := cursor.fetchmany(_CHUNK)) or not begun:
            columns = zip(*chunk, strict=True) if chunk else ([] for _ in raw)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, raw, strict=True)]
            self._connection.con.register("arrived", pa.Table.from_arrays(arrays, schema=raw))
            into = f'INSERT INTO "{table}"' if begun else f'CREATE TEMP TABLE "{table}" AS'
            self._connection.con.execute(f"{into} SELECT * FROM arrived")
            self._connection.con.unregister("arrived")
            begun = True
        return f'SELECT * FROM "{table}"'

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._file.execute(query.replace("{p}", "")).fetchall()
        return found

    def close(self) -> None:
        self._file.close()
        self._copies.cleanup()
