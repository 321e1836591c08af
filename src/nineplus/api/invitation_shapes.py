"""People, asks and what became of them, as they go in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime, StringConstraints

from nineplus.api.shapes import Id, Person, text
from nineplus.model.survey import Slug
from nineplus.stages.capture.asking.bringing import Who
from nineplus.stages.capture.asking.invitations import InvitationDetail
from nineplus.stages.capture.asking.inviting import Became, Link
from nineplus.store.models import Invitation
from nineplus.store.models.capture import Fate

FateName = Literal[tuple(Fate.values)]  # type: ignore[valid-type]
MOST_TOGETHER = 1_000
Attributes = Annotated[dict[text(60, 1), text(200)], Field(max_length=50)]
_ADA: dict[str, Any] = {"email": "ada@example.org", "name": "Ada", "account": "acme", "language": "de"}


class Named(Schema):
    """A person: by their id in your systems, address or number. New ones are added; what is left out stays."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [_ADA]}}

    external_id: text(200) = Field("", description="Their id in your systems.")
    email: text(320) = ""
    phone: text(40) = Field("", description="With its country: `+49 30 123456`.")
    name: text(300) | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,12}$")] | None = Field(
        None, description="In which they are asked, as BCP 47 has it: `de`, `pt-BR`."
    )
    time_zone: text(60) | None = Field(None, description="Such as `Europe/Berlin`: nobody is written to at night.")
    country: Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2})?$")] | None = Field(
        None, description="ISO 3166, for its holidays."
    )
    account: text(200) = Field("", description="Their account's id in your systems; a new one is added.")
    attributes: dict[text(60, 1), text(200) | None] = Field(
        default_factory=dict, max_length=50, description="Of the person. Null takes one away."
    )

    def who(self) -> Who:
        return Who(**self.model_dump())


class NewInvitation(Schema):
    """One ask of one person, now."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"survey": 1, "contact": _ADA, "occasion": "order 1001"}]},
    }

    survey: Id = Field(description="Its id.")
    contact: Named
    occasion: text(150) = Field(
        "", description="What they are asked about. The same occasion again asks the same person no second time."
    )
    attributes: Attributes = Field(default_factory=dict, description="Frozen on the answer, over the person's own.")
    at: AwareDatetime | None = Field(None, description="Ask then; now when left out. With time zone.")


class NewLink(Schema):
    """A personal link that you hand over yourself: in your product, chat or letter."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"survey": 1, "contact": _ADA}]}}

    survey: Id = Field(description="Its id.")
    contact: Named
    occasion: text(150) = Field("", description="The same occasion again is the same link.")
    attributes: Attributes = Field(default_factory=dict, description="Frozen on the answer, over the person's own.")


class InvitedPerson(Schema):
    """One of many who are asked together."""

    model_config = {"extra": "forbid"}

    contact: Named
    attributes: Attributes = Field(default_factory=dict)


class NewInvitations(Schema):
    """Many people asked by one survey on one occasion."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"survey": 1, "occasion": "launch", "people": [{"contact": _ADA}]}]},
    }

    survey: Id = Field(description="Its id.")
    occasion: text(150) = ""
    at: AwareDatetime | None = None
    people: list[InvitedPerson] = Field(min_length=1, max_length=MOST_TOGETHER)


class NewEvent(Schema):
    """Something that happened to a person. Surveys whose trigger is that event ask about it after their delay."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"event": "first_report_made", "contact": _ADA, "occasion": "report 7"}]},
    }

    event: Slug
    contact: Named
    occasion: text(150) = Field("", description="The same occasion again asks nobody twice.")


class Heard(Schema):
    """How many surveys are to ask about it. Their rules decide then."""

    surveys: int


class OneInvitation(Schema):
    """An ask, or a skip with its `reason`."""

    id: int
    survey: int
    survey_name: str
    fate: FateName
    reason: str
    channel: str
    language: str
    contact: Person | None
    contact_id: str | None = Field(description="The contact's id in your systems.")
    account: str | None
    attributes: dict[str, str]
    due_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    reminded_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def parts(cls, row: Invitation) -> dict[str, Any]:
        same = ("fate", "reason", "channel", "language", "due_at", "sent_at", "delivered_at", "opened_at")
        return {
            **{name: getattr(row, name) for name in (*same, "reminded_at", "expires_at")},
            "id": row.pk,
            "survey": row.survey_id,
            "survey_name": row.survey.name,
            "contact": Person(name=row.contact.name, email=row.contact.email) if row.contact else None,
            "contact_id": row.contact.external_id if row.contact else None,
            "account": row.account.external_id if row.account else None,
            "attributes": {slug: str(value) for slug, value in row.attributes.items()},
        }


class SomeInvitations(Schema):
    """Newest first. `next` is the cursor of the following page, null at the end."""

    items: list[OneInvitation]
    next: str | None


class OneMessage(Schema):
    """A message of an invitation: invitation or reminder, and where it stands in the queue."""

    kind: str
    medium: str
    state: str
    due_at: datetime
    sent_at: datetime | None
    error: str


class InvitationEntry(Schema):
    at: datetime
    what: str
    detail: str


class WholeInvitation(OneInvitation):
    """An invitation with its messages and what happened, oldest first."""

    version: int | None
    response: int | None
    messages: list[OneMessage]
    history: list[InvitationEntry]

    @classmethod
    def of(cls, detail: InvitationDetail) -> WholeInvitation:
        row = detail.invitation
        response = getattr(row, "response", None)
        return cls(
            **cls.parts(row),
            version=row.version.number if row.version else None,
            response=response.pk if response else None,
            messages=[OneMessage(**{n: getattr(m, n) for n in OneMessage.model_fields}) for m in detail.messages],
            history=[InvitationEntry(at=one.at, what=one.what, detail=one.detail) for one in detail.history],
        )


class Answered(Schema):
    """What became of an ask: `asked`, or `skipped` with the reason, in a word and in a sentence."""

    outcome: Literal["asked", "skipped"]
    reason: str
    says: str
    invitation: int | None = Field(description="Its id; null for people outside of the survey's audience.")
    at: datetime | None = Field(description="When the message goes: quiet hours and weekends are kept.")

    @classmethod
    def of(cls, one: Became) -> Answered:
        return cls(
            outcome="skipped" if one.reason else "asked",
            reason=one.reason,
            says=one.says,
            invitation=one.invitation,
            at=one.at,
        )


class AnsweredOne(Schema):
    """What became of one of many, in their order. `refused`: the person cannot be used, and `says` why."""

    outcome: Literal["asked", "skipped", "refused"]
    reason: str
    says: str
    invitation: int | None
    at: datetime | None


class AnsweredAll(Schema):
    """What became of all of them."""

    asked: int
    skipped: int
    refused: int
    items: list[AnsweredOne]


class OneLink(Schema):
    """A personal link, or the reason against it. `unsubscribe` belongs beside it wherever you hand it over."""

    outcome: Literal["asked", "skipped"]
    reason: str
    says: str
    invitation: int | None
    link: str | None
    unsubscribe: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, one: Link) -> OneLink:
        return cls(
            outcome="skipped" if one.became.reason else "asked",
            reason=one.became.reason,
            says=one.became.says,
            invitation=one.became.invitation,
            link=one.address or None,
            unsubscribe=one.unsubscribe or None,
            expires_at=one.expires_at,
        )
