"""/api/changes: you said, we did. What was changed because customers asked for it, and the news of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema, Status

from nineplus.api.door import Key, asker
from nineplus.api.filters import FILTER, filter_of, nothing_else
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.changes import keeping, telling, trying
from nineplus.stages.act.changes.words import Said

router = Router(tags=["You said, we did"], auth=Key("changes:read"))
_WRITES = Key("changes:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}


class Letter(Schema):
    """A subject and a text; `{name}`, `{said}` and `{company}` are filled in."""

    subject: str
    text: str


class Share(Schema):
    """A share of those who answered, with its 95 % interval."""

    value: float
    low: float
    high: float


class OneChange(Schema):
    """A change, how far it is told, and what those say who were told."""

    id: int
    title: str
    theme: str
    tone: str
    words: dict[str, Letter]
    language: str
    state: str
    told_at: datetime | None
    asked: int = Field(description="People on the list.")
    sent: int
    waiting: int
    not_sent: int
    refused: dict[str, int] = Field(description="Who gets no letter, by reason.")
    answers: dict[str, int]
    helped: Share | None = Field(description="The share of those who answered whom it helped.")
    fault: str

    @classmethod
    def of(cls, one: keeping.Standing) -> OneChange:
        row = one.change
        return cls(
            id=row.pk,
            title=row.title,
            theme=row.theme,
            tone=row.tone,
            words={code: Letter(**said) for code, said in row.words.items()},
            language=row.language,
            state=row.state,
            told_at=row.told_at,
            asked=one.asked,
            sent=one.sent,
            waiting=one.waiting,
            not_sent=one.not_sent,
            refused=dict(one.refused),
            answers=dict(one.answers),
            helped=Share(value=one.helped[0], low=one.helped[1], high=one.helped[2]) if one.helped else None,
            fault=row.fault,
        )


class Changes(Schema):
    """All changes, the newest first."""

    items: list[OneChange]


class NewChange(Schema):
    """What changed, who asked for it (a theme, and the filter in the address), what they are written."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "title": "Answers within a working day",
                    "theme": "support.speed",
                    "tone": "complaints",
                    "words": {"en": {"subject": "You told us", "text": "Hello {name},\n\nyou wrote: “{said}” …"}},
                }
            ]
        },
    }

    title: str
    theme: str
    tone: Literal["complaints", "anything"] = "complaints"
    words: dict[str, Letter]
    language: str = "en"


class Readers(Schema):
    """How many get the letter in one language: `own` read it, `others` get it for want of theirs."""

    language: str
    own: int
    others: dict[str, int] = Field(description="By the language they read; empty where nobody knows it.")


class Reach(Schema):
    """Who would be told now. `trouble`: why nothing can be sent at all."""

    reached: int
    refused: dict[str, int]
    readers: list[Readers]
    trouble: str


class Test(Schema):
    """Where a test goes, and in which language; without one: that of those whose own is not among the words."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"to": "ada@example.org"}]}}

    to: str
    language: str = ""


class Tested(Schema):
    """Where it is on its way to."""

    to: str


@router.get("", response={200: Changes, **ERRORS}, summary="All changes")
def every(request: HttpRequest) -> Changes:
    return Changes(items=[OneChange.of(one) for one in keeping.every()])


@router.post(
    "/preview",
    auth=_WRITES,
    response={200: Reach, **_ACTS},
    summary="Who would be told",
    openapi_extra={"parameters": FILTER},
)
def preview(request: HttpRequest, given: NewChange) -> Reach:
    """Nothing is written."""
    nothing_else(request)
    found = trying.preview(_drawn(request, given), now=timezone.now())
    readers = [Readers(language=one.language, own=one.own, others=dict(one.others)) for one in found.readers]
    return Reach(reached=found.reached, refused=found.refused, readers=readers, trouble=found.trouble)


@router.get("/{id}", response={200: OneChange, **ERRORS, 404: Problem}, summary="One change")
def one(request: HttpRequest, id: _Id) -> OneChange:
    return OneChange.of(keeping.standing(keeping.one(id)))


@router.post(
    "",
    auth=_WRITES,
    response={201: OneChange, **_ACTS},
    summary="Draw up a change",
    openapi_extra={"parameters": FILTER},
)
def create(request: HttpRequest, given: NewChange) -> Status:
    """Nobody is told yet."""
    nothing_else(request)
    made = keeping.save(_drawn(request, given), by=asker(request).created_by, now=timezone.now())
    return Status(201, OneChange.of(keeping.standing(made)))


@router.post("/{id}/test", auth=_WRITES, response={200: Tested, **_ACTS}, summary="Send the letter to oneself")
def test(request: HttpRequest, id: _Id, given: Test) -> Tested:
    """As the first who would get it does. Its subject says that it is a test, its links keep nothing."""
    by, now = asker(request).created_by, timezone.now()
    return Tested(to=trying.send_test(id, to=given.to, language=given.language, by=by, now=now).address)


@router.post("/{id}/tell", auth=_WRITES, response={200: OneChange, **_ACTS}, summary="Tell everyone who asked")
def tell(request: HttpRequest, id: _Id) -> OneChange:
    """Each gets one letter, written by the worker."""
    telling.begin(id, by=asker(request).created_by, now=timezone.now())
    return OneChange.of(keeping.standing(keeping.one(id)))


@router.post("/{id}/stop", auth=_WRITES, response={200: OneChange, **_ACTS}, summary="Write to nobody more")
def stop(request: HttpRequest, id: _Id) -> OneChange:
    telling.stop(id, now=timezone.now())
    return OneChange.of(keeping.standing(keeping.one(id)))


@router.delete("/{id}", auth=_WRITES, response={204: None, **_ACTS}, summary="Remove a draft")
def remove(request: HttpRequest, id: _Id) -> Status:
    keeping.remove(id)
    return Status(204, None)


def _drawn(request: HttpRequest, given: NewChange) -> keeping.Drawn:
    return keeping.Drawn(
        title=given.title,
        theme=given.theme,
        tone=given.tone,
        filter=filter_of(request),
        words={code: Said(letter.subject, letter.text) for code, letter in given.words.items()},
        language=given.language,
    )
