"""/api/accounts: customers, how they stand, and what happened with them on one timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from nineplus.api.door import Key
from nineplus.api.filters import nothing_else
from nineplus.api.paging import follow
from nineplus.api.problems import ERRORS, Problem
from nineplus.model import Estimate
from nineplus.rules.health import Health
from nineplus.stages.share.customers import health, listing, standing
from nineplus.stages.share.customers import timeline as timelines
from nineplus.stages.share.customers.entries import Customer, Entry

router = Router(tags=["Accounts"], auth=Key("accounts:read"))
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_KINDS = "Of these kinds, separated by commas: answers, asks, cases, tickets, money, deals, people, merges. Empty: all."


class Pays(Schema):
    """What an account pays a month, in minor units."""

    minor: int
    currency: str


class Nps(Schema):
    """Of the last twelve months, with its 95 % interval and the number of answers it is from."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, one: Estimate | None) -> Nps | None:
        return cls(value=one.value, low=one.low, high=one.high, n=int(one.n)) if one else None


class OneAccount(Schema):
    """`external_id` is its id in the system that it came from."""

    id: int
    external_id: str
    name: str
    domain: str
    nps: Nps | None = Field(description="Null without an answer in the last twelve months.")
    last_score: int | None
    last_answer_at: datetime | None
    open_tickets: int
    renews_at: datetime | None
    pays: list[Pays]

    @classmethod
    def of(cls, line: listing.Line) -> OneAccount:
        return cls(
            id=line.account.pk,
            external_id=line.account.external_id,
            name=line.account.name,
            domain=line.account.domain,
            nps=Nps.of(line.nps),
            last_score=line.last_score,
            last_answer_at=line.last_at,
            open_tickets=line.open_tickets,
            renews_at=line.renews_at,
            pays=[Pays(minor=minor, currency=currency) for minor, currency in line.pays],
        )


class SomeAccounts(Schema):
    items: list[OneAccount]
    next: str | None


class OneSign(Schema):
    """What speaks for leaving (a weight above 0) or against it."""

    kind: str
    weight: int
    says: str


class OneHealth(Schema):
    """`level`: at_risk from 3 points, watch from 1, well, unknown. Signs, no forecast."""

    level: str
    points: int
    signs: list[OneSign]

    @classmethod
    def of(cls, one: Health) -> OneHealth:
        signs = [OneSign(kind=sign.kind, weight=sign.weight, says=sign.says) for sign in one.signs]
        return cls(level=one.level.value, points=one.points, signs=signs)


class AccountAtRisk(Schema):
    id: int
    external_id: str
    name: str
    health: OneHealth
    renews_at: datetime | None
    pays: list[Pays]


class AccountsAtRisk(Schema):
    """The most urgent first; `of`: how many there are in all."""

    items: list[AccountAtRisk]
    of: int


class Stands(Schema):
    """How an account stands, in one sentence too."""

    account: OneAccount
    says: str
    health: OneHealth
    ids: list[tuple[str, str]] = Field(description="Its ids: system and id, what was merged into it included.")


class TimelineEntry(Schema):
    """One thing of a timeline. `id` is that of the answer, invitation, ticket … it tells of."""

    kind: str
    id: int
    at: datetime
    title: str
    text: str
    score: int | None
    contact: int | None
    facts: dict[str, str]
    steps: list[tuple[datetime, str]]

    @classmethod
    def of(cls, one: Entry) -> TimelineEntry:
        return cls(
            kind=one.source,
            id=one.id,
            at=one.at,
            title=one.title,
            text=one.text,
            score=one.score,
            contact=one.contact[0] if one.contact else None,
            facts=dict(one.facts),
            steps=[(step.at, step.words) for step in one.steps],
        )


class Timeline(Schema):
    items: list[TimelineEntry]
    next: str | None


@router.get("", response={200: SomeAccounts, **ERRORS}, summary="Accounts by name, with how they stand")
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = Query("", description="`next` of the page before.", max_length=330),
    limit: int = Query(50, ge=1, le=listing.MOST),
    search: str = Query("", description="A part of the name or domain, or the id.", max_length=200),
    view: Literal["", "unhappy", "open", "renewing", "silent"] = "",
) -> SomeAccounts:
    """`view`: unhappy (a detractor within 90 days), open (tickets), renewing (within 90 days), silent (pays, no answer
    for a year)."""
    nothing_else(request, "cursor", "limit", "search", "view")
    page = listing.accounts(now=timezone.now(), search=search, view=view, after=cursor, limit=limit)
    return SomeAccounts(
        items=[OneAccount.of(line) for line in page.lines], next=follow(request, response, page.more or None)
    )


@router.get("/at-risk", response={200: AccountsAtRisk, **ERRORS}, summary="Accounts at risk, with their reasons")
def risk(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=health.MOST),
    watched: bool = Query(True, description="Also those that are only to be watched."),
) -> AccountsAtRisk:
    nothing_else(request, "limit", "watched")
    found, of = health.at_risk(now=timezone.now(), watched=watched, limit=limit)
    items = [
        AccountAtRisk(
            id=one.account.pk,
            external_id=one.account.external_id,
            name=one.account.name,
            health=OneHealth.of(one.health),
            renews_at=one.renews_at,
            pays=[Pays(minor=minor, currency=currency) for minor, currency in one.pays],
        )
        for one in found
    ]
    return AccountsAtRisk(items=items, of=of)


@router.get("/{id}", response={200: Stands, **ERRORS, 404: Problem}, summary="How one account stands")
def one(request: HttpRequest, id: _Id) -> Stands:
    shown = standing.account_page(id, now=timezone.now())
    stands = shown.standing
    line = listing.Line(
        account=shown.account,
        nps=stands.nps,
        last_score=stands.last.score if stands.last else None,
        last_at=stands.last.answered_at if stands.last else None,
        open_tickets=stands.open_tickets,
        renews_at=stands.renews_at,
        pays=stands.pays,
    )
    return Stands(account=OneAccount.of(line), says=stands.says, health=OneHealth.of(shown.health), ids=list(shown.ids))


@router.get("/{id}/timeline", response={200: Timeline, **ERRORS, 404: Problem}, summary="What happened with an account")
def timeline(
    request: HttpRequest,
    response: HttpResponse,
    id: _Id,
    cursor: str = Query("", description="`next` of the page before.", max_length=120),
    limit: int = Query(50, ge=1, le=timelines.MOST),
    kinds: str = Query("", description=_KINDS, max_length=200),
) -> Timeline:
    """The newest first. `steps` are what followed an entry: a ticket's first answer, its resolution, notes."""
    nothing_else(request, "cursor", "limit", "kinds")
    standing.account_there(id)
    wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    page = timelines.timeline(Customer(account=id), kinds=wanted, below=cursor or None, limit=limit)
    return Timeline(
        items=[TimelineEntry.of(entry) for entry in page.entries],
        next=follow(request, response, str(page.older) if page.older else None),
    )
