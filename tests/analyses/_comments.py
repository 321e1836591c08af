"""Answers whose comments were read, made by chance: who speaks of what, and what it does to the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from nineplus.mart.bins import with_bins
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import MART
from nineplus.model.themes import ThemeName
from tests.analyses._people import dataset

NAMES = (ThemeName("support", "Support"), ThemeName("support.speed", "Speed"), ThemeName("portal", "Portal"))


def read(
    rows: Sequence[Mapping[str, Any]],
    *,
    attributes: Sequence[str] = (),
    names: Sequence[ThemeName] = NAMES,
    **more: Any,
) -> Dataset:
    """`tests.analyses._people.dataset`, each row also with `said`: {theme: sentiment}, or None without a comment.

    `nothing`: there was a comment, and nothing to read in it. `unread`: a comment that was not read yet.
    """
    data = dataset(rows, attributes=attributes, **more)
    extra = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in ("ticket_category", "tier")} | {
        "commented": pa.array([row.get("said") is not None or bool(row.get("nothing")) for row in rows])
    }
    table = data.responses.to_pyarrow()
    for name, column in extra.items():
        table = table.append_column(name, column)
    readings, mentions = [], []
    for i, (row, month) in enumerate(zip(rows, table["month"].to_pylist(), strict=True)):
        if row.get("unread") or (row.get("said") is None and not row.get("nothing")):
            continue
        readings.append(
            {
                "response": f"r{i}",
                "month": month,
                "language": "en",
                "sentiment": row.get("feeling", "neutral"),
                "empty_because": row.get("nothing"),
                "contradicts": row.get("contradicts", False),
            }
        )
        for theme, sentiment in (row.get("said") or {}).items():
            mentions.append(
                {
                    "response": f"r{i}",
                    "month": month,
                    "theme": theme,
                    "sentiment": sentiment,
                    "sure": 0.9,
                    "salience": 1.0,
                }
            )
    return replace(
        data,
        responses=_complete(ibis.memtable(table)),
        response_reading=ibis.memtable(pa.Table.from_pylist(readings, schema=MART["response_reading"])),
        response_theme=ibis.memtable(pa.Table.from_pylist(mentions, schema=MART["response_theme"])),
        themes=tuple(names),
    )


def _complete(rows: ibis.Table) -> ibis.Table:
    missing = {
        name: ibis.null(kind)
        for name, kind in ibis.Schema.from_pyarrow(MART["responses"]).items()
        if name not in rows.columns
    }
    return with_bins(rows.mutate(**missing))


def world(*, seed: int, n: int = 1500, accounts: int = 300, support: float = -1.2, start: datetime | None = None):
    """Rows. Bad support hurts by `support` on a latent scale; the portal hurts nobody and is mostly mentioned beside
    it; price is spoken of now and then, both well and badly. A third write nothing. Weeks of 2025."""
    dice = np.random.default_rng(seed)
    mood = dice.normal(0, 0.4, accounts)
    rows = []
    for _ in range(n):
        account = int(dice.integers(accounts))
        bad, price = dice.random() < 0.2, dice.random() < 0.2
        portal = dice.random() < (0.6 if bad else 0.05)
        silent = dice.random() < 0.33
        latent = mood[account] + dice.normal(0, 0.9) + support * bad + 0.3 * price
        said: dict[str, str] = {}
        if bad:
            said[str(dice.choice(["support.speed", "support.courtesy", "support"]))] = "negative"
        if portal:
            said["portal"] = "negative"
        if price:
            said["pricing"] = str(dice.choice(["positive", "mixed", "neutral"]))
        rows.append(
            {
                "score": 9 if latent > -0.1 else 7 if latent > -0.8 else 3,
                "account": f"account {account}",
                "at": (start or datetime(2025, 1, 6, tzinfo=UTC)) + timedelta(hours=float(dice.integers(0, 24 * 360))),
                "said": None if silent else said,
                "plan": ["starter", "growth"][account % 2],
            }
        )
    return rows
