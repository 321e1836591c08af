"""Copy one query of a SQLite file to Parquet: `python -P _sqlite_copy.py FILE QUERY TARGET`.

A process of its own, because DuckDB's scanner brings a second SQLite (see store_rows). Ten times faster than row by
row. Imports nothing but DuckDB, so that it starts at once; -P keeps this folder, which has a duckdb.py, off its path.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb


def copy(file: str, query: str, target: str) -> None:
    spec = find_spec("duckdb_extension_sqlite_scanner")
    assert spec is not None, "the scanner is among the requirements"
    home = Path(next(iter(spec.submodule_search_locations or ())))
    extension = home / "extensions" / f"v{duckdb.__version__}" / "sqlite_scanner.duckdb_extension"
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connection.execute(f"LOAD {_quoted(str(extension))}")
    connection.execute(f"ATTACH {_quoted(file)} AS store (TYPE sqlite, READ_ONLY)")
    connection.execute(f"COPY ({query}) TO {_quoted(target)} (FORMAT parquet)")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    copy(*sys.argv[1:])
