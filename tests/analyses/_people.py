"""Responses made by hand or by chance, as the mart would hand them to an analysis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from nineplus.mart.dataset import Attribute, Dataset
from nineplus.mart.schema import BUCKETS, INSTANT

TEXT = ("touchpoint", "survey", "channel", "language", "account", "contact")


def dataset(rows: Iterable[Mapping[str, Any]], *, attributes: Sequence[str] = (), **more: Any) -> Dataset:
    """One response per mapping: `score`, and optionally `at`, `account`, `contact`, `touchpoint`, attribute slugs."""
    given = list(rows)
    accounts: dict[str, int] = {}
    columns: dict[str, list[Any]] = {
        name: [] for name in ("response", "answered_at", "month", "score", "cluster", "bucket")
    }
    columns |= {name: [] for name in TEXT} | {f"a_{slug}": [] for slug in attributes}
    for i, row in enumerate(given):
        at = row.get("at", datetime(2024, 3, 5, 12, tzinfo=UTC))
        who = row.get("account") or row.get("contact") or f"response {i}"
        cluster = accounts.setdefault(who, len(accounts) + 1)
        columns["response"].append(f"r{i}")
        columns["answered_at"].append(at)
        columns["month"].append(date(at.year, at.month, 1))
        columns["score"].append(row["score"])
        columns["cluster"].append(cluster)
        columns["bucket"].append(cluster % BUCKETS)
        for name in TEXT:
            columns[name].append(row.get(name))
        for slug in attributes:
            columns[f"a_{slug}"].append(row.get(slug))
    kinds = {
        "answered_at": INSTANT,
        "month": pa.date32(),
        "score": pa.int8(),
        "cluster": pa.int64(),
        "bucket": pa.int16(),
    }
    table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
    known = [Attribute.of(slug) for slug in attributes]
    if len({row.get("touchpoint") for row in given}) > 1:
        known.append(Attribute("touchpoint", "Touchpoint", "touchpoint"))
    return Dataset(responses=ibis.memtable(table), attributes=tuple(known), **more)


def scores(detractors: int, passives: int, promoters: int) -> list[int]:
    """That many answers of each group, spread over its scores."""
    return (
        [i % 7 for i in range(detractors)]
        + [7 + i % 2 for i in range(passives)]
        + [9 + i % 2 for i in range(promoters)]
    )


def company(
    *,
    seed: int,
    accounts: int = 60,
    contacts: int = 4,
    months: int = 12,
    level: Mapping[int, float] | None = None,
    mood: float = 0.6,
) -> list[dict[str, Any]]:
    """Accounts whose contacts answer once a month with a chance of one half and share a mood (latent scale).

    `level` adds to the latent scale from a month on (month number -> shift). Without shifts about 55 % are
    promoters and 20 % detractors.
    """
    random = np.random.default_rng(seed)
    rows = []
    feeling = random.normal(0, mood, accounts)
    for month in range(months):
        shift = sum(by for since, by in (level or {}).items() if month >= since)
        start = datetime(2023 + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        for account in range(accounts):
            for contact in range(contacts):
                if random.random() < 0.5:
                    continue
                latent = feeling[account] + random.normal(0, np.sqrt(1 - mood**2)) + shift
                score = 9 if latent > -0.126 else 7 if latent > -0.842 else 3
                rows.append(
                    {
                        "score": score,
                        "at": start + timedelta(hours=float(random.integers(0, 28 * 24))),
                        "account": f"account {account}",
                        "contact": f"contact {account}.{contact}",
                    }
                )
    return rows
