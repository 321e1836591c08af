"""A case is late: told to its owner and whom the escalation chain names; with neither, to the owners of the company.

Once for each step of the chain and what was owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.alerts.whom import company_owners, knowing
from nineplus.store.models import Case
from nineplus.store.models.cases import CaseState

NAME, TITLE = "overdue_case", "A case is overdue"
SAYS = "Its owner and whom the escalation chain names, else the owners of the company: once a step of the chain."


def look(case: int, *, level: int, people: Sequence[int], now: datetime) -> int:
    """Tell of this late case; how many are told. Safe to repeat."""
    row = Case.objects.select_related("account").filter(pk=case).exclude(state=CaseState.CLOSED).first()
    if row is None:
        return 0
    whom = knowing({*people, *([row.owner_id] if row.owner_id else [])}) or company_owners()
    of = f" ({row.account.name})" if row.account else ""
    owed = row.next_at.isoformat(timespec="minutes")[:16] if row.next_at else ""
    return tell(
        kind=NAME,
        subject=f"case-{row.pk}",
        period=f"{level} {owed}",
        title=f"Case {row.pk}{of} is overdue",
        path=f"/loop/{row.pk}/",
        whom=whom,
        account=row.account_id,
        contact=row.contact_id,
        now=now,
    )
