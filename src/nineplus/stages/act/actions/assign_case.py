"""Give the case to a colleague, or into a team's queue."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.cases import owning
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import User


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.case is None:
        raise NotPossible("There is no case: open one in a step before.")
    if team := settings.get("team", "").strip():
        owning.queue(doing.case.pk, team=team, by=None, now=doing.now)
        return Did(f"Case {doing.case.pk} is in the queue of {team}.", doing.case)
    user = User.objects.filter(email__iexact=settings["to"].strip()).values_list("pk", flat=True).first()
    if user is None:
        raise NotPossible("The colleague is not there any more.")
    owning.assign(doing.case.pk, to=user, by=None, why=f"By the rule {doing.rule}.", now=doing.now)
    return Did(f"Case {doing.case.pk} was given to a colleague.", doing.case)


ACTION = Action(
    name="assign_case",
    title="Give the case to somebody",
    fields=(Field("to", "Colleague's e-mail", required=False), Field("team", "Or a team's queue", required=False)),
    run=run,
    check=lambda settings: "" if bool(settings.get("to")) != bool(settings.get("team")) else "Name one of the two.",
)
