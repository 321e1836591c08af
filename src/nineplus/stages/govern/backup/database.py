"""A consistent copy of the database while others write, and the way back, in one step for everybody.

What came back carries the token of the restore that brought it: whoever finds a restore half done can tell.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.backup.journal import Journal

_SQLITE = "database.sqlite3"
_ASIDE = "before_restore_{:%Y%m%d_%H%M%S}"
# Made anew by the migrations of whoever restores, or worthless elsewhere.
_NOT_COPIED = frozenset({"django_migrations", "django_session"})
_MARK = (
    "INSERT INTO nineplus_preference (key, value) VALUES ('restored', {0}) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def copy_out(folder: Path) -> None:
    """Copy the database, as it stands at one moment, into `folder`. Writers are not held up."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(folder / _SQLITE)) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table, columns in _tables(cursor).items():
            with (folder / f"{table}.copy").open("wb") as file:
                file.write(("\t".join(columns) + "\n").encode())
                with cursor.connection.cursor() as raw, raw.copy(f"COPY {_named(table, columns)} TO STDOUT") as rows:
                    for block in rows:
                        file.write(block)


def check(folder: Path) -> None:
    """Is the copy whole? Raises NotPossible when it is not."""
    if connection.vendor != "sqlite":
        return
    try:
        with closing(sqlite3.connect(f"file:{folder / _SQLITE}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        found = str(problem)
    if found != "ok":
        raise NotPossible(f"The database in the backup is damaged: {found}. Nothing was changed.")


def mark(folder: Path, *, token: str) -> None:
    """The copy in `folder` is that of this restore, and nobody is logged in to it."""
    if connection.vendor != "sqlite":
        return  # marked in the transaction that brings it in
    with closing(sqlite3.connect(folder / _SQLITE)) as copy, copy:
        copy.execute(_MARK.format("?"), [json.dumps({"token": token})])
        copy.execute("DELETE FROM django_session")


def has(token: str) -> bool:
    """Is the database that of this restore? Raises DatabaseError when it cannot be asked: then nobody knows."""
    with connection.cursor() as cursor:
        if "nineplus_preference" not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT value FROM nineplus_preference WHERE key = 'restored'")
        row = cursor.fetchone()
    return row is not None and token in str(row[0])


def copy_in(folder: Path, plan: Journal) -> None:
    """Put the copy in place of what is there and keep that aside.

    Other processes see the old data or the new, never a mixture; the old when it is killed.
    """
    if connection.vendor == "sqlite":
        _sqlite_in(folder, plan)
    else:
        _postgresql_in(folder, plan)


def bring_up() -> None:
    """Bring what came back up to this version."""
    call_command("migrate", interactive=False, verbosity=0)


def kept(plan: Journal) -> str:
    """Where the database that was there before is kept, in words."""
    if connection.vendor == "sqlite":
        return str(plan.aside / "nineplus.sqlite3")
    return f'schema "{_ASIDE.format(plan.at)}" of the database'


def _sqlite_in(folder: Path, plan: Journal) -> None:
    connection.ensure_connection()
    Path(kept(plan)).unlink(missing_ok=True)  # of an attempt that was killed
    with closing(sqlite3.connect(kept(plan))) as old:
        connection.connection.backup(old)
    # Written into the live file as one transaction: open connections of other processes go on with the new data.
    with closing(sqlite3.connect(folder / _SQLITE)) as copy:
        copy.backup(connection.connection)
    connection.close()


def _postgresql_in(folder: Path, plan: Journal) -> None:
    aside = _ASIDE.format(plan.at)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
        cursor.execute(f'CREATE SCHEMA "{aside}"')
        for table in (*_tables(cursor), *_NOT_COPIED):
            cursor.execute(f'ALTER TABLE "{schema}"."{table}" SET SCHEMA "{aside}"')
        for function in _functions(cursor, schema):  # indexes of those tables are made by them
            cursor.execute(f'ALTER FUNCTION {function} SET SCHEMA "{aside}"')
        executor = MigrationExecutor(connection)
        executor.migrate(_ends(executor, plan.migrations))
        there = _tables(cursor)
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in there))
        for file in sorted(folder.glob("*.copy")):
            _rows_in(cursor, file, known=there)
        _sequences(cursor, schema)
        cursor.execute(_MARK.format("%s::jsonb"), [json.dumps({"token": plan.token})])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _ends(executor: MigrationExecutor, taken: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The last of the migrations that were taken, per app: where the schema of the copy stands.

    Of a version that knew them one by one, the schema is made one by one.
    """
    loader = executor.loader
    if any(key not in taken and set(step.replaces) & set(taken) for key, step in loader.disk_migrations.items()):
        loader.replace_migrations = False
        loader.build_graph()
    graph, known = executor.loader.graph, set(taken)
    return [
        node
        for node in taken
        if node in graph.nodes
        and not any(child.key in known and child.key[0] == node[0] for child in graph.node_map[node].children)
    ]


def _rows_in(cursor, file: Path, *, known: dict[str, list[str]]) -> None:  # type: ignore[no-untyped-def]
    with file.open("rb") as rows:
        columns = rows.readline().decode().rstrip("\n").split("\t")
        if file.stem not in known or not set(columns) <= set(known[file.stem]):
            raise NotPossible(f"The backup has a table that this version does not know: {file.stem}.")
        with cursor.connection.cursor() as raw, raw.copy(f"COPY {_named(file.stem, columns)} FROM STDIN") as into:
            while block := rows.read(1 << 20):
                into.write(block)


def _tables(cursor) -> dict[str, list[str]]:  # type: ignore[no-untyped-def]
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' "
        "ORDER BY table_name, ordinal_position"
    )
    found: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        if table not in _NOT_COPIED:
            found.setdefault(table, []).append(column)
    return found


def _functions(cursor, schema: str) -> list[str]:  # type: ignore[no-untyped-def]
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = %s::regnamespace "
        "AND starts_with(proname, 'nineplus_')",
        [schema],
    )
    return [signature for (signature,) in cursor.fetchall()]


def _named(table: str, columns: list[str]) -> str:
    return f'"{table}" ({", ".join(f"{chr(34)}{column}{chr(34)}" for column in columns)})'


def _sequences(cursor, schema: str) -> None:  # type: ignore[no-untyped-def]
    """New rows get numbers above those that came back."""
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = %s AND is_identity = 'YES'",
        [schema],
    )
    for table, column in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "
            f'greatest(1, (SELECT max("{column}") FROM "{table}")), (SELECT count(*) > 0 FROM "{table}"))'
        )
