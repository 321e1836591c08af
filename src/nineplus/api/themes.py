"""/api/themes: what comments are read by, versions and drafts, topics; and what was read in one answer's comment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from nineplus.api.door import Key, asker
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import text
from nineplus.stages.analyze.comments import labels, meaning, reviewing, showing, topics, versions
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import ThemesVersion
from nineplus.text.reading import SENTIMENTS
from nineplus.text.taxonomy import taxonomy_data

router = Router(tags=["Themes"], auth=Key("analyses:read"))
answers = Router(tags=["Themes"], auth=Key("responses:read"))
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OneTheme(Schema):
    """`slug` is what analyses count under; the second level is parent.child."""

    slug: str
    name: str
    description: str
    parent: str


class OneThemesVersion(Schema):
    """One version of the themes; `read` of `of` comments while it is being read by."""

    number: int
    state: str
    current: bool
    changes: list[str]
    read: int
    of: int
    created_at: datetime
    error: str


class Themes(Schema):
    """The themes in force, and the versions on their way."""

    version: OneThemesVersion
    themes: list[OneTheme]
    coming: OneThemesVersion | None
    draft: OneThemesVersion | None


class Draft(Schema):
    """A whole taxonomy as `GET /api/themes/document` gives it."""

    model_config = {"json_schema_extra": {"examples": [{"title": "Ours", "theme": [
        {"slug": "pricing", "name": "Pricing", "bad": ["Too expensive."]}
    ]}]}}  # fmt: skip

    title: text(120) = ""
    name: text(60) = ""
    theme: list[dict[str, Any]] = Field(max_length=500)
    became: dict[str, str] = {}


class Preview(Schema):
    """What a draft would change in the newest comments; null until the worker has read them by it."""

    number: int
    changes: list[str]
    preview: dict[str, Any] | None


class Measured(Schema):
    """Of one theme on the reviewed random sample; null where nothing was given or due."""

    theme: str
    precision: float | None
    recall: float | None
    f1: float
    support: int


class Quality(Schema):
    """How good the reader is on the company's own comments. `enough` says whether the sample says something."""

    version: int
    drawn: int
    enough: bool
    micro_f1: float
    macro_f1: float
    themes: list[Measured]


class OneTopic(Schema):
    """Something several customers say that no theme covers; `quotes` have personal data covered."""

    id: int
    name: str
    accounts: int
    clauses: int
    quotes: list[str]


class TopicDecision(Schema):
    """theme: it goes into the draft under `name`. dismiss: it does not come again."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"said": "theme", "name": "Invoices"}]}}

    said: Literal["theme", "dismiss"]
    name: text(80) = ""


class ThemeSaid(Schema):
    """One theme in one comment, from the character `start` to `stop`. `person`: what somebody said of it."""

    theme: str
    name: str
    sentiment: str
    sure: float
    why: str
    start: int
    stop: int
    counts: bool
    person: bool | None


class CommentRead(Schema):
    """What was read in a comment. What is doubtful stands in `themes` too, with counts false."""

    response: int
    version: int
    language: str
    sentiment: str
    sure: float
    contradicts: bool
    empty_because: str
    themes: list[ThemeSaid]

    @classmethod
    def of(cls, pk: int) -> CommentRead:
        shown = showing.shown([pk]).get(pk)
        if shown is None:
            raise NotFound("Nobody has read a comment of this answer (yet).")
        told = shown.reading
        return cls(
            response=pk,
            version=told.version.number,
            language=told.language,
            sentiment=shown.sentiment,
            sure=told.sure,
            contradicts=told.contradicts,
            empty_because=told.empty_because,
            themes=[
                ThemeSaid(
                    theme=one.slug, **{name: getattr(one, name) for name in ThemeSaid.model_fields if name != "theme"}
                )
                for one in (*shown.themes, *shown.doubtful)
            ],
        )


class Labels(Schema):
    """`themes` says of some themes whether the comment speaks of them. With `whole` it is a review: of all others it
    does not speak, and `sentiment` is what it feels."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"themes": {"pricing": True}}]}}

    themes: dict[str, bool] = Field(max_length=200)
    whole: bool = False
    sentiment: Literal["", "positive", "negative", "neutral", "mixed"] = ""


class Near(Schema):
    """Answers whose comments mean much the same, the nearest first."""

    responses: list[int]


def _told(one: ThemesVersion | None) -> OneThemesVersion | None:
    if one is None:
        return None
    return OneThemesVersion(**{name: getattr(one, name) for name in OneThemesVersion.model_fields})


@router.get("", response={200: Themes, **ERRORS}, summary="The themes in force, and what is on its way")
def shown(request: HttpRequest) -> Themes:
    """What they cost in points is the analysis theme-impact: GET /api/analyses/theme-impact."""
    current = versions.current()
    themes = [
        OneTheme(slug=one.slug, name=one.name, description=one.description, parent=one.parent)
        for one in versions.taxonomy(current).themes
    ]
    return Themes(version=_told(current), themes=themes, coming=_told(versions.going()), draft=_told(versions.draft()))


