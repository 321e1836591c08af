"""A case was given to somebody, by a colleague, a rule or in turn: told to them. Not when they took it themselves."""

from __future__ import annotations

from datetime import datetime

from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.cases import reading
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.govern import sample
from nineplus.store.models import Case, CaseEntry
from nineplus.store.models.cases import CaseEntryKind, CaseState
from nineplus.store.questions import Question, integer

NAME, TITLE = "case_assigned", "A case was given to you"
SAYS = "Whoever has it now, unless they took it themselves."


_GIVEN = Question(
    lambda: Case.objects.select_related("account", "contact", "owner").filter(pk=integer("pk"), owner__isnull=False)
)


def look(case: int, *, now: datetime) -> int:
    """Tell whoever the case was given to last; how many are told. Safe to repeat."""
    row = _GIVEN.first(pk=case)
    if row is None or row.state == CaseState.CLOSED or row.answers.filter(response__source=sample.SOURCE).exists():
        return 0
    given = CaseEntry.objects.filter(case=row, kind=CaseEntryKind.OWNER).select_related("by").order_by("-pk").first()
    if given is None or given.data.get("to") != row.owner_id or given.by_id == row.owner_id:
        return 0
    opener = CaseEntry.objects.filter(case=row, kind=CaseEntryKind.OPENED).values_list("by", flat=True).first()
    if given.at == row.opened_at and opener == row.owner_id:
        return 0  # they opened it for themselves
    by = f" by {name_of(given.by)}" if given.by else ""
    return tell(
        kind=NAME,
        subject=f"case-{row.pk}",
        period=f"entry {given.pk}",
        title=f"Case {row.pk} ({reading.customer_of(row)}) was given to you{by}",
        detail=given.text,
        path=f"/loop/{row.pk}/",
        whom=[row.owner_id] if row.owner_id else [],
        account=row.account_id,
        contact=row.contact_id,
        now=now,
    )
