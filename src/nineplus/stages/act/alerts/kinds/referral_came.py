"""An advocate referred somebody, and it counts: told to whoever has the programme, else the owners of the company."""

from __future__ import annotations

from datetime import datetime

from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import company_owners, knowing
from nineplus.stages.govern import sample
from nineplus.store.models import Lead
from nineplus.store.models.advocates import LeadState

NAME, TITLE = "referral_came", "An advocate referred somebody"
SAYS = "Who looks after the programme, else the owners of the company, once a referral."
PATH = "/loop/advocates/"


def look(lead: int, *, now: datetime) -> int:
    """Tell of this referral; how many are told. Safe to repeat."""
    row = told_of(lead)
    if row is None or row.state == LeadState.REFUSED:
        return 0
    of = f" ({row.company})" if row.company else ""
    return tell(
        kind=NAME,
        subject=f"lead-{row.pk}",
        period="",
        title=f"{who_referred(row)} referred {row.name}{of}",
        detail=" ".join(row.doubts),
        path=PATH,
        whom=whom(row),
        account=row.advocate.contact.account_id,
        contact=row.advocate.contact_id,
        now=now,
    )


def told_of(lead: int) -> Lead | None:
    """This referral; None for one that is gone, by somebody who was erased, or by somebody of the sample company."""
    rows = Lead.objects.select_related("advocate__contact__account", "programme")
    known = rows.filter(advocate__contact__erased_at=None).exclude(advocate__contact__source=sample.SOURCE)
    return known.filter(pk=lead).first()


def who_referred(lead: Lead) -> str:
    """Name and company, as far as they are known."""
    who = lead.advocate.contact
    return (who.name or "A customer") + (f" ({who.account.name})" if who.account and who.account.name else "")


def whom(lead: Lead) -> set[int]:
    """Who looks after the programme and may know who customers are; else the owners of the company."""
    owner = lead.programme.owner_id
    return (knowing({owner}) if owner else set()) or company_owners()
