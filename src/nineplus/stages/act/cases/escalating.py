"""What the worker looks after by itself: late cases, owners who are gone, customers that became one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from nineplus.rules import cases as rules
from nineplus.stages.act.cases import history, owning, policy, recovering, replying, working
from nineplus.stages.govern import sample
from nineplus.store.models import Case, User
from nineplus.store.models.cases import CaseEntryKind, CaseState

_PORTION = 200


def wanted(now: datetime) -> bool:
    """Is anything owed, on its way or to be asked again? A cheap look."""
    open_ = Case.objects.exclude(state=CaseState.CLOSED)
    return open_.exists() or replying.unsettled() or recovering.wanted(now)


def look(*, now: datetime) -> dict[str, int]:
    """Look at everything that is open; how many cases had letters settled, went into the queue, became one …

    Safe to repeat: a step of the escalation is taken once.
    """
    return {
        "settled": replying.settle(now=now),
        "put_back": owning.put_back(now=now),
        "joined": made_one(now=now),
        "escalated": escalate(now=now),
        "asked": recovering.ask_due(now=now),
    }


def escalate(*, now: datetime) -> int:
    """Late cases take the steps of the chain that are reached: it is written down, and told as case.overdue."""
    held, done, last = policy.current(), 0, 0
    late = Case.objects.exclude(state=CaseState.CLOSED).filter(next_at__lt=now, level__lt=len(held.chain))
    late = late.exclude(account__source=sample.SOURCE)  # nobody is called because of somebody made up
    while ids := list(late.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_PORTION]):
        last = ids[-1]
        for pk in ids:
            with transaction.atomic():
                done += _escalated(history.hold(pk), now=now)
    return done


def _escalated(case: Case, *, now: datetime) -> int:
    chain = policy.current().chain
    if case.next_at is None or case.state == CaseState.CLOSED:
        return 0
    level = rules.late(
        due=case.next_at, chain=chain, calendar=policy.calendar(case.calendar), level=case.level, now=now
    )
    if level <= case.level:
        return 0
    people = sorted({person for rung in chain[case.level : level] for person in rung.people})
    told = [history.name_of(one) for one in User.objects.filter(pk__in=people, is_active=True)]
    told += [history.name_of(case.owner)] if case.owner and case.level == 0 else []
    history.put(case, level=level)
    data = {"level": level, "people": people, "due_at": case.next_at.isoformat()}
    words = f"For {', '.join(dict.fromkeys(told))}." if told else ""
    history.write(case, CaseEntryKind.ESCALATED, now=now, text=words, data=data)
    history.tell(case, "case.overdue", now=now, level=level, people=people)
    return 1


def made_one(*, now: datetime) -> int:
    """Cases whose customers became one, or came apart, get the slot of whose they are now; two of one become one."""
    done = 0
    rows = Case.objects.exclude(state=CaseState.CLOSED).values_list("pk", "account", "contact", "reason", "slot")
    for pk, account, contact, reason, slot in rows.order_by("pk"):
        if account is None and contact is None:
            continue  # the customer is gone; the case keeps the place it had
        right = history.slot_of(account=account, contact=contact, reason=reason)
        if slot == right:
            continue
        with transaction.atomic():
            done += _moved(pk, right, now=now)
    return done


def _moved(pk: int, slot: str, *, now: datetime) -> int:
    """Held in the order of their numbers, as whoever merges two cases does: neither waits for the other for ever."""
    other = Case.objects.filter(slot=slot).exclude(pk=pk).values_list("pk", flat=True).first()
    held = {number: history.hold(number) for number in sorted({pk, other or pk})}
    case, kept = held[pk], held[other or pk]
    if case.state == CaseState.CLOSED:
        return 0
    if kept.slot == slot and kept.pk != pk:
        working.join(case, kept, by=None, why="Their customers are one now.", now=now)
        return 1
    with suppress(IntegrityError), transaction.atomic():  # somebody took it meanwhile: the next look joins them
        history.put(case, slot=slot)
    return 0
