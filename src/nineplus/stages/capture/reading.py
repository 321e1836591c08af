"""Reading answers: the live list, page by page, newest first, and one answer with what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleGreaterThanOrEqual, TupleLessThan
from django.db.models.lookups import In

from nineplus.mart.dataset import BUILT_IN
from nineplus.model import BadFilter, Filter
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stats import scale
from nineplus.store.models import Account, Attribute, Contact, Response, Ticket

GROUPS = {
    "promoters": (scale.PROMOTER_FROM, scale.HIGHEST),
    "passives": (scale.DETRACTOR_TO + 1, scale.PROMOTER_FROM - 1),
    "detractors": (scale.LOWEST, scale.DETRACTOR_TO),
}
MOST_ROWS = 200
MOST_SEARCHED = 200_000
MOST_COUNTED = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: between the row answered then with that id and its neighbour."""

    answered_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.answered_at - _EPOCH) // _MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Raises NotPossible when the text was not made by a cursor."""
        try:
            micros, _, pk = text.partition("-")
            return cls(_EPOCH + int(micros) * _MICROSECOND, int(pk))
        except (ValueError, OverflowError):
            raise NotPossible("This place in the list cannot be read. Start from the newest again.") from None


@dataclass(frozen=True, slots=True)
class Page:
    """Some responses, newest first.

    `older` continues the list (None: this is its end); `newest` is for `newer_than`. A search looks at a
    bounded number of responses at a time: `searched_to` then says how far back it came without filling the page.
    """

    rows: tuple[Response, ...]
    older: Cursor | None = None
    newest: Cursor | None = None
    searched_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A ticket behind a response: `tier` says by which rule, `age` how long before the answer it ended."""

    ticket: Ticket
    tier: str
    age: timedelta | None
    primary: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """One response with what stands behind it; `others` are the account's other answers, newest first."""

    response: Response
    tickets: tuple[LinkedTicket, ...] = ()
    others: tuple[Response, ...] = field(default=())


def responses(
    *,
    filter: Filter,
    search: str = "",
    group: str = "",
    account: int | None = None,
    after_cursor: Cursor | str | None = None,
    limit: int = 50,
) -> Page:
    """The responses that pass, newest first, those older than `after_cursor`.

    `group` is promoters, passives or detractors; `search` is looked for in comments and in the names and
    addresses of accounts and contacts. Raises BadFilter, NotPossible (unknown group, unreadable cursor).
    """
    limit = max(1, min(limit, MOST_ROWS))
    after = Cursor.read(after_cursor) if isinstance(after_cursor, str) else after_cursor
    chosen = _chosen(filter=filter, group=group, account=account)
    if after:
        chosen = chosen.filter(TupleLessThan(_place(), (after.answered_at, after.id)))
    horizon = None
    if search.strip():
        horizon = _horizon(chosen)
        if horizon:
            chosen = chosen.filter(TupleGreaterThanOrEqual(_place(), (horizon.answered_at, horizon.id)))
        chosen = chosen.filter(_says(search.strip()))
    found = list(
        chosen.select_related("survey", "account", "contact")
        .defer("raw", "comment_raw")
        .order_by("-answered_at", "-id")[: limit + 1]
    )
    rows = tuple(found[:limit])
    newest = _cursor(rows[0]) if rows and not after else None
    if len(found) > limit:
        return Page(rows=rows, older=_cursor(rows[-1]), newest=newest)
    return Page(rows=rows, older=horizon, newest=newest, searched_to=horizon.answered_at if horizon else None)


def newer_than(cursor: Cursor | str | None, *, filter: Filter, group: str = "", account: int | None = None) -> int:
    """How many responses have come above that place since (counted up to 1,000)."""
    after = Cursor.read(cursor) if isinstance(cursor, str) else cursor
    chosen = _chosen(filter=filter, group=group, account=account)
    if after:
        chosen = chosen.filter(TupleGreaterThan(_place(), (after.answered_at, after.id)))
    return chosen.order_by()[:MOST_COUNTED].count()


