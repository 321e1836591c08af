"""/api/surveys: drawn up, published, switched on and off; who would be asked, and why others would not."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Status

from nineplus.api.door import IDEMPOTENT, Key, again
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import Answer
from nineplus.api.survey_shapes import (
    AskedVersion,
    ChangedSurvey,
    NewState,
    NewSurvey,
    OneStarting,
    OneSurvey,
    SomeExpected,
    SomeSurveys,
    SomeVersions,
    State,
    SurveyLine,
)
from nineplus.model.survey import Content, Plan
from nineplus.rules.asking import REASONS
from nineplus.stages.capture.asking import preview as previewing
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.drawing.starting import STARTING, starting
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.once import once
from nineplus.store.models import Survey

router = Router(tags=["Surveys"], auth=Key("surveys:read"))
_WRITES = Key("surveys:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_MISSING = {404: Problem}


@router.get("", response={200: SomeSurveys, **ERRORS}, summary="Surveys, newest first")
def some(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    state: Annotated[State | None, Query(description="Only those.")] = None,
) -> SomeSurveys:
    """Every survey, those known from elsewhere (history) too."""
    rows = Survey.objects.select_related("current").defer("current__content", "draft", "plan")
    rows = rows.filter(state=state) if state else rows
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    items = [SurveyLine(**SurveyLine.parts(row)) for row in found]
    return SomeSurveys(items=items, next=follow(request, response, older))


@router.get("/starting", response={200: list[OneStarting], **ERRORS}, summary="What a survey can start from")
def every_starting(request: HttpRequest) -> list[OneStarting]:
    """The usual moments to ask, each with a plan that may be used as it is."""
    return [OneStarting.of(one) for one in STARTING]


@router.post(
    "", auth=_WRITES, response={201: OneSurvey, 200: OneSurvey, **BODY_ERRORS, 409: Problem}, summary="Draw up a survey"
)
def create(request: HttpRequest, survey: NewSurvey, idempotency_key: str = IDEMPOTENT) -> Status:
    """A draft: nobody is asked before it is published and switched on."""
    from_which = starting(survey.starting or "")
    content = _content(survey.content) or (from_which.content if from_which else Content())
    plan = _plan(survey.plan) or (from_which.plan if from_which else Plan())
    touchpoint = survey.touchpoint or (from_which.touchpoint if from_which else "custom")
    now = timezone.now()

    def work() -> dict[str, int]:
        made = surveys.create(name=survey.name, touchpoint=touchpoint, content=content, plan=plan, now=now)
        return {"survey": made.pk}

    result, made = once(again(request, idempotency_key), work, now=now)
    return Status(201 if made else 200, OneSurvey.of(surveys.find(result["survey"])))


@router.get("/{id}", response={200: OneSurvey, **ERRORS, **_MISSING}, summary="One survey")
def one(request: HttpRequest, id: _Id) -> OneSurvey:
    return OneSurvey.of(surveys.find(id))


@router.patch("/{id}", auth=_WRITES, response={200: OneSurvey, **BODY_ERRORS, **_MISSING}, summary="Change a survey")
def change(request: HttpRequest, id: _Id, changed: ChangedSurvey) -> OneSurvey:
    """Name and plan hold at once; a content waits until it is published."""
    survey = _asked_here(id)
    surveys.save(
        survey,
        content=_content(changed.content),
        plan=_plan(changed.plan),
        name=changed.name or "",
        now=timezone.now(),
    )
    return OneSurvey.of(surveys.find(id))


@router.post(
    "/{id}/publish", auth=_WRITES, response={200: OneSurvey, **ERRORS, **_MISSING}, summary="Publish the draft"
)
def publish(request: HttpRequest, id: _Id) -> OneSurvey:
    """Ask the draft from now on, as the next version. The same words again are the same version."""
    surveys.publish(_asked_here(id), now=timezone.now())
    return OneSurvey.of(surveys.find(id))


@router.put(
    "/{id}/state", auth=_WRITES, response={200: OneSurvey, **BODY_ERRORS, **_MISSING}, summary="Switch asking on or off"
)
def switch(request: HttpRequest, id: _Id, wanted: NewState) -> OneSurvey:
    """Active asks; paused asks nobody new and its links take answers; closed takes none."""
    surveys.switch(_asked_here(id), state=wanted.state, now=timezone.now())
    return OneSurvey.of(surveys.find(id))


@router.get(
    "/{id}/versions", response={200: SomeVersions, **ERRORS, **_MISSING}, summary="What it asked, version by version"
)
def versions(
    request: HttpRequest, response: HttpResponse, id: _Id, cursor: str = CURSOR, limit: int = LIMIT
) -> SomeVersions:
    found, older = newest_first(surveys.find(id).versions.all(), cursor=cursor, limit=limit)
    return SomeVersions(items=[AskedVersion.of(row) for row in found], next=follow(request, response, older))


@router.get(
    "/{id}/preview", response={200: SomeExpected, **ERRORS, **_MISSING}, summary="Who would be asked, who not, and why"
)
def preview(
    request: HttpRequest,
    response: HttpResponse,
    id: _Id,
    cursor: str = CURSOR,
    hours: float = Query(previewing.HOURS, gt=0, le=24 * 100, description="How far to look ahead."),
    reason: str = Query("", description="Only those with this reason; `asked`: those who are asked.", max_length=60),
) -> SomeExpected:
    """Planning's own decisions with nothing written. A survey that is off is shown as if it were switched on now."""
    if reason and reason != "asked" and reason not in REASONS:
        raise NotPossible(f"There is no reason {reason!r}. There are: asked, {', '.join(REASONS)}.")
    page = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 8 else 0 if cursor else 1
    if page < 1:
        raise NotPossible("This place in the list cannot be read. Start from its beginning again.")
    seen = previewing.preview(_asked_here(id), now=timezone.now(), hours=hours, reason=reason, page=page)
    following = follow(request, response, str(page + 1) if page < seen.pages else None)
    return SomeExpected.of(seen, next=following)


@router.get(
    "/{id}/funnel",
    response={200: Answer, **ERRORS, **_MISSING},
    summary="How its asking goes, from planned to commented",
)
def asking_goes(
    request: HttpRequest,
    id: _Id,
    by: Annotated[
        str, Query(max_length=60, description="Split by `version`, `arm`, `channel` or the slug of an attribute.")
    ] = "",
) -> dict[str, object]:
    """What became of every ask: how many came how far, where it ended otherwise, and why people were skipped."""
    from nineplus.stages.capture.reading.funnel import funnel  # statistics load when somebody asks

    return funnel(surveys.find(id), by=by).to_dict()


def _asked_here(id: int) -> Survey:
    """The survey, unless it is one whose answers only come from elsewhere."""
    survey = surveys.find(id)
    if survey.state == Survey.State.HISTORY:
        raise NotPossible("This survey's answers come from elsewhere: nothing is asked here.")
    return survey


def _content(given: Content | None) -> Content | None:
    """As the stage wants it: the kinds of question have looked at their settings. Raises NotPossible."""
    return surveys.read_content(given.model_dump(mode="json")) if given is not None else None


def _plan(given: Plan | None) -> Plan | None:
    return surveys.read_plan(given.model_dump(mode="json")) if given is not None else None
