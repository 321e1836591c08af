"""Asking again after a case was closed: is it well now? By a survey that is asked by hand, under its own rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from nineplus.rules.asking import PASSING
from nineplus.stages.act.cases import history, policy
from nineplus.stages.capture.asking import inviting
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Case, Survey
from nineplus.store.models.cases import CaseEntryKind, CaseState

_PORTION = 100
_LATER = timedelta(days=7)
_GIVEN_UP = timedelta(days=120)


def wanted(now: datetime) -> bool:
    """Is anybody to be asked again by now? One cheap look."""
    return _due(now).exists()


def ask_due(*, now: datetime) -> int:
    """Ask everybody whose time has come, if the survey's rules allow; how many were asked. Safe to repeat.

    Who may not be asked for a reason that passes is looked at again a week later, for four months.
    """
    if not wanted(now):
        return 0
    chosen = policy.current().recovery_survey
    survey = Survey.objects.select_related("current").filter(pk=chosen).first() if chosen else None
    asked = 0
    for pk in _due(now).order_by("recovery_at", "pk").values_list("pk", flat=True)[:_PORTION]:
        asked += _ask(pk, survey, now=now)
    return asked


def _ask(pk: int, survey: Survey | None, *, now: datetime) -> int:
    case = Case.objects.filter(pk=pk).first()
    if case is None or case.contact_id is None or survey is None:
        return _put_off(pk, "Not asked again: no survey is chosen for it, or nobody to be asked is known.", now=now)
    try:
        occasion = f"recovery:{pk}:{case.recovery_at:%Y%m%d}"  # decided under that name once
        [became] = inviting.invite(survey, contacts=[case.contact_id], occasion=occasion, now=now)
    except NotPossible as problem:
        return _put_off(pk, f"Not asked again: {problem}", now=now)
    if became.reason:
        passes = became.reason in PASSING and case.closed_at is not None and now - case.closed_at < _GIVEN_UP
        return _put_off(pk, f"Not asked again: {became.says}", now=now, until=now + _LATER if passes else None)
    with transaction.atomic():
        case = history.hold(pk)
        history.put(case, recovery_id=became.invitation, recovery_at=None)
        words = f"They are asked again: {survey.name}"
        history.write(case, CaseEntryKind.ASKED, now=now, data={"words": words}, key=f"asked:{became.invitation}")
    return 1


def _put_off(pk: int, words: str, *, now: datetime, until: datetime | None = None) -> int:
    with transaction.atomic():
        case = history.hold(pk)
        history.put(case, recovery_at=until)
        if until is None:
            history.write(case, CaseEntryKind.ASKED, now=now, data={"words": words})
    return 0


def _due(now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state=CaseState.CLOSED, recovery=None, recovery_at__lte=now)
