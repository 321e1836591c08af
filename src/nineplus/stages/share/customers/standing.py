"""How a customer stands: one sentence, and the few numbers behind it, each with how many answers it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from nineplus.model import Estimate
from nineplus.render import numbers
from nineplus.rules.health import Health
from nineplus.stages.capture.people import known
from nineplus.stages.errors import NotFound
from nineplus.stages.share.customers.entries import Customer
from nineplus.stages.share.customers.health import health_of
from nineplus.stats import nps, scale
from nineplus.store.models import Account, Alias, Attribute, Contact, Response, Subscription, Ticket
from nineplus.store.money import paid_monthly

YEAR = timedelta(days=365)
_PEOPLE = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """The numbers. `nps` is of the last twelve months, None without answers; `pays` minor units a month, currency."""

    answers: int
    nps: Estimate | None
    last: Response | None
    open_tickets: int
    oldest_ticket: datetime | None
    renews_at: datetime | None
    pays: tuple[tuple[int, str], ...]
    says: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    account: Account
    standing: Standing
    people: tuple[Contact, ...]
    more_people: int
    health: Health
    attributes: tuple[tuple[str, Any], ...] = ()
    ids: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ContactPage:
    contact: Contact
    standing: Standing
    addresses: tuple[str, ...]
    attributes: tuple[tuple[str, Any], ...] = ()
    ids: tuple[tuple[str, str], ...] = field(default=())


def account_page(pk: int, *, now: datetime) -> AccountPage:
    """One account with how it stands, its people and its ids in other systems. Raises NotFound."""
    account = Account.objects.select_related("owner").filter(pk=pk).first()
    if account is None:
        raise NotFound("There is no such account. It may have been merged into another.")
    people = account.contacts.filter(erased_at=None)
    shown = people.annotate(heard=Count("responses")).order_by("-heard", "name", "pk")
    shown = shown.defer("attributes")[: _PEOPLE + 1]
    listed = list(shown)
    more = people.count() - _PEOPLE if len(listed) > _PEOPLE else 0
    standing = stand(Customer(account=pk), name=_name(account), now=now)
    how = health_of(pk, now=now)
    known_as, ids = _labelled(account.attributes), _ids("account", account)
    return AccountPage(account, standing, tuple(listed[:_PEOPLE]), more, how, known_as, ids)


def account_there(pk: int) -> None:
    """Raises NotFound when there is no such account."""
    if not Account.objects.filter(pk=pk).exists():
        raise NotFound("There is no such account. It may have been merged into another.")


def contact_page(pk: int, *, now: datetime) -> ContactPage:
    """One person with how they stand. Raises NotFound, for whoever was erased too."""
    contact = Contact.objects.select_related("account").filter(pk=pk, erased_at=None).first()
    if contact is None:
        raise NotFound("There is no such person. They may have been erased, or merged into another.")
    others = tuple(address for _, address in known.addresses_of(pk))
    standing = stand(Customer(contact=pk), name=_name(contact), now=now)
    addresses = tuple(one for one in (contact.email, contact.phone, *others) if one)
    return ContactPage(contact, standing, addresses, _labelled(contact.attributes), _ids("contact", contact))


def stand(of: Customer, *, name: str, now: datetime) -> Standing:
    """How this customer stands now. A constant number of questions, each answered by an index."""
    rows = of.of(Response.objects.all())
    year = nps_of(rows.filter(answered_at__gte=now - YEAR))
    last = rows.select_related("survey", "contact").defer("raw", "attributes").order_by("-answered_at", "-id").first()
    answers = rows.count() if last else 0
    tickets = of.of(Ticket.objects.filter(resolved_at=None)).aggregate(n=Count("pk"), oldest=Min("opened_at"))
    renews, pays = money(of.account, now=now) if of.contact is None else (None, ())
    said = [_heard(name, answers, year, last), _served(tickets["n"], tickets["oldest"], now), _paid(renews, pays)]
    return Standing(
        answers=answers,
        nps=year,
        last=last,
        open_tickets=tickets["n"],
        oldest_ticket=tickets["oldest"],
        renews_at=renews,
        pays=pays,
        says=" ".join(part for part in said if part),
    )


def money(account: int | None, *, now: datetime) -> tuple[datetime | None, tuple[tuple[int, str], ...]]:
    """When this account renews next (None: not known), and what it pays a month: minor units, currency."""
    running = Subscription.objects.filter(account=account).filter(Q(ended_at=None) | Q(ended_at__gt=now))
    renews = running.filter(renews_at__gte=now).aggregate(at=Min("renews_at"))["at"]
    pays = paid_monthly(now=now).filter(account=account).order_by("currency")
    return renews, tuple(pays.values_list("mrr", "currency"))


def nps_of(rows: QuerySet[Response]) -> Estimate | None:
    """NPS of these answers with its interval; None without any."""
    counted = rows.aggregate(**GROUPS)
    return estimate(counted["d"], counted["p"], counted["n"])


def estimate(detractors: int, promoters: int, n: int) -> Estimate | None:
    """The same from counts."""
    if not n:
        return None
    return nps.nps(detractors=detractors, passives=n - detractors - promoters, promoters=promoters)


GROUPS = {
    "d": Count("pk", filter=Q(score__lte=scale.DETRACTOR_TO)),
    "p": Count("pk", filter=Q(score__gte=scale.PROMOTER_FROM)),
    "n": Count("pk"),
}
"""Detractors, promoters and all answers, as aggregates."""


# -- in words -----------------------------------------------------------------------------------------------------


def _heard(name: str, answers: int, year: Estimate | None, last: Response | None) -> str:
    if last is None:
        return f"{name} has not answered yet."
    said = f"{name} last answered {last.score} on {numbers.day(last.answered_at)}"
    if year is None:
        return f"{said}, and not in the last twelve months."
    if year.n == 1:
        return f"{said}, the only answer of the last twelve months."
    return f"{said}. NPS of the last twelve months is {numbers.estimate(year)}, from {numbers.number(year.n)} answers."


def _served(number: int, oldest: datetime | None, now: datetime) -> str:
    if not number or oldest is None:
        return ""
    days = max(0, (now - oldest).days)
    since = "since today" if not days else f"for {numbers.number(days)} day{'' if days == 1 else 's'}"
    return f"One ticket is open, {since}." if number == 1 else f"{number} tickets are open, the oldest {since}."


def _paid(renews: datetime | None, pays: Sequence[tuple[int, str]]) -> str:
    amount = " and ".join(numbers.money(minor, currency) for minor, currency in pays)
    if renews and amount:
        return f"It pays {amount} a month and renews on {numbers.day(renews)}."
    if renews:
        return f"It renews on {numbers.day(renews)}."
    return f"It pays {amount} a month." if amount else ""


# -- small --------------------------------------------------------------------------------------------------------


def _labelled(attributes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The values by the names that segments have on other pages."""
    labels = dict(Attribute.objects.filter(slug__in=list(attributes)).values_list("slug", "label"))
    plain = {slug: slug.replace("_", " ").strip() for slug in attributes}
    return tuple((labels.get(slug) or plain[slug][:1].upper() + plain[slug][1:], attributes[slug]) for slug in plain)


def _ids(table: str, row: Any) -> tuple[tuple[str, str], ...]:
    others = Alias.objects.filter(table=table, row=row.pk).exclude(source__startswith="@").order_by("pk")
    return ((row.source, row.external_id), *others.values_list(F("source"), F("external_id"))[:20])


def _name(row: Any) -> str:
    return str(row.name or getattr(row, "email", "") or getattr(row, "domain", "") or row.external_id)
