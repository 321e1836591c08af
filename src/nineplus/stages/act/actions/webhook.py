"""Call an address with what happened, as JSON. The same step again has the same webhook-id."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _calling, _saying
from nineplus.stages.act.rules.doing import Did, Doing


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    _calling.post(settings["url"], _saying.document(doing), key=doing.key)
    return Did("The address was called.")


ACTION = Action(
    name="webhook",
    title="Call an address",
    fields=(Field("url", "Address", "https://… It gets JSON."),),
    run=run,
    outside=True,
    receiver=_calling.receiver,
    check=_calling.wrong,
)
