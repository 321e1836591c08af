"""Surveys as they are drawn up: made, changed, published in versions, paused and closed."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from nineplus.model.faults import sentence
from nineplus.model.survey import Content, Plan
from nineplus.questions import kinds
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Revision, Survey, SurveyVersion, User
from nineplus.store.models.capture import SurveyState, Touchpoint

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no letters that are read for others


class Unusable(NotPossible):
    """A survey's content or plan cannot be used. `faults` say where and why, as pydantic tells them."""

    def __init__(self, faults: list[Any]) -> None:
        self.faults = faults
        said = " ".join(sentence(one, field=".".join(map(str, one["loc"]))) for one in faults[:5])
        super().__init__(f"The survey cannot be used: {said}")


def create(
    *,
    name: str,
    touchpoint: str,
    content: Content,
    plan: Plan,
    now: datetime,
    source: str = "nineplus",
) -> Survey:
    """A new survey as a draft: nothing is asked before it is published and switched on."""
    name = name.strip()
    if not name or len(name) > 200:
        raise NotPossible("A survey needs a name of at most 200 characters.")
    if touchpoint not in Touchpoint.values:
        raise NotPossible(f"There is no touchpoint {touchpoint!r}. There are: {', '.join(Touchpoint.values)}.")
    if Survey.objects.filter(name=name).exists():
        raise NotPossible(f"There is a survey named {name!r} already. Choose another name.")
    with transaction.atomic():
        return Survey.objects.create(
            source=source,
            external_id=uuid.uuid4().hex,
            name=name,
            touchpoint=touchpoint,
            state=SurveyState.DRAFT,
            public_id="".join(secrets.choice(_ALPHABET) for _ in range(12)),
            draft=content.model_dump(mode="json"),
            plan=plan.model_dump(mode="json"),
            created_at=now,
            changed_at=now,
            revision=Revision.next(),
        )


def find(pk: int) -> Survey:
    """The survey with its current version. Raises NotFound."""
    found = Survey.objects.select_related("current").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such survey.")
    return found


def named(name: str) -> Survey:
    """The survey of that name. Raises NotFound with the names there are."""
    found = Survey.objects.filter(name=name.strip()).order_by("pk").first()
    if found is None:
        names = ", ".join(repr(one) for one in Survey.objects.order_by("name").values_list("name", flat=True)[:20])
        raise NotFound(f"There is no survey {name.strip()!r}. There are: {names or 'none yet'}.")
    return found


def save(
    survey: Survey, *, content: Content | None = None, plan: Plan | None = None, name: str = "", now: datetime
) -> Survey:
    """Keep changes. A plan holds at once; a content is a draft until it is published."""
    with transaction.atomic():
        revision = Revision.next()  # before the row is locked, in the order in which answers lock
        survey = Survey.objects.select_for_update().get(pk=survey.pk)
        if content is not None:
            drawn = content.model_dump(mode="json")
            survey.draft = None if survey.current and drawn == survey.current.content else drawn
        if plan is not None:
            survey.plan = plan.model_dump(mode="json")
        if name.strip() and name.strip() != survey.name:
            if Survey.objects.filter(name=name.strip()).exclude(pk=survey.pk).exists():
                raise NotPossible(f"There is a survey named {name.strip()!r} already. Choose another name.")
            survey.name = name.strip()
        survey.changed_at = now
        survey.revision = revision
        survey.save()
    return survey


def publish(survey: Survey, *, by: User | None = None, now: datetime) -> SurveyVersion:
    """Make the draft what is asked from now on. The same words again are the same version."""
    with transaction.atomic():
        revision = Revision.next()  # before the row is locked, in the order in which answers lock
        survey = Survey.objects.select_for_update(of=("self",)).select_related("current").get(pk=survey.pk)
        if survey.current and survey.draft in (None, survey.current.content):
            version = survey.current
        elif survey.draft is None:
            raise NotPossible("There is nothing to publish yet.")
        else:
            last = survey.versions.order_by("-number").values_list("number", flat=True).first() or 0
            version = SurveyVersion.objects.create(
                survey=survey, number=last + 1, content=survey.draft, created_at=now, created_by=by
            )
        survey.current = version
        survey.draft = None
        survey.changed_at = now
        survey.revision = revision
        survey.save()
    return version


def switch(survey: Survey, *, state: str, now: datetime) -> Survey:
    """Switch asking on (active), off for a while (paused) or for good (closed)."""
    if state not in (SurveyState.ACTIVE, SurveyState.PAUSED, SurveyState.CLOSED):
        raise NotPossible(f"A survey can be active, paused or closed, not {state!r}.")
    with transaction.atomic():
        revision = Revision.next()  # before the row is locked, in the order in which answers lock
        survey = Survey.objects.select_for_update().get(pk=survey.pk)
        if state == SurveyState.ACTIVE and survey.current_id is None:
            raise NotPossible("Publish the survey first: it has no question yet.")
        if state == SurveyState.ACTIVE and survey.state != SurveyState.ACTIVE:
            survey.planned_to = now  # what happened while it slept is past
        survey.state = state
        survey.changed_at = now
        survey.revision = revision
        survey.save()
    return survey


def content_of(survey: Survey) -> Content:
    """What the editor shows: the draft, else what is asked now, else a fresh one."""
    return Content.model_validate(survey.draft or (survey.current.content if survey.current else {}))


def asked(version: SurveyVersion) -> Content:
    """What that version asks."""
    return Content.model_validate(version.content)


def plan_of(survey: Survey) -> Plan:
    """Whom the survey asks and when."""
    return Plan.model_validate(survey.plan or {})


def read_content(data: Any) -> Content:
    """A content from JSON. Raises NotPossible with what, where and how to mend it."""
    content: Content = _read(Content, data)
    extras = []
    for extra in content.extras:
        if extra.kind not in kinds():
            raise NotPossible(f"There is no kind of question {extra.kind!r}. There are: {', '.join(kinds())}.")
        try:
            extras.append(extra.model_copy(update={"settings": dict(kinds()[extra.kind].settle(extra.settings))}))
        except ValueError as problem:
            raise NotPossible(f"The question {extra.slug!r} cannot be used: {problem}") from None
    return content.model_copy(update={"extras": tuple(extras)})


def read_plan(data: Any) -> Plan:
    """A plan from JSON. Raises NotPossible with what, where and how to mend it."""
    return _read(Plan, data)


def _read(kind: type[Any], data: Any) -> Any:
    try:
        return kind.model_validate(data)
    except ValidationError as problem:
        raise Unusable(problem.errors()) from None
