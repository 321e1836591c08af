"""Referrals: whom a customer sent to us, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from nineplus.render import numbers
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, Step, named, newest
from nineplus.store.models import Lead
from nineplus.store.models.advocates import LeadState

_TONES = {LeadState.WON: "good"}


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    mine = Q(advocate__contact=of.contact) if of.contact else Q(advocate__contact__account=of.account)
    rows = Lead.objects.filter(mine).select_related("advocate__contact")
    return [_entry(row) for row in newest(rows, "at", bound, limit)]


def _entry(row: Lead) -> Entry:
    whom = ", ".join(part for part in (row.name, row.company) if part) or "somebody"
    worth = row.value_minor is not None and row.currency
    settled = [Step(row.settled_at, row.get_state_display())] if row.settled_at else []
    return Entry(
        at=row.at,
        id=row.pk,
        title=f"Referred {whom}: {LeadState(row.state).label.lower()}",
        text=row.why,
        tone=_TONES.get(LeadState(row.state), ""),
        address="/loop/advocates/",
        contact=named(row.advocate.contact),
        facts=(("won", numbers.money(row.value_minor or 0, row.currency)),) if worth else (),
        steps=tuple(settled),
    )


SOURCE = Source(name="referrals", title="Referrals", icon="loop", read=read, place=4)
