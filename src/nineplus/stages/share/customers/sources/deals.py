"""Deals, as the sales system keeps them, when they were closed or, still open, when they began."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Coalesce

from nineplus.render import numbers
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, named, newest
from nineplus.store.models import Deal


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = of.of(Deal.objects.select_related("contact"))
    rows = rows.annotate(moment=Coalesce("closed_at", "created_at")).exclude(moment=None)
    return [_entry(row) for row in newest(rows, "moment", bound, limit)]


def _entry(row: Deal) -> Entry:
    moment = row.closed_at or row.created_at
    assert moment is not None
    state = "won" if row.is_won else "lost" if row.is_closed else row.stage or "open"
    amount = f", {numbers.money(row.amount_minor, row.currency)}" if row.amount_minor and row.currency else ""
    return Entry(
        at=moment,
        id=row.pk,
        title=f"Deal {state}{amount}",
        text=row.name,
        tone="good" if row.is_won else "bad" if row.is_closed and row.is_won is False else "",
        contact=named(row.contact),
    )


SOURCE = Source(name="deals", title="Deals", icon="money", read=read, place=5)
