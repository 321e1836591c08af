"""What /api/advocates takes and gives of people, acts, referrals, points and rewards."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from nineplus.api.shapes import Id, text
from nineplus.stages.act.advocates import acts
from nineplus.stages.act.advocates.reading import Profile
from nineplus.store.models import Act, Lead, Points, Redemption, Reward
from nineplus.store.models.advocates import ActStage, LeadState, RedemptionState

Stage = Literal[tuple(acts.STAGES)]  # type: ignore[valid-type]
AnyStage = Literal[tuple(ActStage.values)]  # type: ignore[valid-type]
State = Literal[tuple(LeadState.values)]  # type: ignore[valid-type]
RewardState = Literal[tuple(RedemptionState.values)]  # type: ignore[valid-type]
_Minor = Field(None, ge=0, lt=2**53, description="In minor units, such as cents.")
_Currency: Any = text(3)


class OneAdvocate(Schema):
    """A customer who helps. `earned`: all points ever, by which the level goes."""

    id: int
    contact: int
    name: str
    email: str
    account: int | None
    opted_out: bool
    points: int
    earned: int
    level: str
    acts: dict[str, int]
    referrals: dict[str, int]

    @classmethod
    def of(cls, one: Profile) -> OneAdvocate:
        who = one.advocate.contact
        return cls(
            id=one.advocate.pk,
            contact=who.pk,
            name=who.name,
            email=who.email,
            account=who.account.pk if who.account else None,
            opted_out=one.advocate.opted_out_at is not None,
            **{name: getattr(one, name) for name in ("points", "earned", "level")},
            acts=dict(one.acts),
            referrals=dict(one.referrals),
        )


class Advocates(Schema):
    """Some advocates, the newest first."""

    items: list[OneAdvocate]
    next: str | None


class PointsLine(Schema):
    """One line of the ledger."""

    id: int
    points: int
    why: str
    at: datetime

    @classmethod
    def of(cls, row: Points) -> PointsLine:
        return cls(id=row.pk, points=row.points, why=row.why, at=row.at)


class PointsLedger(Schema):
    """Some lines of somebody's points, the newest first; `points` is the sum of all."""

    points: int
    items: list[PointsLine]
    next: str | None


class OneAct(Schema):
    """One customer in one programme."""

    id: int
    programme: int
    contact: int | None
    account: int | None
    stage: AnyStage
    owner: str | None = Field(description="The colleague's e-mail address.")
    why: str = Field(description="Why they were not asked.")
    quote: str
    value_minor: int | None
    currency: str
    asked_at: datetime
    changed_at: datetime
    done_at: datetime | None

    @classmethod
    def of(cls, row: Act) -> OneAct:
        same = ("stage", "why", "quote", "value_minor", "currency", "asked_at", "changed_at", "done_at")
        return cls(
            id=row.pk,
            programme=row.programme_id,
            contact=row.contact_id,
            account=row.account_id,
            owner=row.owner.email if row.owner else None,
            **{name: getattr(row, name) for name in same},
        )


class Acts(Schema):
    """Some acts, the newest first."""

    items: list[OneAct]
    next: str | None


class NewAct(Schema):
    """Something that somebody does for us, noted by hand: no letter is written."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"programme": 1, "contact": 7, "stage": "agreed"}]},
    }

    programme: Id
    contact: Id
    stage: Stage = "agreed"
    note: text(2_000) = ""  # type: ignore[valid-type]
    owner: text(320) = ""  # type: ignore[valid-type]


class ActMoved(Schema):
    """The stage that it is in now; and what the deal was worth that it helped to win."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"stage": "done", "note": "They called."}]}}

    stage: Stage
    note: text(2_000) = ""  # type: ignore[valid-type]
    value_minor: int | None = _Minor
    currency: _Currency = ""  # type: ignore[valid-type]


class ActGiven(Schema):
    """Who looks after it; empty: nobody."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"to": "ada@example.org"}]}}

    to: text(320)  # type: ignore[valid-type]


class OneReferral(Schema):
    """Somebody who came by an advocate's link. `why` it does not count; `doubts` to look at before it is rewarded."""

    id: int
    advocate: int
    programme: int
    name: str
    email: str
    company: str
    state: State
    why: str
    doubts: list[str]
    value_minor: int | None
    currency: str
    at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, row: Lead) -> OneReferral:
        same = [name for name in cls.model_fields if name not in ("id", "advocate", "programme")]
        parts = {name: getattr(row, name) for name in same}
        return cls(id=row.pk, advocate=row.advocate_id, programme=row.programme_id, **parts)


class Referrals(Schema):
    """Some referrals, the newest first."""

    items: list[OneReferral]
    next: str | None


class ReferralSettled(Schema):
    """What came of it."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"won": True, "value_minor": 120000, "currency": "EUR"}]},
    }

    won: bool
    value_minor: int | None = _Minor
    currency: _Currency = ""  # type: ignore[valid-type]


class OneReward(Schema):
    """What points buy. `programme`: whose budget pays for it too."""

    id: int
    name: str
    on: bool
    points: int
    cost_minor: int
    currency: str
    budget_minor: int
    spent_minor: int
    programme: int | None

    @classmethod
    def of(cls, row: Reward) -> OneReward:
        same = ("name", "on", "points", "cost_minor", "currency", "budget_minor", "spent_minor")
        return cls(id=row.pk, programme=row.programme_id, **{name: getattr(row, name) for name in same})


class Rewards(Schema):
    """All rewards by name."""

    items: list[OneReward]


class NewReward(Schema):
    """A reward. `budget_minor`: all that may be spent on it."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [{"name": "Mug", "points": 100, "cost_minor": 1000, "currency": "EUR", "budget_minor": 50000}]
        },
    }

    name: text(200, 1)  # type: ignore[valid-type]
    points: int
    cost_minor: int = Field(ge=0, lt=2**53)
    currency: _Currency  # type: ignore[valid-type]
    budget_minor: int = Field(ge=0, lt=2**53)
    programme: Id | None = None


class OneRedemption(Schema):
    """Somebody asked for a reward. Codes are not told."""

    id: int
    reward: int
    advocate: int
    state: RewardState
    cost_minor: int
    doubts: list[str]
    why: str
    at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, row: Redemption) -> OneRedemption:
        same = ("state", "cost_minor", "doubts", "why", "at", "settled_at")
        parts = {name: getattr(row, name) for name in same}
        return cls(id=row.pk, reward=row.reward_id, advocate=row.advocate_id, **parts)


class Redemptions(Schema):
    """Some requests for rewards, the newest first."""

    items: list[OneRedemption]
    next: str | None


class RewardDecided(Schema):
    """Given, with the code when the reward has no list of codes; or refused, with why."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"give": False, "why": "Out of mugs"}]}}

    give: bool
    code: text(120) = ""  # type: ignore[valid-type]
    why: text(300) = ""  # type: ignore[valid-type]
