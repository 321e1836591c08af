"""Opening cases: from an answer, or because somebody or something says so. One open case of a customer and reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from nineplus.model.cases import PRIORITIES, CasePolicy
from nineplus.rules.cases import Matter, priority_of
from nineplus.stages.act.cases import history, owing, owning, policy
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import sample
from nineplus.stages.govern.rates import rates
from nineplus.stats import scale
from nineplus.store.models import (
    Account,
    Case,
    CaseAnswer,
    CaseEntry,
    Contact,
    Movement,
    Response,
    Subscription,
    User,
)
from nineplus.store.models.cases import CaseEntryKind, CaseState
from nineplus.store.money import paid_monthly_in_one
from nineplus.store.questions import Question, instant, integer, text

DETRACTOR = "detractor"
BY_HAND = "by_hand"
REASONS = {DETRACTOR: "Unhappy answer", BY_HAND: "Opened by hand"}
"""Why cases are opened, in words; rules bring reasons of their own."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The case, and whether it is new: else an open one of that customer and reason took it in."""

    case: Case
    new: bool


def from_answer(response: int, *, now: datetime) -> Opened | None:
    """What this answer means for its customer: a new case, another answer to an open one, or nothing (None).

    Safe to repeat. An anonymous or erased person's answer cannot be followed up. History that came with a file is not,
    and neither is the sample company's, nor what was said longer ago than the policy says.
    """
    row = _ANSWER.first(pk=response)
    if row is None:  # most answers, with one question asked
        return None
    held = policy.current()
    if _PART_OF_A_CASE.any(response=row.pk):
        return _changed(row, now=now)
    if not held.from_answers or scale.group_of(row.score) is not scale.Group.DETRACTOR or _is_history(row, held, now):
        return None
    erased = row.contact is not None and row.contact.erased_at is not None
    if row.anonymous or erased or (row.contact is None and row.account is None):
        return None
    return open_case(
        account=row.account or (row.contact.account if row.contact else None),
        contact=row.contact,
        reason=DETRACTOR,
        response=row,
        now=now,
    )


_UNHAPPY = Q(score__lte=scale.DETRACTOR_TO) | Q(changed_at__isnull=False)
_ANSWER = Question(
    lambda: Response.objects.select_related("survey", "account__owner", "contact").filter(_UNHAPPY, pk=integer("pk"))
)
_PART_OF_A_CASE = Question(lambda: CaseAnswer.objects.filter(response=integer("response")).values_list("pk")[:1])


def worth_a_look(responses: Collection[int]) -> list[int]:
    """Those of these that may open a case or change one: detractors, and whoever changed their score."""
    return list(Response.objects.filter(_UNHAPPY, pk__in=responses).values_list("pk", flat=True))


def open_case(
    *,
    account: Account | None,
    contact: Contact | None,
    reason: str,
    response: Response | None = None,
    about: str = "",
    note: str = "",
    by: User | None = None,
    owner: int | None = None,
    team: str = "",
    priority: str = "",
    now: datetime,
) -> Opened:
    """Open a case for this customer, or have the one that is open for that reason take this in.

    `owner` names a colleague; else it is given by the rules, within `team` when one is named. Raises NotPossible.
    """
    if account is None and contact is None:
        raise NotPossible("Say for which account or contact.")
    if contact is not None and contact.erased_at:
        raise NotPossible("The person was erased: nobody can follow that up.")
    if priority and priority not in PRIORITIES:
        raise NotPossible(f"There is no priority {priority!r}. There are: {', '.join(PRIORITIES)}.")
    make = _Making(account, contact, reason, response, about, note, by, owner, team, priority, now)
    with transaction.atomic():
        return _taken_in(make) or _new(make)


@dataclass(frozen=True, slots=True)
class _Making:
    account: Account | None
    contact: Contact | None
    reason: str
    response: Response | None
    about: str
    note: str
    by: User | None
    owner: int | None
    team: str
    priority: str
    now: datetime

    @property
    def slot(self) -> str:
        account, contact = (self.account and self.account.pk), (self.contact and self.contact.pk)
        return history.slot_of(account=account, contact=contact, reason=self.reason)


def _open(whose: Q) -> QuerySet[Case, int]:
    mine = Case.objects.filter(Q(slot=text("slot")) | whose, reason=text("reason")).exclude(state=CaseState.CLOSED)
    return mine.order_by("pk").values_list("pk", flat=True)[:1]


_OPEN_OF_ACCOUNT = Question(lambda: _open(Q(account=integer("whose"))))
_OPEN_OF_CONTACT = Question(lambda: _open(Q(account=None, contact=integer("whose"))))


def _taken_in(make: _Making) -> Opened | None:
    """The open case that there is, with this answer in it."""
    found = _OPEN_OF_ACCOUNT if make.account else _OPEN_OF_CONTACT
    whose = make.account or make.contact
    pk = found.first(slot=make.slot, whose=whose and whose.pk, reason=make.reason)
    if pk is None:
        return None
    case = history.hold(pk)
    if case.state == CaseState.CLOSED:  # while we waited for it: nobody would look at what it took in
        return _taken_in(make)
    if make.response is not None and _joins(case, make.response, now=make.now):
        _more_urgent(case, make.now)
    if make.note.strip():
        history.write(case, CaseEntryKind.NOTE, now=make.now, by=make.by, text=make.note.strip())
    return Opened(case, new=False)


