"""DuckDB: the engine that comes with nineplus. In this process, in memory, nothing to install or to start."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType

from nineplus.mart.engines._compiled import remembering
from nineplus.mart.engines._engine import Engine

_SETTINGS = {
    # nothing is fetched from anywhere: what is needed is in the packages
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # groups of few small whole numbers are counted in a plain array: three times faster (docs/decisions/0010)
    "perfect_ht_threshold": "20",
}


def _without_pandas() -> None:
    """Ibis loads pandas with its first answer in Arrow: a third of a second that a command at the terminal pays for
    nothing. It takes an absent pandas in its stride; whoever asks for a DataFrame later gets it all the same.
    """
    name, pandas = "ibis.backends.duckdb.converter", "ibis.formats.pandas"
    if name in sys.modules or pandas in sys.modules:
        return
    sys.modules[pandas] = None  # type: ignore[assignment]
    try:
        converter = importlib.import_module(name)
    finally:
        del sys.modules[pandas]

    def late(wanted: str) -> object:
        if wanted != "DuckDBPandasData":
            raise AttributeError(wanted)
        del converter.__getattr__
        return getattr(importlib.reload(converter), wanted)

    converter.__getattr__ = late  # type: ignore[method-assign]


_without_pandas()


def connect(*, memory_limit: str | None = None, threads: int | None = None) -> Backend:
    """A database of its own in memory; `memory_limit` as "4GB". Instants are shown in UTC."""
    settings: dict[str, str] = dict(_SETTINGS)
    if memory_limit:
        settings["memory_limit"] = memory_limit
    if threads:
        settings["threads"] = str(threads)
    return _silent(duckdb.connect(":memory:", config=settings))


def share(connection: Backend) -> Backend:
    """The same tables and views through a cursor of its own: one per thread."""
    return _silent(connection.con.cursor())


def _silent(connection: duckdb.DuckDBPyConnection) -> Backend:
    """Without a progress bar on long queries: a program's output is its own."""
    connection.execute("SET enable_progress_bar = false")
    return remembering(ibis.duckdb.from_connection(connection))


def read(
    connection: Backend, *, name: str, files: Sequence[str], schema: pa.Schema, partitioned: bool = False
) -> ibis.Table:
    """Those Parquet files as a view of that name. No files: a view of that schema without rows."""
    if not files:
        types = ibis.Schema.from_pyarrow(schema).items()
        nulls = ", ".join(f'CAST(NULL AS {DuckDBType.to_string(kind)}) AS "{column}"' for column, kind in types)
        connection.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT {nulls} WHERE false')
        return connection.table(name)
    listed = ", ".join(_quoted(file) for file in files)
    hive = ", hive_partitioning = true, hive_types = {'month': DATE}" if partitioned else ""
    columns = ", ".join(_column(column, partitioned) for column in schema.names)
    connection.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT {columns} FROM read_parquet([{listed}]{hive})')
    return connection.table(name)


def _column(name: str, partitioned: bool) -> str:
    """A column of the view. The bare partition column makes DuckDB 1.5.5 fail on its MIN and MAX when one file is left
    to read (duckdb/duckdb#25629); as an expression it prunes files just as well.
    """
    quoted = '"' + name.replace('"', '""') + '"'
    return f"{quoted} + 0 AS {quoted}" if partitioned and name == "month" else quoted


def attach_store(connection: Backend, *, postgres_dsn: str, name: str = "store") -> None:
    """Make PostgreSQL's tables readable as `name`.<table>, read-only, by the scanner that comes as a package.

    `postgres_dsn` is a libpq connection string. SQLite files are never attached here: see store_rows.
    """
    _load(connection, "postgres_scanner")
    connection.con.execute(f"ATTACH IF NOT EXISTS {_quoted(postgres_dsn)} AS {name} (TYPE postgres, READ_ONLY)")


def _load(connection: Backend, extension: str) -> None:
    """By file path: LOAD by name would look for it on the network."""
    from importlib import import_module

    home = Path(import_module(f"duckdb_extension_{extension}").__path__[0])
    file = home / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    connection.con.execute(f"LOAD {_quoted(str(file))}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


ENGINE = Engine(name="duckdb", connect=connect, share=share, read=read)
