"""Surveys as they go in and out. Content and Plan are those of `model.survey`, whole."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Field, Schema

from nineplus.api.shapes import Id, text
from nineplus.model.survey import Content, Plan
from nineplus.stages.capture.asking.preview import Preview, Someone
from nineplus.stages.capture.drawing.starting import STARTING, Starting
from nineplus.store.models import Survey, SurveyVersion
from nineplus.store.models.capture import SurveyState, Touchpoint

State = Literal[tuple(SurveyState.values)]  # type: ignore[valid-type]
_Touchpoint = Literal[tuple(Touchpoint.values)]  # type: ignore[valid-type]
_Starting = Literal[tuple(one.slug for one in STARTING)]  # type: ignore[valid-type]


class NewSurvey(Schema):
    """A survey to be drawn up. It starts as a draft: nobody is asked before it is published and switched on."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"name": "After support", "starting": "post-resolution"}]},
    }

    name: text(200, 1)
    starting: _Starting | None = Field(None, description="What it starts from; `GET /api/surveys/starting` tells all.")
    touchpoint: _Touchpoint | None = Field(None, description="That of `starting` when left out, else custom.")
    content: Content | None = Field(None, description="What it asks; replaces that of `starting` whole.")
    plan: Plan | None = Field(None, description="Whom it asks and when; replaces that of `starting` whole.")


class ChangedSurvey(Schema):
    """What is to change; what is left out stays. A content is a draft until published, a plan holds at once."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"name": "After support, EMEA"}]}}

    name: text(200, 1) | None = None
    content: Content | None = None
    plan: Plan | None = None


class NewState(Schema):
    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"state": "active"}]}}

    state: Literal["active", "paused", "closed"]


class SurveyLine(Schema):
    """A survey in a list. `version` is what it asks now; null: nothing was published here."""

    id: Id
    name: str
    touchpoint: str
    state: State
    version: int | None
    public_id: str | None = Field(description="Part of the addresses of its anonymous page, kiosk and widget.")
    created_at: datetime
    changed_at: datetime | None

    @classmethod
    def parts(cls, row: Survey) -> dict[str, object]:
        return {
            "id": row.pk,
            "name": row.name,
            "touchpoint": row.touchpoint,
            "state": row.state,
            "version": row.current.number if row.current else None,
            "public_id": row.public_id,
            "created_at": row.created_at,
            "changed_at": row.changed_at,
        }


class SomeSurveys(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[SurveyLine]
    next: str | None


class OneSurvey(SurveyLine):
    """A survey whole. `draft` is what will be asked once it is published, null when nothing waits."""

    content: Content | None = Field(description="What it asks now.")
    draft: Content | None
    plan: Plan

    @classmethod
    def of(cls, row: Survey) -> OneSurvey:
        return cls(
            **cls.parts(row),
            content=Content.model_validate(row.current.content) if row.current else None,
            draft=Content.model_validate(row.draft) if row.draft is not None else None,
            plan=Plan.model_validate(row.plan or {}),
        )


class AskedVersion(Schema):
    """What a survey asked from `created_at` on, until the next version."""

    number: int
    created_at: datetime
    content: Content

    @classmethod
    def of(cls, row: SurveyVersion) -> AskedVersion:
        return cls(number=row.number, created_at=row.created_at, content=Content.model_validate(row.content))


class SomeVersions(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[AskedVersion]
    next: str | None


class OneStarting(Schema):
    """A usual moment to ask, with a plan that may be used as it is."""

    slug: str
    title: str
    says: str
    touchpoint: str
    plan: Plan
    content: Content

    @classmethod
    def of(cls, one: Starting) -> OneStarting:
        return cls(
            slug=one.slug,
            title=one.title,
            says=one.says,
            touchpoint=one.touchpoint,
            plan=one.plan,
            content=one.content,
        )


class Expected(Schema):
    """One contact who is due. `at`: when their message would go, or when they would be looked at again."""

    contact: int | None
    name: str
    email: str
    asked: bool
    reason: str
    says: str
    at: datetime | None

    @classmethod
    def of(cls, one: Someone) -> Expected:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class WhyNot(Schema):
    """Why some are not asked, and how many they are."""

    reason: str
    says: str
    n: int


class SomeExpected(Schema):
    """What a survey's runs would do up to `until`. Nothing was written.

    `due` have their moment and are in the audience, `outside` have their moment and are not. `by_hand`: nothing makes
    them due but a person or program, so that these are all contacts. `complete` false: more than were looked at.
    """

    until: datetime
    due: int
    asked: int
    outside: int
    reasons: list[WhyNot]
    by_hand: bool
    complete: bool
    items: list[Expected]
    next: str | None

    @classmethod
    def of(cls, seen: Preview, *, next: str | None) -> SomeExpected:
        return cls(
            until=seen.until,
            due=seen.due,
            asked=seen.asked,
            outside=seen.outside,
            reasons=[WhyNot(reason=one.reason, says=one.says, n=one.n) for one in seen.reasons],
            by_hand=seen.by_hand,
            complete=seen.complete,
            items=[Expected.of(one) for one in seen.people],
            next=next,
        )
