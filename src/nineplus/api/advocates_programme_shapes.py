"""What /api/advocates takes and gives of programmes, limits, budgets and conversion."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from nineplus.api.shapes import text
from nineplus.rules.advocates import PERIODS
from nineplus.stages.act.advocates import programmes
from nineplus.stages.act.advocates.budgets import Budget
from nineplus.stages.act.advocates.conversion import Conversion, Share
from nineplus.stages.act.advocates.kinds import KINDS

Kind = Literal[tuple(KINDS)]  # type: ignore[valid-type]
_Currency: Any = text(3)


class BudgetNow(Schema):
    """What the programme's rewards may cost in the calendar period (UTC) that is now, and what they cost so far."""

    period: str
    begins: datetime
    ends: datetime
    currency: str
    budget_minor: int
    spent_minor: int
    left_minor: int

    @classmethod
    def of(cls, found: Budget | None) -> BudgetNow | None:
        return cls(**{name: getattr(found, name) for name in cls.model_fields}) if found else None


class AgreedShare(Schema):
    """A share with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float


class OneProgramme(Schema):
    """A programme and how it stands. `values`: what deals came of it, in minor units by currency; `helped`: it helped
    with them, and did not win them alone.
    """

    id: int
    kind: str
    name: str
    on: bool
    subject: str
    text: str
    audience: list[dict[str, Any]]
    least_score: int | None
    cool_off_days: int
    answers_within_days: int
    asks_in_90_days: int
    rest_days: int
    link: str
    points: int
    owner: str | None
    stages: dict[str, int]
    asked: int
    agreed: AgreedShare | None
    values: dict[str, int]
    helped: bool
    budget: BudgetNow | None

    @classmethod
    def of(cls, one: programmes.Standing, budget: Budget | None) -> OneProgramme:
        row = one.programme
        same = ("kind", "name", "on", "audience", "least_score", "link", "points", *programmes.TERMS)
        agreed = dict(zip(("value", "low", "high"), one.agreed, strict=True)) if one.agreed else None
        return cls(
            id=row.pk,
            **{name: getattr(row, name) for name in same},
            **row.words[row.language],
            owner=row.owner.email if row.owner else None,
            stages=dict(one.stages),
            asked=one.asked,
            agreed=agreed,
            values=dict(one.values),
            helped=one.helped,
            budget=BudgetNow.of(budget),
        )


class Programmes(Schema):
    """All programmes by name."""

    items: list[OneProgramme]


class AudienceCondition(Schema):
    """One condition on an attribute."""

    model_config = {"extra": "forbid"}

    attribute: text(60, 1)  # type: ignore[valid-type]
    op: text(20) = "is"  # type: ignore[valid-type]
    values: list[text(200)] = []  # type: ignore[valid-type]


class NewProgramme(Schema):
    """A programme as it is drawn up. A review asks everyone, and gives nothing."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {"kind": "reference", "name": "Calls", "subject": "A favour", "text": "Hello {name}", "least_score": 9}
            ]
        },
    }

    kind: Kind
    name: text(200, 1)  # type: ignore[valid-type]
    subject: text(200, 1)  # type: ignore[valid-type]
    text: text(5_000, 1)  # type: ignore[valid-type]
    audience: list[AudienceCondition] = []
    least_score: int | None = None
    cool_off_days: int = Field(7, description="Nobody is asked sooner after their answer.")
    answers_within_days: int = Field(180, description="Nobody is asked on an answer that is older.")
    asks_in_90_days: int = 1
    rest_days: int = Field(30, description="Nobody is asked sooner after another programme asked them.")
    link: text(500) = ""  # type: ignore[valid-type]
    points: int = 0

    def drawn(self) -> programmes.Drawn:
        given = self.model_dump()
        return programmes.Drawn(**{**given, "audience": tuple(given["audience"])})


class InUse(Schema):
    """In use or at rest."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"on": True}]}}

    on: bool


class TestLetter(Schema):
    """Where a test of the letter goes."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"to": "ada@example.org"}]}}

    to: text(320)  # type: ignore[valid-type]


class TestSent(Schema):
    """Where it is on its way to."""

    to: str


class NewBudget(Schema):
    """What rewards may cost in a calendar period (UTC); null: no bound."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"budget_minor": 50000, "currency": "EUR", "period": "quarter"}]},
    }

    budget_minor: int | None = Field(None, ge=0, lt=2**53, description="In minor units, such as cents.")
    currency: _Currency = ""  # type: ignore[valid-type]
    period: Literal[tuple(PERIODS)] = "month"  # type: ignore[valid-type]


class WouldBeAsked(Schema):
    """Who would be asked now, and who not, by reason. `trouble`: why nothing can be sent at all."""

    reached: int
    refused: dict[str, int]
    trouble: str


class KindLimits(Schema):
    """The acts of one person in a calendar quarter (UTC) at most, by kind. A kind that is not named has no limit."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"limits": {"reference": 2}}]}}

    limits: dict[Kind, int]


class PromoterShare(Schema):
    """Of `known` promoters `did` something within 90 days; the 90 days of `not_known` are not over. Null: nobody."""

    did: int
    known: int
    not_known: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def parts(cls, share: Share) -> dict[str, Any]:
        return {name: getattr(share, name) for name in PromoterShare.model_fields}


class OfProgramme(PromoterShare):
    """Of all promoters, those who did something in this programme."""

    programme: int
    name: str


class OfMonth(PromoterShare):
    """The promoters who answered in this month (1 to 12, UTC)."""

    month: int


class Conversions(Schema):
    """The promoters of a year who became advocates."""

    year: int
    all: PromoterShare
    programmes: list[OfProgramme]
    months: list[OfMonth]

    @classmethod
    def of(cls, found: Conversion) -> Conversions:
        return cls(
            year=found.year,
            all=PromoterShare(**PromoterShare.parts(found.all)),
            programmes=[
                OfProgramme(programme=of.pk, name=of.name, **PromoterShare.parts(one)) for of, one in found.programmes
            ],
            months=[OfMonth(month=month, **PromoterShare.parts(one)) for month, one in found.months.items()],
        )
