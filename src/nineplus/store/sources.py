"""The store as canonical rows (mart.schema.SOURCES), read where it lies by DuckDB, and what changed since when.

Keys are the rows' own ids as text; an account's is its external id, so that the same company has the same key,
hence the same jackknife bucket, whether its data came through the store or straight from a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection as store

from nineplus import mart
from nineplus.store import models

if TYPE_CHECKING:
    from nineplus.mart.store_rows import StoreRows


@contextmanager
def opened(*, memory_limit: str | None = None) -> Iterator[StoreRows]:
    """The store's rows, readable until the block ends; nothing is copied or locked."""
    mart.warm()
    from nineplus.mart.store_rows import StoreRows

    with StoreRows(**_address(), memory_limit=memory_limit) as rows:
        yield rows


def account_key(account_id: int) -> str | None:
    """How the mart names this account; None when there is no such account. As StoreRows has it for all."""
    account = models.Account.objects.filter(pk=account_id).values("source", "external_id").first()
    if account is None:
        return None
    namesakes = models.Account.objects.filter(external_id=account["external_id"], pk__lt=account_id)
    return f"{account['source']}:{account['external_id']}" if namesakes.exists() else account["external_id"]


def _address() -> dict[str, str]:
    settings = store.settings_dict
    if store.vendor == "sqlite":
        return {"sqlite_path": str(settings["NAME"])}
    parts = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    return {"postgres_dsn": " ".join(f"{name}={_libpq(value)}" for name, value in parts.items() if value)}


def _libpq(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
