"""The dry run: what would this rule have done in the last 90 days? The store looks; nothing is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from nineplus.model.workflows import Act, Branch, Group, Rule, Step
from nineplus.rules.workflows import acts, holds, would_fire
from nineplus.stages.act.actions import actions
from nineplus.stages.act.rules import facts, happenings
from nineplus.store.models import Account, CaseAnswer, Contact, Response
from nineplus.store.models.cases import CaseEntryKind

DAYS = 90
_WEEK = timedelta(days=7)
_EXAMPLES = 10
_CASES = {"case.opened": CaseEntryKind.OPENED, "case.overdue": CaseEntryKind.ESCALATED, "case.closed": "closed"}


@dataclass(frozen=True, slots=True)
class Tried:
    """`of`: answers (or those of cases) it was asked of; `matched`: for which it holds; `fired`: as far as its limits
    let it. `weeks`: (first day, fired), the oldest first. `did`: how often each action, by its title. `examples`: the
    newest answers for which it fires, by id; `happened`: where there is no answer, the newest times: (when, account or
    None, contact or None).
    """

    of: int
    matched: int
    fired: int
    weeks: tuple[tuple[str, int], ...]
    did: tuple[tuple[str, int], ...]
    examples: tuple[int, ...]
    at: str
    days: int = DAYS
    happened: tuple[tuple[str, int | None, int | None], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Example:
    """One time for which it would have fired. `whose`: the customer's name, empty when nobody is known."""

    at: datetime
    whose: str
    account: Account | None = None
    response: Response | None = None


def dry_run(rule: Rule, *, now: datetime, days: int = DAYS) -> Tried:
    """Ask the past. What accounts pay, when they renew and which cases are open is taken as it is now."""
    start = now - timedelta(days=days)
    if rule.event in happenings.KINDS:
        return _without_answers(rule, start, days=days, now=now)
    rows, at = _happened(rule.event, start, now)
    matched = facts.matching(rows, rule.when, now=now)
    if rule.limits.per or rule.limits.per_day is not None:
        found = list(matched.order_by(at, "pk").values_list(at, "account", "contact", "pk"))
        through = [found[place] for place in would_fire(rule.limits, [one[:3] for one in found])]
        fired = {one[3] for one in through}
        weeks = _counted([one[0] for one in through], start, now)
        examples = tuple(one[3] for one in reversed(through[-_EXAMPLES:]))
        number, let = len(found), len(through)
    else:
        fired = None
        weeks, number = _weeks(matched, at, start, now)
        let = number
        examples = tuple(matched.order_by(f"-{at}", "-pk").values_list("pk", flat=True)[:_EXAMPLES])
    did: dict[str, int] = {}
    _acts(rule.steps, matched, let, fired, did, now)
    titles = {name: plug.title for name, plug in actions().items()}
    named = tuple((titles.get(name, name), count) for name, count in did.items())
    return Tried(rows.count(), number, let, weeks, named, examples, now.isoformat(), days)


def _without_answers(rule: Rule, start: datetime, *, days: int, now: datetime) -> Tried:
    """The same of tickets, money and silence; branches are taken as if they held."""
    of, held = 0, []
    for one in happenings.happened(rule.event, rule.fields(), since=start, until=now, now=now):
        of += 1
        if holds(rule.when, one.facts)[0]:
            held.append((one.at, one.account, one.contact))
    through = would_fire(rule.limits, held)
    weeks = _counted([held[place][0] for place in through], start, now)
    did: dict[str, int] = {}
    for act in acts(rule.steps):
        did[act.do] = did.get(act.do, 0) + len(through)
    titles = {name: plug.title for name, plug in actions().items()}
    named = tuple((titles.get(name, name), count) for name, count in did.items())
    newest = tuple(
        (at.isoformat(), account, contact) for at, account, contact in (held[n] for n in through[: -_EXAMPLES - 1 : -1])
    )
    return Tried(of, len(held), len(through), weeks, named, (), now.isoformat(), days, newest)


def _happened(event: str, start: datetime, now: datetime) -> tuple[QuerySet[Response], str]:
    if event == "response.scored":
        return Response.objects.filter(answered_at__gte=start, answered_at__lte=now), "answered_at"
    if event == "response.changed":
        return Response.objects.filter(changed_at__gte=start, changed_at__lte=now), "changed_at"
    told = CaseAnswer.objects.filter(
        response=OuterRef("pk"), case__entries__kind=_CASES[event], case__entries__at__gte=start
    )
    return Response.objects.filter(Exists(told)), "answered_at"


def _bounds(start: datetime, now: datetime) -> Sequence[tuple[datetime, datetime]]:
    first, bounds = start, []
    while first < now:
        bounds.append((first, min(first + _WEEK, now + timedelta(seconds=1))))
        first += _WEEK
    return bounds


def _weeks(
    rows: QuerySet[Response], at: str, start: datetime, now: datetime
) -> tuple[tuple[tuple[str, int], ...], int]:
    bounds = _bounds(start, now)
    asked = {
        f"week{place}": Count("pk", filter=Q(**{f"{at}__gte": first, f"{at}__lt": end}))
        for place, (first, end) in enumerate(bounds)
    }
    found = rows.aggregate(all=Count("pk"), **asked)
    weeks = ((first.date().isoformat(), found[f"week{place}"]) for place, (first, _) in enumerate(bounds))
    return tuple(weeks), found["all"]


def _counted(times: Sequence[datetime], start: datetime, now: datetime) -> tuple[tuple[str, int], ...]:
    counts = [0] * len(bounds := _bounds(start, now))
    for at in times:
        counts[min(max(0, (at - start) // _WEEK), len(counts) - 1)] += 1
    return tuple((first.date().isoformat(), counts[place]) for place, (first, _) in enumerate(bounds))


def _acts(
    steps: Sequence[Step],
    rows: QuerySet[Response],
    number: int,
    fired: set[int] | None,
    did: dict[str, int],
    now: datetime,
) -> None:
    for step in steps:
        if isinstance(step, Act):
            did[step.do] = did.get(step.do, 0) + number
        elif isinstance(step, Branch):
            yes = _yes(rows, step.when, fired, now)
            _acts(step.then, rows, yes, None, did, now)
            _acts(step.otherwise, rows, number - yes, None, did, now)


def _yes(rows: QuerySet[Response], group: Group, fired: set[int] | None, now: datetime) -> int:
    found = facts.matching(Response.objects.filter(pk__in=rows.values("pk")), group, now=now)
    if fired is None:
        return found.count()
    return len(fired.intersection(found.values_list("pk", flat=True)))


def examples(found: Mapping[str, Any]) -> Sequence[Example]:
    """The examples of a dry run that was kept, as far as they are still there, the newest first."""
    rows = Response.objects.select_related("account", "contact", "survey").in_bulk(found["examples"])
    answers = [rows[pk] for pk in found["examples"] if pk in rows]
    told = found.get("happened", ())
    accounts = Account.objects.in_bulk([account for _, account, _ in told if account])
    people = Contact.objects.in_bulk([contact for *_, contact in told if contact])
    return [Example(one.answered_at, _whose(one.account, one.contact), one.account, one) for one in answers] + [
        Example(datetime.fromisoformat(at), _whose(accounts.get(account), people.get(contact)), accounts.get(account))
        for at, account, contact in told
    ]


def _whose(account: Account | None, contact: Contact | None) -> str:
    """The person and their company; nothing of who was erased."""
    person = contact.name or contact.email if contact is not None and not contact.erased_at else ""
    firm = account.name or account.domain or account.external_id if account is not None else ""
    return ", ".join(filter(None, (person, firm)))
