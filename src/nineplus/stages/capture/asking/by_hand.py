"""Asking by hand: a person presses, and everybody in the audience whom the rules allow is asked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nineplus.stages.capture.asking import planning
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Event, Survey
from nineplus.store.models.capture import SurveyState


def order(survey: Survey, *, occasion: str, now: datetime) -> None:
    """Have the worker ask the audience. The same occasion again asks nobody twice. Raises NotPossible."""
    if survey.state != SurveyState.ACTIVE:
        raise NotPossible("Only a survey that is switched on can ask.")
    if not surveys.plan_of(survey).channels:
        raise NotPossible("This survey has no way to write to anybody. Choose e-mail or SMS first.")
    with transaction.atomic():
        Event.publish(kind="survey.everyone", data={"survey": survey.pk, "occasion": occasion}, now=now)


def ask_everyone(*, survey: int, occasion: str, now: datetime) -> None:
    """What the order does. Nothing when the survey was switched off meanwhile."""
    found = Survey.objects.filter(pk=survey, state=SurveyState.ACTIVE).select_related("current").first()
    if found is not None and found.current is not None:
        planning.ask(found, contacts=None, occasion=occasion, now=now)
