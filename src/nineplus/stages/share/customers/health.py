"""How accounts are: what the rules look at, for one account or for all of them, and the list of those at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.fields import FloatField
from django.db.models.functions import Cast

from nineplus.rules.health import LATELY, Facts, Health, Level, Scores, health
from nineplus.stats import scale
from nineplus.store.models import Account, Case, Invitation, Movement, Response, Subscription, Ticket, TicketEvent
from nineplus.store.models.capture import Fate
from nineplus.store.models.cases import CaseState
from nineplus.store.models.connect import MovementKind, TicketEventKind
from nineplus.store.money import paid_monthly

MOST = 200
_YEAR, _HALF = timedelta(days=365), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One account of the list. `pays` in minor units a month by currency."""

    account: Account
    health: Health
    renews_at: datetime | None
    pays: tuple[tuple[int, str], ...]


def health_of(account: int, *, now: datetime) -> Health:
    """How one account is."""
    return health(_facts([account], now=now).get(account, Facts()), now=now)


def at_risk(*, now: datetime, watched: bool = True, limit: int = MOST) -> tuple[list[AtRisk], int]:
    """Those at risk, then (`watched`) those to be watched, by points and then by what they pay; and how many in all.

    A constant number of questions, however many accounts there are.
    """
    facts = _facts(None, now=now)
    wanted = (Level.AT_RISK, Level.WATCH) if watched else (Level.AT_RISK,)
    found = {pk: one for pk, of in facts.items() if (one := health(of, now=now)).level in wanted}
    pays: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in paid_monthly(now=now).order_by("currency"):
        if row["account"] in found:
            pays[row["account"]].append((row["mrr"], row["currency"]))
    ordered = sorted(found, key=lambda pk: (-found[pk].points, -sum(minor for minor, _ in pays.get(pk, ())), pk))
    accounts = Account.objects.select_related("owner").defer("attributes").in_bulk(ordered[:limit])
    rows = [
        AtRisk(accounts[pk], found[pk], facts[pk].renews_at, tuple(pays.get(pk, ())))
        for pk in ordered[:limit]
        if pk in accounts
    ]
    return rows, len(found)


def _facts(accounts: Collection[int] | None, *, now: datetime) -> dict[int, Facts]:
    """By account; None: of all. Accounts of which nothing is known are missing."""
    found: dict[int, Facts] = defaultdict(Facts)
    for pk, values in _answered(accounts, now=now).items():
        found[pk] = replace(found[pk], **values)
    asked = Invitation.objects.filter(sent_at__gte=now - _YEAR).exclude(fate__in=(Fate.SKIPPED, Fate.BOUNCED))
    _add(found, "asked_year", _counted(asked, accounts))
    for row in _mine(paid_monthly(now=now), accounts):
        found[row["account"]] = replace(found[row["account"]], pays=True)
    running = Subscription.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), renews_at__gte=now)
    _add(
        found,
        "renews_at",
        dict(_mine(running.order_by().values_list("account"), accounts).annotate(at=Min("renews_at"))),
    )
    unsolved = _mine(Ticket.objects.filter(resolved_at=None, account__isnull=False), accounts).order_by()
    for pk, n, oldest in unsolved.values_list("account").annotate(n=Count("pk"), oldest=Min("opened_at")):
        found[pk] = replace(found[pk], open_tickets=n, oldest_ticket=oldest)
    troubles = (TicketEventKind.ESCALATION, TicketEventKind.REOPEN)
    events = TicketEvent.objects.filter(
        at__gte=now - LATELY, at__lte=now, kind__in=troubles, ticket__account__isnull=False
    )
    if accounts is not None:
        events = events.filter(ticket__account__in=accounts)
    _add(
        found,
        "troubled_tickets",
        dict(events.order_by().values_list("ticket__account").annotate(n=Count("ticket", distinct=True))),
    )
    moved = Movement.objects.filter(at__gte=now - _HALF, at__lte=now).exclude(kind=MovementKind.RENEWAL).order_by()
    less = _mine(moved, accounts).values("account", "currency").annotate(by=Sum("amount_minor")).filter(by__lt=0)
    _add(found, "shrank", {row["account"]: True for row in less})
    cases = Case.objects.exclude(state=CaseState.CLOSED).filter(account__isnull=False)
    _add(found, "open_cases", _counted(cases, accounts))
    _add(found, "overdue_cases", _counted(cases.filter(next_at__lt=now), accounts))
    return dict(found)


def _answered(accounts: Collection[int] | None, *, now: datetime) -> dict[int, dict[str, object]]:
    answers = Response.objects.filter(answered_at__gte=now - _YEAR, answered_at__lte=now, account__isnull=False)
    rows = _mine(answers, accounts)
    lately, half = Q(answered_at__gte=now - LATELY), Q(answered_at__gte=now - _HALF)
    before = Q(answered_at__lt=now - _HALF, answered_at__gte=now - 2 * _HALF)
    square = Cast(F("score"), FloatField()) * F("score")
    counted = (
        rows.order_by()
        .values("account")
        .annotate(
            n=Count("pk"),
            lately=Count("pk", filter=lately),
            unhappy=Count("pk", filter=lately & Q(score__lte=scale.DETRACTOR_TO)),
            happy=Count("pk", filter=lately & Q(score__gte=scale.PROMOTER_FROM)),
            n1=Count("pk", filter=half),
            s1=Sum("score", filter=half),
            q1=Sum(square, filter=half),
            n0=Count("pk", filter=before),
            s0=Sum("score", filter=before),
            q0=Sum(square, filter=before),
        )
    )
    return {
        row["account"]: {
            "answers_year": row["n"],
            "answers_lately": row["lately"],
            "unhappy": row["unhappy"],
            "happy": row["happy"],
            "half": Scores(row["n1"], row["s1"] or 0, row["q1"] or 0),
            "half_before": Scores(row["n0"], row["s0"] or 0, row["q0"] or 0),
        }
        for row in counted
    }


def _mine(rows: QuerySet[Any, Any], accounts: Collection[int] | None) -> QuerySet[Any, Any]:
    return rows if accounts is None else rows.filter(account__in=accounts)


def _counted(rows: QuerySet[Any, Any], accounts: Collection[int] | None) -> dict[int, int]:
    mine = _mine(rows.filter(account__isnull=False), accounts)
    return dict(mine.order_by().values_list("account").annotate(n=Count("pk")))


def _add(found: dict[int, Facts], name: str, values: Mapping[int, Any]) -> None:
    for pk, value in values.items():
        found[pk] = replace(found[pk], **{name: value})


def reasons(one: Health, *, most: int = 3) -> Sequence[str]:
    """The heaviest signs in words."""
    return [sign.says for sign in one.signs if sign.weight > 0][:most]
