"""Take up a playbook on the case that is about the customer."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.playbooks import keeping, running
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.case is None:
        raise NotPossible("There is no case: open one in a step before.")
    kept = keeping.named(settings["playbook"])
    running.start(doing.case.pk, kept.playbook.pk, by=None, now=doing.now)
    return Did(f"{kept.playbook.name} was taken up on case {doing.case.pk}.", doing.case)


ACTION = Action(
    name="start_playbook",
    title="Take up a playbook",
    fields=(Field("playbook", "Playbook", "Its name."),),
    run=run,
)
