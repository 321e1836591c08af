"""Money: what the account pays a month, and when that changed."""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.render import numbers
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, newest
from nineplus.store.models import Movement
from nineplus.store.models.connect import MovementKind

_WORDS = {
    MovementKind.NEW: "Became a customer",
    MovementKind.EXPANSION: "Pays more",
    MovementKind.CONTRACTION: "Pays less",
    MovementKind.CHURN: "Left",
    MovementKind.RENEWAL: "Renewed",
    MovementKind.REACTIVATION: "Came back",
}
_TONES = {
    MovementKind.CHURN: "bad",
    MovementKind.CONTRACTION: "bad",
    MovementKind.EXPANSION: "good",
    MovementKind.RENEWAL: "good",
    MovementKind.REACTIVATION: "good",
}


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    if of.contact is not None:
        return ()
    rows = Movement.objects.filter(account=of.account).select_related("subscription")
    return [_entry(row) for row in newest(rows, "at", bound, limit)]


def _entry(row: Movement) -> Entry:
    kind = MovementKind(row.kind)
    amount = f": {numbers.money(row.amount_minor, row.currency)} a month" if row.amount_minor else ""
    return Entry(
        at=row.at,
        id=row.pk,
        title=_WORDS[kind] + amount,
        text=row.subscription.plan if row.subscription else "",
        tone=_TONES.get(kind, ""),
    )


SOURCE = Source(name="money", title="Money", icon="money", read=read, place=4)
