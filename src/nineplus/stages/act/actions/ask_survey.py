"""Ask the person by another survey, under that survey's own rules of whom it may ask and how often."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.capture.asking import inviting
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Survey


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.contact is None:
        raise NotPossible("Nobody is known who could be asked.")
    survey = Survey.objects.select_related("current").filter(name__iexact=settings["survey"].strip()).first()
    if survey is None:
        raise NotPossible(f"There is no survey {settings['survey']!r}.")
    [became] = inviting.invite(survey, contacts=[doing.contact.pk], occasion=doing.key, now=doing.now)
    return Did(f"Not asked: {became.says}" if became.reason else f"They are asked: {survey.name}")


ACTION = Action(
    name="ask_survey",
    title="Ask by a survey",
    fields=(Field("survey", "Survey", "Its name; it must be switched on."),),
    run=run,
    outside=True,  # it plans in transactions of its own, once for an occasion
    receiver=lambda settings: "",
)
