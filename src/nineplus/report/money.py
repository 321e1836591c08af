"""What the accounts pay, as context: recurring revenue by month. No claim that loyalty moved it."""

from __future__ import annotations

from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Kind, Table
from nineplus.render import numbers

MONTHS = 12
_PARTS = {
    "new": "New",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churn",
}


def money_table(data: Dataset) -> Table | None:
    """Monthly recurring revenue and its movements over the last twelve months, by currency; None without any."""
    months = data.account_months
    if months is None:
        return None
    sums = {part: months[f"{part}_minor"].sum() for part in _PARTS}
    grouped = months.group_by("currency", "month").agg(
        accounts=(months.mrr_minor > 0).sum(), mrr=months.mrr_minor.sum(), **sums
    )
    rows = sorted(grouped.to_pyarrow().to_pylist(), key=lambda row: (row["currency"] or "", row["month"]))
    if not rows:
        return None
    last = sorted({row["month"] for row in rows})[-MONTHS:]
    return Table(
        name="money",
        title="Recurring revenue by month",
        columns=(
            Column("month", "Month", Kind.MONTH),
            Column("accounts", "Paying accounts", Kind.COUNT),
            Column("mrr", "Per month"),
            *(Column(part, title) for part, title in _PARTS.items()),
        ),
        rows=tuple(
            {"month": row["month"], "accounts": row["accounts"]}
            | {part: numbers.money(row[part], row["currency"] or "") for part in ("mrr", *_PARTS)}
            for row in rows
            if row["month"] in last
        ),
        note="Context only: that revenue and loyalty move together does not say which moved which.",
    )