def response_detail(response_id: int) -> Detail:
    """One response with its account, contact, survey, the tickets behind it and the account's other answers.

    Raises NotFound.
    """
    response = (
        Response.objects.select_related("survey", "account", "contact", "ticket", "invitation", "added_by")
        .filter(pk=response_id)
        .first()
    )
    if response is None:
        raise NotFound("There is no such response.")
    return Detail(response=response, tickets=_tickets(response), others=_others(response))


def _chosen(*, filter: Filter, group: str, account: int | None) -> QuerySet[Response]:
    rows = Response.objects.all()
    if group:
        if group not in GROUPS:
            raise NotPossible(f"There is no group {group!r}. There are: {', '.join(GROUPS)}.")
        rows = rows.filter(score__range=GROUPS[group])
    if account is not None:
        rows = rows.filter(account_id=account)
    if filter.window.start:
        rows = rows.filter(answered_at__gte=_midnight(filter.window.start))
    if filter.window.end:
        rows = rows.filter(answered_at__lt=_midnight(filter.window.end))
    if filter.surveys:
        rows = rows.filter(survey__name__in=filter.surveys)
    if filter.touchpoints:
        rows = rows.filter(survey__touchpoint__in=filter.touchpoints)
    for slug, values in filter.attributes:
        rows = _with_attribute(rows, slug, values)
    return rows


_OWN = {"survey": "survey__name", "touchpoint": "survey__touchpoint", "channel": "channel", "language": "language"}
_TICKETS = {
    "ticket_priority": "ticket__priority",
    "ticket_category": "ticket__category",
    "ticket_team": "ticket__team",
    "ticket_channel": "ticket__channel",
}


def _with_attribute(rows: QuerySet[Response], slug: str, values: Sequence[str]) -> QuerySet[Response]:
    if place := _OWN.get(slug) or _TICKETS.get(slug):
        return rows.filter(**{f"{place}__in": values})
    if not Attribute.objects.filter(slug=slug).exists():
        known = [attribute.slug for attribute in BUILT_IN] + sorted(Attribute.objects.values_list("slug", flat=True))
        raise BadFilter(f"There is no attribute {slug!r}. There are: {', '.join(known)}.")
    return rows.filter(In(KeyTextTransform(slug, "attributes"), list(values)))


def _says(text: str) -> Q:
    accounts = Account.objects.filter(Q(name__icontains=text) | Q(domain__icontains=text)).values("pk")[:500]
    contacts = Contact.objects.filter(Q(name__icontains=text) | Q(email__icontains=text)).values("pk")[:500]
    return (
        Q(comment__icontains=text)
        | Q(account_id__in=[row["pk"] for row in accounts])
        | Q(contact_id__in=[row["pk"] for row in contacts])
    )


def _horizon(rows: QuerySet[Response]) -> Cursor | None:
    """How far back one search looks, so that a rare word costs no scan of everything."""
    last = rows.order_by("-answered_at", "-id").values_list("answered_at", "id")[MOST_SEARCHED - 1 : MOST_SEARCHED]
    return next((Cursor(*row) for row in last), None)


def _others(response: Response, most: int = 10) -> tuple[Response, ...]:
    if response.account_id is None and response.contact_id is None:
        return ()
    who = (
        {"account_id": response.account_id} if response.account_id is not None else {"contact_id": response.contact_id}
    )
    rows = Response.objects.filter(**who).exclude(pk=response.pk).select_related("survey", "contact")
    return tuple(rows.defer("raw", "comment_raw").order_by("-answered_at", "-id")[:most])


def _tickets(response: Response) -> tuple[LinkedTicket, ...]:
    if response.ticket is None:
        return ()
    ended = response.ticket.resolved_at
    age = response.answered_at - ended if ended and ended <= response.answered_at else None
    return (LinkedTicket(ticket=response.ticket, tier="T1", age=age, primary=True),)


def _place() -> Tuple:
    return Tuple("answered_at", "id")


def _cursor(row: Response) -> Cursor:
    return Cursor(row.answered_at, row.pk)


def _midnight(day: object) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
