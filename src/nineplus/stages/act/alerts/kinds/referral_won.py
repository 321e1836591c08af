"""Somebody who was referred became a customer: told to whoever has the programme, unless they said so themselves."""

from __future__ import annotations

from datetime import datetime

from nineplus.render import numbers
from nineplus.stages.act.alerts.kinds import referral_came
from nineplus.stages.act.alerts.telling import tell
from nineplus.store.models.advocates import LeadState

NAME, TITLE = "referral_won", "A referral became a customer"
SAYS = "Who looks after the programme, else the owners of the company, unless they said so themselves."


def look(lead: int, *, now: datetime) -> int:
    """Tell that this referral was won; how many are told. Safe to repeat."""
    row = referral_came.told_of(lead)
    if row is None or row.state != LeadState.WON or row.settled_at is None:
        return 0
    whom = referral_came.whom(row) - {row.settled_by_id}
    if not whom:
        return 0
    worth = row.value_minor is not None and row.currency
    return tell(
        kind=NAME,
        subject=f"lead-{row.pk}",
        period=row.settled_at.isoformat(),
        title=f"A referral of {referral_came.who_referred(row)} became a customer: {row.company or row.name}",
        detail=f"Worth {numbers.money(row.value_minor or 0, row.currency)}." if worth else "",
        path=referral_came.PATH,
        whom=whom,
        account=row.advocate.contact.account_id,
        contact=row.advocate.contact_id,
        now=now,
    )
