"""Hand-made canonical rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from nineplus.mart.memory import dataset
from nineplus.mart.schema import SOURCES

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def day(days: float, hours: float = 0) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days, hours=hours)


def sources(**tables: list[dict]) -> dict[str, pa.Table]:
    return {name: pa.Table.from_pylist(rows, schema=SOURCES[name]) for name, rows in tables.items()}


def made(**tables: list[dict]):
    return dataset(sources(**tables), now=NOW)


def by_key(table, key: str) -> dict[str, dict]:
    return {row[key]: row for row in table.to_pyarrow().to_pylist()}
