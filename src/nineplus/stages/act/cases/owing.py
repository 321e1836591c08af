"""What a case owes its customer, and by when.

Three things may be owed: the first contact, an answer (they wrote, or the case was opened again, and nobody was in
contact since), and what was promised. The earliest counts. While a case waits for the customer nothing is owed but what
was late already when the wait began: waiting makes nothing good.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from nineplus.stages.act.cases import history, policy
from nineplus.store.models import Case, CaseEntry, CaseMail
from nineplus.store.models.cases import CaseEntryKind, CaseState


def next_due(case: Case) -> datetime | None:
    """When the next thing is owed; None while nothing is."""
    if case.state == CaseState.CLOSED:
        return None
    owed = [None if case.contacted_at else case.due_at, _answer_due(case), case.promised_for]
    waits = _waits_since(case)
    return min((at for at in owed if at and (waits is None or at <= waits)), default=None)


def first_contact_due(case: Case, *, now: datetime) -> datetime:
    """By when the first contact is due, by the hours of whoever has the case; what is late by now stays late."""
    return case.due_at if late(case, now=now) else policy.due_time(case)


def late(case: Case, *, now: datetime) -> bool:
    """Is the first contact late by now, or was it when the wait began?"""
    return not case.contacted_at and case.due_at <= (_waits_since(case) or now)


def put(case: Case, **changes: Any) -> None:
    """Write these columns, with what is owed after that. Raises Conflict as `history.put` does."""
    for name, value in changes.items():
        setattr(case, name, value)
    history.put(case, **changes, next_at=next_due(case))


def contacts(case: Case) -> QuerySet[CaseEntry]:
    """Its history's contacts that were such, with those of cases that became part of it.

    Left out are those that were taken back, and letters that came back.
    """
    told = _entries(case).filter(kind__in=(CaseEntryKind.CONTACT, CaseEntryKind.SENT))
    back = [data["back"] for data in _entries(case).filter(key__startswith="back-").values_list("data", flat=True)]
    bounced = CaseMail.objects.filter(case=case, settled="bounced").values_list("pk", flat=True)
    return told.exclude(pk__in=back).exclude(key__in=[f"mail:{pk}" for pk in bounced])


def _answer_due(case: Case) -> datetime | None:
    """They wrote or it was opened again, and nobody was in contact since: as much time as for the first contact."""
    since = _entries(case).filter(kind__in=(CaseEntryKind.CAME, CaseEntryKind.REOPENED))
    if (last := contacts(case).order_by("-at", "-pk").first()) is not None:
        since = since.filter(Q(at__gt=last.at) | Q(at=last.at, pk__gt=last.pk))
    began = since.order_by("at", "pk").values_list("at", flat=True).first()
    return policy.due_time(case, start=began) if began else None


def _entries(case: Case) -> QuerySet[CaseEntry]:
    """Its history, with that of what became part of it."""
    return CaseEntry.objects.filter(Q(case=case) | Q(case__merged_into=case))


def _waits_since(case: Case) -> datetime | None:
    if case.state != CaseState.WAITING or not case.pauses:
        return None
    return datetime.fromisoformat(case.pauses[-1][0])