@router.get("/document", response={200: dict[str, Any], **ERRORS}, summary="The themes with words and examples")
def document(request: HttpRequest, draft: bool = False) -> dict[str, Any]:
    """What `PUT /api/themes/draft` takes."""
    one = versions.draft() if draft else None
    return taxonomy_data(versions.taxonomy(one or versions.current()))


@router.get("/draft", response={200: Preview, **ERRORS, 404: Problem}, summary="The draft and what it would change")
def preview(request: HttpRequest) -> Preview:
    one = versions.draft()
    if one is None:
        raise NotFound("There is no draft.")
    return Preview(number=one.number, changes=one.changes, preview=one.preview)


@router.put(
    "/draft",
    auth=Key("themes:write"),
    response={200: OneThemesVersion, **BODY_ERRORS},
    summary="Put a whole taxonomy into the draft",
)
def bring(request: HttpRequest, given: Draft) -> OneThemesVersion:
    """Nothing changes until it is applied. The worker reads past comments by it meanwhile."""
    versions.bring(given.model_dump(exclude_defaults=True), by=asker(request).created_by, now=timezone.now())
    return _told(versions.draft())


@router.delete(
    "/draft", auth=Key("themes:write"), response={204: None, **ERRORS, 404: Problem}, summary="Discard the draft"
)
def discard(request: HttpRequest) -> Status:
    versions.discard()
    return Status(204, None)


@router.post(
    "/draft/apply",
    auth=Key("themes:write"),
    response={202: OneThemesVersion, **ERRORS, 404: Problem, 409: Problem},
    summary="Read all comments by the draft",
)
def apply(request: HttpRequest) -> Status:
    """The worker does it; until all are read everything shows the version before."""
    return Status(202, _told(versions.apply(now=timezone.now())))


@router.post(
    "/{number}/cancel",
    auth=Key("themes:write"),
    response={204: None, **ERRORS, 404: Problem, 409: Problem},
    summary="End the reading by a version",
)
def cancel(request: HttpRequest, number: _Id) -> Status:
    versions.cancel(number=number, now=timezone.now())
    return Status(204, None)


@router.get("/quality", response={200: Quality, **ERRORS}, summary="Precision and recall on reviewed comments")
def quality(request: HttpRequest) -> Quality:
    """Only comments that were drawn at random and reviewed by people."""
    card = reviewing.card()
    themes = [
        Measured(
            theme=one.slug,
            precision=one.quality.precision,
            recall=one.quality.recall,
            f1=one.quality.f1,
            support=one.quality.support,
        )
        for one in card.themes
    ]
    return Quality(
        version=versions.current().number,
        drawn=card.drawn,
        enough=card.enough,
        micro_f1=card.micro_f1,
        macro_f1=card.macro_f1,
        themes=themes,
    )


@router.get(
    "/topics", auth=Key("responses:read"), response={200: list[OneTopic], **ERRORS}, summary="What no theme covers yet"
)
def waiting(request: HttpRequest) -> list[OneTopic]:
    return [
        OneTopic(id=one.pk, name=one.name, accounts=one.accounts, clauses=one.clauses, quotes=list(one.quotes))
        for one in topics.waiting()
    ]


@router.put(
    "/topics/{topic}",
    auth=Key("themes:write"),
    response={204: None, **BODY_ERRORS, 404: Problem},
    summary="Make a theme of a topic, or dismiss it",
)
def decide(request: HttpRequest, topic: _Id, given: TopicDecision) -> Status:
    by = asker(request).created_by
    if given.said == "theme":
        topics.make_theme(topic, name=given.name, by=by, now=timezone.now())
    else:
        topics.dismiss(topic, by=by)
    return Status(204, None)


@router.get(
    "/near",
    auth=Key("responses:read"),
    response={200: Near, **ERRORS, 400: Problem},
    summary="Answers that mean much the same",
)
def near(
    request: HttpRequest,
    said: Annotated[str, Query(min_length=1, max_length=400, description="In any of fifteen languages.")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Near:
    """Search by meaning, in what the worker has read."""
    return Near(responses=meaning.search(said, most=limit))


@answers.get(
    "/{response}/themes", response={200: CommentRead, **ERRORS, 404: Problem}, summary="What its comment speaks of"
)
def comment(request: HttpRequest, response: _Id) -> CommentRead:
    """Each theme with the words it rests on, why, and how sure."""
    return CommentRead.of(response)


@answers.put(
    "/{response}/themes",
    auth=Key("responses:write"),
    response={200: CommentRead, **BODY_ERRORS, 404: Problem},
    summary="Correct what its comment speaks of",
)
def correct(request: HttpRequest, response: _Id, given: Labels) -> CommentRead:
    """A person's word wins over the reader's at once, everywhere."""
    by, now = asker(request).created_by, timezone.now()
    if given.whole:
        due = [slug for slug, holds in given.themes.items() if holds]
        labels.review(response=response, themes=due, sentiment=given.sentiment, by=by, now=now, source="api")
    elif given.sentiment:
        raise NotPossible(f"A sentiment ({', '.join(SENTIMENTS)}) is said of a whole comment: send whole as true.")
    else:
        labels.label(response=response, themes=given.themes, by=by, now=now, source="api")
    return CommentRead.of(response)
