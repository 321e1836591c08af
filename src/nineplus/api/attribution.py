"""/api/attribution: the rule that ties answers to tickets, its versions, and how many links were judged."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema, Status

from nineplus.api.door import Key, asker
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import text
from nineplus.mart.schema import TIERS
from nineplus.model.attribution import LinkRule
from nineplus.rules.attribution import in_words
from nineplus.stages.connect import attribution, auditing
from nineplus.stages.errors import NotPossible

router = Router(tags=["Attribution"], auth=Key("analyses:read"))
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_EXAMPLE = {"window_days": 14, "tiers": ["T1", "T2"], "leave_out": [["category", ["Internal"]]], "half_life_days": 14}


class Calendar(Schema):
    """Working hours: [weekday from 0 = Monday, first minute, end minute] of the local day."""

    model_config = {"extra": "forbid"}

    name: text(60, 1)
    time_zone: text(60, 1) = "UTC"
    hours: list[tuple[int, int, int]] = Field(max_length=100)
    country: text(2) = Field("", description="Whose holidays are free, ISO 3166.")
    region: text(10) = ""
    holidays: list[text(10)] = Field([], description="Other days off, as 2026-12-24.", max_length=5_000)


class Level(Schema):
    """What is promised to tickets that meet all conditions; minutes of working time."""

    model_config = {"extra": "forbid"}

    name: text(60, 1)
    calendar: text(60) = Field("", description="Empty: around the clock.")
    when: list[tuple[text(60, 1), list[text(200, 1)]]] = Field([], max_length=20)
    first_response_minutes: int | None = None
    resolution_minutes: int | None = None


class NewAttribution(Schema):
    """The whole of the next version."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [_EXAMPLE]}}

    window_days: int = 30
    tiers: list[Literal["T1", "T2", "T3"]] = ["T1", "T2", "T3"]
    leave_out: list[tuple[text(60, 1), list[text(200, 1)]]] = Field([], max_length=20)
    half_life_days: int = 14
    calendars: list[Calendar] = Field([], max_length=50)
    levels: list[Level] = Field([], max_length=100)
    waiting: list[text(200, 1)] = Field([], max_length=100)


class Version(Schema):
    """One version and what became of it."""

    version: int
    state: str
    created_at: datetime
    steps_done: int
    steps_total: int
    error: str


class Links(Schema):
    """The rule in force, in words and whole; the version on its way, if any; and links judged by hand."""

    version: int
    words: list[str]
    rule: dict[str, Any]
    coming: Version | None
    judged: int
    needed: int


@router.get("", response={200: Links, **ERRORS}, summary="The rule in force, and what is on its way")
def shown(request: HttpRequest) -> Links:
    rule, audit, one = attribution.current(), auditing.audit(), attribution.going()
    return Links(
        version=rule.version,
        words=in_words(rule),
        rule=rule.to_dict(),
        coming=Version.from_orm(one) if one else None,
        judged=audit.judged,
        needed=audit.needed,
    )


@router.put(
    "",
    auth=Key("attribution:write"),
    response={202: Version, **BODY_ERRORS, 409: Problem},
    summary="Make the next version",
)
def change(request: HttpRequest, given: NewAttribution) -> Status:
    """All answers are linked by it, by the worker; until that is done everything shows the version before."""
    try:
        rule = LinkRule.from_dict(given.model_dump())
    except (KeyError, TypeError, ValueError) as problem:
        raise NotPossible(f"This is no rule: {problem}") from None
    return Status(202, Version.from_orm(attribution.save(rule, now=timezone.now())))


class JudgedTicket(Schema):
    """The ticket of a link, with the words by which it was tied."""

    external_id: str
    category: str
    team: str
    opened_at: datetime
    resolved_at: datetime | None
    tied_by: str
    tier: str


class JudgedAnswer(Schema):
    """The answer of a link."""

    id: int
    score: int
    comment: str
    answered_at: datetime
    survey: str
    account: str


class Link(Schema):
    """One link of the sample. `verdict` is empty until somebody said something."""

    id: int
    verdict: str
    answer: JudgedAnswer
    ticket: JudgedTicket

    @classmethod
    def of(cls, case: auditing.Case) -> Link:
        answer, ticket, account = case.response, case.ticket, case.response.account
        return cls(
            id=case.check.pk,
            verdict=case.check.verdict,
            answer=JudgedAnswer(
                id=answer.pk,
                score=answer.score,
                comment=answer.comment,
                answered_at=answer.answered_at,
                survey=answer.survey.name,
                account=(account.name or account.external_id) if account else "",
            ),
            ticket=JudgedTicket(
                external_id=ticket.external_id,
                category=ticket.category,
                team=ticket.team,
                opened_at=ticket.opened_at,
                resolved_at=ticket.resolved_at,
                tied_by=TIERS.get(case.check.tier, case.check.tier),
                tier=case.check.tier,
            ),
        )


class Sample(Schema):
    """How far the judging of the rule in force is, and the link to be judged next; null when all drawn ones are.

    `judged` of `needed` are said to be right or wrong; `unsure` could not be said.
    """

    version: int
    drawn: int
    open: int
    judged: int
    unsure: int
    needed: int
    next: Link | None

    @classmethod
    def now(cls) -> Sample:
        case, one = auditing.upcoming(), auditing.audit()
        told = {name: getattr(one, name) for name in ("version", "drawn", "open", "judged", "unsure", "needed")}
        return cls(**told, next=Link.of(case) if case else None)


class Verdict(Schema):
    """Did that ticket make that answer?"""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"verdict": "yes"}]}}

    verdict: Literal["yes", "no", "unsure"]


@router.get(
    "/links", auth=Key("attribution:judge"), response={200: Sample, **ERRORS}, summary="The link to be judged next"
)
def links(request: HttpRequest) -> Sample:
    """Of a random sample of the links that the rule in force made."""
    return Sample.now()


@router.post(
    "/links",
    auth=Key("attribution:write"),
    response={200: Sample, **ERRORS, 400: Problem},
    summary="Draw links to judge",
)
def draw(request: HttpRequest) -> Sample:
    """At random, until a hundred that results count on can be judged. Drawing twice draws the same."""
    auditing.draw(now=timezone.now())
    return Sample.now()


@router.put(
    "/links/{link}",
    auth=Key("attribution:judge"),
    response={200: Sample, **BODY_ERRORS, 404: Problem},
    summary="Judge a link",
)
def judge(request: HttpRequest, link: _Id, given: Verdict) -> Sample:
    """A later word replaces an earlier one. The answer holds the next link."""
    auditing.judge(check=link, verdict=given.verdict, by=asker(request).created_by, now=timezone.now())
    return Sample.now()
