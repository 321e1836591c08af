"""What the accounts pay, as context. No claim that loyalty moved it."""

from __future__ import annotations

from datetime import date

import ibis

from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Kind, Table
from nineplus.render import numbers

_PARTS = {"new": "New", "expansion": "Expansion", "contraction": "Contraction", "churn": "Churn", "renewed": "Renewed"}


def money_table(data: Dataset) -> Table | None:
    """Recurring revenue now and its movements of the last twelve months, one row per currency; None without any.

    `account_months` has a row per account and month in which revenue moved: what an account pays now is its
    latest row.
    """
    months = data.account_months
    if months is None:
        return None
    last = months.month.max().to_pyarrow().as_py()
    if last is None:
        return None
    since = date(last.year - 1 + last.month // 12, last.month % 12 + 1, 1)
    recent = months.month >= ibis.date(since.isoformat())
    latest = months.group_by("currency", "account").agg(mrr=months.mrr_minor.argmax(months.month))
    now = latest.group_by("currency").agg(accounts=(latest.mrr > 0).sum(), mrr=latest.mrr.sum())
    sums = {part: months[f"{part}_minor"].sum(where=recent).fill_null(0) for part in _PARTS}
    moved = {row["currency"]: row for row in months.group_by("currency").agg(**sums).to_pyarrow().to_pylist()}
    rows = sorted(now.to_pyarrow().to_pylist(), key=lambda row: -(row["accounts"] or 0))
    return Table(
        name="money",
        title="What the accounts pay",
        columns=(
            Column("currency", "Currency"),
            Column("accounts", "Paying accounts", Kind.COUNT),
            Column("mrr", "Per month"),
            *(Column(part, title) for part, title in _PARTS.items()),
        ),
        rows=tuple(
            {"currency": row["currency"] or "not known", "accounts": row["accounts"] or 0}
            | {"mrr": numbers.money(row["mrr"], row["currency"] or "")}
            | {part: numbers.money(moved[row["currency"]][part], row["currency"] or "") for part in _PARTS}
            for row in rows
        ),
        note=(
            f"Movements from {numbers.month(since)} to {numbers.month(last)}. Context only: that revenue and loyalty "
            "move together does not say which moved which."
        ),
    )