def _new(make: _Making) -> Opened:
    held, now = policy.current(), make.now
    level, why = priority_of(_matter(make.account, make.response, now=now), held)
    if make.priority:
        level, why = make.priority, ("It was said so when the case was opened.",)
    case = Case(
        account=make.account,
        contact=make.contact,
        reason=make.reason[:40],
        slot=make.slot,
        about=(make.about.strip() or _about(make.response))[:300],
        team=make.team[:60],
        priority=level,
        because=list(why),
        answered_at=make.response.answered_at if make.response else None,
        opened_at=now,
        minutes=held.minutes_for(level),
        due_at=now,
    )
    if make.owner is not None:
        case.owner, given_why = owning._able(make.owner), ""
    else:
        given = owning.give(account=make.account, team=make.team, now=now)
        case.owner_id, given_why = given.to, given.why
    case.calendar = policy.calendar_for(case.owner_id, held)
    case.due_at = case.next_at = policy.due_time(case)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:  # opened by somebody else at the same moment
        again = _taken_in(make)
        if again is None:
            raise
        return again
    opened = {"priority": level, "because": list(why), "due_at": case.due_at.isoformat()}
    history.begin(case, now=now, by=make.by, text=make.note.strip(), data=opened, owner=given_why)
    if make.response is not None:
        CaseAnswer.objects.create(case=case, response=make.response, at=now)
    history.tell(case, "case.opened", now=now)
    return Opened(case, new=True)


_TAKEN_IN = Question(
    lambda: CaseAnswer.objects.filter(case=integer("case"), response=integer("response")).values_list("pk")[:1]
)


def _joins(case: Case, response: Response, *, now: datetime) -> bool:
    fresh = False
    if not _TAKEN_IN.any(case=case.pk, response=response.pk):
        _, fresh = CaseAnswer.objects.get_or_create(case=case, response=response, defaults={"at": now})
    if fresh:
        Case.objects.filter(pk=case.pk).update(revision=0)
        data = {"response": response.pk, "score": response.score}
        history.write(case, CaseEntryKind.JOINED, now=now, data=data, key=f"answer:{response.pk}")
        history.tell(case, "case.changed", now=now, what="answer")
    return fresh


def _changed(row: Response, *, now: datetime) -> Opened | None:
    """They changed the score of an answer that a case is about: it is written down, nothing is opened or closed."""
    with transaction.atomic():
        mine = CaseAnswer.objects.filter(response=row).exclude(case__state=CaseState.CLOSED)
        pk = mine.order_by("case").values_list("case", flat=True).first()
        if pk is None or row.changed_at is None:
            return None
        case = history.hold(pk)
        if row.score == _told_last(case, row):  # they said more, at most: that stands with the answer
            return Opened(case, new=False)
        data = {"response": row.pk, "score": row.score, "changed": True}
        key = f"score:{row.pk}:{row.changed_at.isoformat()}"
        history.write(case, CaseEntryKind.JOINED, now=now, data=data, key=key)
        return Opened(case, new=False)


def _told_last(case: Case, row: Response) -> int:
    """The score of this answer that the case's history told last, or that it was opened with."""
    told = CaseEntry.objects.filter(case=case, kind=CaseEntryKind.JOINED, data__response=row.pk).order_by("-pk")
    if (last := told.values_list("data__score", flat=True).first()) is not None:
        return int(last)
    earlier = (one for one in row.signals.get("earlier", ()) if datetime.fromisoformat(one["until"]) > case.opened_at)
    return int(next(earlier, {"score": row.score})["score"])


def _more_urgent(case: Case, now: datetime) -> None:
    """More unhappy answers make it more urgent, never less; what was due stays due, or is due sooner."""
    held = policy.current()
    level, why = priority_of(_matter(case.account, None, now=now, case=case), held)
    if PRIORITIES.index(level) >= PRIORITIES.index(case.priority):
        if level == case.priority and list(why) != case.because:
            history.put(case, because=list(why))
        return
    before = case.priority
    history.put(case, priority=level, because=list(why), minutes=min(case.minutes, held.minutes_for(level)))
    if not case.contacted_at:
        owing.put(case, due_at=policy.due_time(case))
    data = {"from": before, "to": level, "because": list(why)}
    history.write(case, CaseEntryKind.PRIORITY, now=now, data=data)


def _renewals() -> QuerySet[Subscription, datetime]:
    now = instant("now")
    running = Subscription.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), account=integer("account"))
    return running.filter(renews_at__gte=now).order_by("renews_at").values_list("renews_at", flat=True)[:1]


_RENEWS = Question(_renewals)
_PAID = Question(
    lambda: Movement.objects.filter(account=integer("account")).values_list("currency", flat=True).distinct()
)


def _matter(account: Account | None, response: Response | None, *, now: datetime, case: Case | None = None) -> Matter:
    scores = [response.score] if response else []
    if case is not None:
        scores = list(Response.objects.filter(cases__case=case).values_list("score", flat=True))
    pays, renews = None, None
    if account is not None:
        pays = _pays(account, now=now)
        renews = _RENEWS.first(account=account.pk, now=now)
    return Matter(
        score=min(scores, default=None),
        pays_minor=pays,
        renews_in=renews - now if renews else None,
        answers=max(1, sum(score <= scale.DETRACTOR_TO for score in scores)),
    )


def _pays(account: Account, *, now: datetime) -> int | None:
    """A month, in the company's currency; None when nothing is known, or only in currencies without a rate."""
    known = rates()
    if not known.keys() & set(_PAID.all(account=account.pk)):
        return None
    found = next(iter(paid_monthly_in_one(rates=known, now=now).filter(account=account)), None)
    return int(found["mrr"]) if found else 0


def _about(response: Response | None) -> str:
    return f"{response.score} to {response.survey.name}" if response else ""


def _is_history(row: Response, held: CasePolicy, now: datetime) -> bool:
    told_long_ago = row.answered_at < now - timedelta(days=held.not_older_days)
    return told_long_ago or row.added_by_id is not None or row.source == sample.SOURCE
