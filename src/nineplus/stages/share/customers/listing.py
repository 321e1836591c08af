"""The list of accounts: who they are, how they answered lately, what is open, when they renew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from nineplus.model import Estimate
from nineplus.stages.errors import NotPossible
from nineplus.stages.share.customers.standing import GROUPS, YEAR, estimate
from nineplus.stats import scale
from nineplus.store.models import Account, Response, Subscription, Ticket
from nineplus.store.money import paid_monthly

AT_ONCE = 50
MOST = 200
LATELY = timedelta(days=90)
VIEWS = ("", "unhappy", "open", "renewing", "silent")


@dataclass(frozen=True, slots=True)
class Line:
    """One account. `nps` is of the last twelve months with its n; `pays` in minor units a month by currency."""

    account: Account
    nps: Estimate | None = None
    last_score: int | None = None
    last_at: datetime | None = None
    open_tickets: int = 0
    renews_at: datetime | None = None
    pays: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some accounts by name; `more` continues the list."""

    lines: tuple[Line, ...]
    more: str = ""


def accounts(*, now: datetime, search: str = "", view: str = "", after: str = "", limit: int = AT_ONCE) -> Page:
    """Accounts by name. `view`: unhappy (a detractor in 90 days), open (tickets), renewing (in 90 days), silent (pays
    and has not answered for a year). `search` is a part of name, domain or id. Raises NotPossible.

    A constant number of questions, however many accounts and answers there are.
    """
    rows = _chosen(view, now=now)
    if search := search.strip():
        rows = rows.filter(Q(name__icontains=search) | Q(domain__icontains=search) | Q(external_id__iexact=search))
    called = Lower(Coalesce(NullIf("name", Value("")), "external_id"))
    rows = rows.select_related("owner").defer("attributes").annotate(called=called)
    if after:
        name, pk = _read(after)
        rows = rows.filter(Q(called__gt=name) | Q(called=name, pk__gt=pk))
    limit = max(1, min(limit, MOST))
    found = list(rows.order_by("called", "pk")[: limit + 1])
    more = ""
    if len(found) > limit:
        last = found[limit - 1]
        more = f"{last.pk}-{last.called}"  # type: ignore[attr-defined]
    return Page(_lines(found[:limit], now=now), more)


def _chosen(view: str, *, now: datetime) -> QuerySet[Account]:
    mine = OuterRef("pk")
    answers = Response.objects.filter(account=mine)
    if view == "unhappy":
        unhappy = answers.filter(answered_at__gte=now - LATELY, score__lte=scale.DETRACTOR_TO)
        return Account.objects.filter(Exists(unhappy))
    if view == "open":
        return Account.objects.filter(Exists(Ticket.objects.filter(account=mine, resolved_at=None)))
    renewing = Subscription.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), account=mine)
    if view == "renewing":
        return Account.objects.filter(Exists(renewing.filter(renews_at__range=(now, now + LATELY))))
    if view == "silent":
        heard = answers.filter(answered_at__gte=now - YEAR)
        return Account.objects.filter(~Exists(heard), pk__in=paid_monthly(now=now).values("account"))
    if view not in VIEWS:
        raise NotPossible(f"There is no view {view!r}. There are: {', '.join(filter(None, VIEWS))}.")
    return Account.objects.all()


def _lines(found: list[Account], *, now: datetime) -> tuple[Line, ...]:
    ids = [row.pk for row in found]
    mine = Response.objects.filter(account__in=ids)
    counts = mine.filter(answered_at__gte=now - YEAR).order_by().values("account").annotate(**GROUPS)
    year = {row["account"]: estimate(row["d"], row["p"], row["n"]) for row in counts}
    newest = Response.objects.filter(account=OuterRef("pk")).order_by("-answered_at", "-id").values("pk")[:1]
    lasts = Account.objects.filter(pk__in=ids).annotate(last=Subquery(newest)).values("last")
    last = {
        account: (score, at)
        for account, score, at in Response.objects.filter(pk__in=lasts).values_list("account", "score", "answered_at")
    }
    tickets = Ticket.objects.filter(account__in=ids, resolved_at=None).order_by().values_list("account")
    opened = dict(tickets.annotate(n=Count("pk")))
    running = Subscription.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), account__in=ids, renews_at__gte=now)
    renews = dict(running.order_by().values_list("account").annotate(at=Min("renews_at")))
    pays: dict[int, list[tuple[int, str]]] = {}
    for row in paid_monthly(now=now).filter(account__in=ids).order_by("currency"):
        pays.setdefault(row["account"], []).append((row["mrr"], row["currency"]))
    return tuple(
        Line(
            account=row,
            nps=year.get(row.pk),
            last_score=last.get(row.pk, (None, None))[0],
            last_at=last.get(row.pk, (None, None))[1],
            open_tickets=opened.get(row.pk, 0),
            renews_at=renews.get(row.pk),
            pays=tuple(pays.get(row.pk, ())),
        )
        for row in found
    )


def _read(text: str) -> tuple[str, int]:
    pk, _, name = text.partition("-")
    if "\x00" in name or not (pk.isascii() and pk.isdigit() and int(pk) < 2**63):
        raise NotPossible("This place in the list cannot be read. Start from the beginning again.")
    return name, int(pk)
