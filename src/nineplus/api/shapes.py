"""What goes in and out, as documented."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from nineplus.model.survey import Slug
from nineplus.stages.capture import Beside
from nineplus.stats import scale
from nineplus.store.models import Import, Response
from nineplus.store.models.capture import Touchpoint


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("A text may not contain the character NUL.")
    return text


def text(most: int, least: int = 0) -> Any:
    pattern = r"^[^\x00]*$" if not least else r"^[^\x00]*[^\x00\s][^\x00]*$"
    return Annotated[
        str, StringConstraints(max_length=most, min_length=least, pattern=pattern), AfterValidator(_storable)
    ]


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


_BESIDE = tuple(Beside.__dataclass_fields__)
Extra = text(2_000) | bool | int | float | Annotated[list[text(300)], Field(max_length=100)] | None


class NewResponse(Schema):
    """One answer. Unknown survey, account and contact are added."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [{"score": 9, "survey": "Relationship", "email": "ada@example.org", "account": "acme"}]
        },
    }

    score: int = Field(ge=scale.LOWEST, le=scale.HIGHEST, strict=True)
    survey: text(200, 1) = Field(description="The survey's name.")
    touchpoint: Literal[tuple(Touchpoint.values)] = Field(  # type: ignore[valid-type]
        "custom", description="Of a survey that is new; an existing one keeps its own."
    )
    comment: text(20_000) = ""
    answered_at: AwareDatetime | None = Field(None, description="With time zone; now when left out.")
    account: text(200) = Field("", description="The account's id in your systems.")
    email: text(320) = Field("", description="The contact's address.")
    channel: text(20) = ""
    language: text(12) = ""
    attributes: dict[text(60, 1), text(200)] = Field(default_factory=dict, max_length=50)
    extras: dict[Slug, Extra] = Field(
        default_factory=dict, max_length=100, description="Answers to extra questions, by the question's slug."
    )
    consent_contact: bool | None = Field(None, description="May we contact them? Null: nobody asked.")
    consent_quote: bool | None = Field(None, description="May we quote them?")
    tags: list[text(60, 1)] = Field(default_factory=list, max_length=50)
    ticket: text(200) = Field("", description="The ticket's id in your help desk; its account and contact count.")
    anonymous: bool = Field(False, description="Never to be joined to a person: send none.")

    def parts(self) -> dict[str, Any]:
        """As the stage takes it."""
        beside = {name: getattr(self, name) for name in _BESIDE}
        return {**self.model_dump(exclude=set(_BESIDE)), "beside": Beside(**beside)}


class NewComment(Schema):
    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"comment": "Fine now, thank you."}]}}

    comment: text(20_000)


class Person(Schema):
    name: str
    email: str


class OneResponse(Schema):
    id: int
    score: int
    group: scale.Group
    comment: str
    answered_at: datetime
    survey: str
    touchpoint: str
    channel: str
    language: str
    account: str | None
    contact: Person | None
    attributes: dict[str, str]
    extras: dict[str, Any]
    consent_contact: bool | None
    consent_quote: bool | None
    tags: list[str]
    ticket: str | None = Field(description="The ticket's id in your help desk.")
    anonymous: bool
    invitation: int | None
    changed_at: datetime | None

    @classmethod
    def of(cls, row: Response) -> OneResponse:
        return cls(
            id=row.pk,
            score=row.score,
            group=scale.group_of(row.score),
            comment=row.comment,
            answered_at=row.answered_at,
            survey=row.survey.name,
            touchpoint=row.survey.touchpoint,
            channel=row.channel,
            language=row.language,
            account=row.account.external_id if row.account else None,
            contact=Person(name=row.contact.name, email=row.contact.email) if row.contact else None,
            attributes={slug: str(value) for slug, value in row.attributes.items()},
            extras=row.extras,
            consent_contact=row.consent_contact,
            consent_quote=row.consent_quote,
            tags=row.tags,
            ticket=row.ticket.external_id if row.ticket else None,
            anonymous=row.anonymous,
            invitation=row.invitation_id,
            changed_at=row.changed_at,
        )


class SomeResponses(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneResponse]
    next: str | None
    searched_to: datetime | None = Field(None, description="How far back a search came without filling the page.")


class OneOption(Schema):
    name: str
    type: Literal["str", "int", "float", "bool"]
    default: Any = None
    required: bool
    help: str


class OneAnalysis(Schema):
    name: str
    title: str
    help: str
    version: int
    options: list[OneOption]


class Answer(Schema):
    """The Result of an analysis. A question that these data cannot answer has `refusal`, and is no error."""

    name: str
    title: str
    says: str
    refusal: str | None
    estimate: dict[str, Any] | None
    figures: dict[str, Any]
    tables: list[dict[str, Any]]
    evidence: str | None
    assumptions: list[str]
    warnings: list[str]
    method: str
    version: int
    snapshot: dict[str, Any] | None
    filter: dict[str, Any]


class OneImport(Schema):
    id: int
    kind: str
    source: str
    file_name: str
    state: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_total: int | None
    rows_added: int
    rows_changed: int
    rows_same: int
    rows_refused: int
    error: str

    @classmethod
    def of(cls, row: Import) -> OneImport:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class SomeImports(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneImport]
    next: str | None
