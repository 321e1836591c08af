"""What the systems that customers are kept in are told of cases: a task when one is opened, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, Q

from nineplus.model.cases import OUTCOMES
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.act.cases.reading import customer_of
from nineplus.stages.capture.people import addresses
from nineplus.stages.connect.syncing import back
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case
from nineplus.store.models.cases import CaseState


def told(pk: int, *, now: datetime) -> int:
    """Have the customer's records over there say how their follow-up stands; how many changes that is.

    Safe to repeat: what stands there is set, and a case has one task. What each system is told is its own setting.
    """
    if not back.writes():
        return 0
    case = Case.objects.select_related("account", "contact", "owner").filter(pk=pk).first()
    if case is None:
        return 0
    done = 0
    for contact, account in ((case.contact_id, None), (None, case.account_id)):
        if contact or account:
            words = in_words(_standing(contact, account), now=now)
            done += back.followed(contact=contact, account=account, words=words, now=now)
    if case.state != CaseState.CLOSED:
        done += _tasks(case, now=now)
    return done


def all_open(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """The same for every case that is open, after writing back was switched on; how many changes that is."""
    done = 0
    for pk in Case.objects.exclude(state=CaseState.CLOSED).order_by("pk").values_list("pk", flat=True):
        if stopping():
            break
        done += told(pk, now=now)
    return done


def in_words(case: Case | None, *, now: datetime) -> str:
    """How a follow-up stands, as the property over there says it."""
    if case is None:
        return ""
    whose = f", {name_of(case.owner)}" if case.owner else ""
    if case.state == CaseState.CLOSED:
        return f"closed: {OUTCOMES.get(case.outcome, case.outcome).lower()}"
    if case.state == CaseState.WAITING:
        return f"waiting for the customer{whose}"
    state = "in work" if case.state == CaseState.WORKING else "open"
    due = f", due {case.next_at.astimezone(preferences().zone):%Y-%m-%d}" if case.next_at else ""
    return f"{state}{whose}{due}"


def _standing(contact: int | None, account: int | None) -> Case | None:
    """The case that tells how they stand: an open one, the soonest due, else the last that was closed."""
    mine = Case.objects.select_related("owner").filter(Q(contact=contact) if contact else Q(account=account))
    mine = mine.filter(merged_into=None)
    open_ = mine.exclude(state=CaseState.CLOSED).order_by(F("next_at").asc(nulls_last=True), "pk").first()
    return open_ or mine.order_by("-closed_at", "-pk").first()


def _tasks(case: Case, *, now: datetime) -> int:
    text = "\n".join(filter(None, (case.about, *case.because, _address(case))))
    title = f"Follow up with {customer_of(case)}"
    made = 0
    for connection in back.tasked():
        made += back.task(
            connection,
            key=f"case-{case.pk}",
            contact=case.contact_id,
            account=case.account_id,
            title=title,
            text=text,
            due_at=case.due_at,
            owner=back.owner_there(connection, email=case.owner.email) if case.owner else "",
            now=now,
        )
    return made


def _address(case: Case) -> str:
    try:
        return f"{addresses.base()}/loop/{case.pk}/"
    except NotPossible:  # nobody has set the public address
        return ""
