"""Write to a Slack channel by its incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _calling, _saying
from nineplus.stages.act.rules.doing import Did, Doing

_CODED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    words = settings.get("text") or doing.rule
    text = f"*{words.translate(_CODED)}*\n{_saying.sentence(doing).translate(_CODED)}"
    if link := _saying.address(doing):
        text += f"\n<{link}|Open it>"
    _calling.post(settings["url"], {"text": text}, key=doing.key)
    return Did("Slack was told.")


ACTION = Action(
    name="slack",
    title="Write to Slack",
    fields=(
        Field("url", "Incoming webhook", "The address that Slack gave for the channel."),
        Field("text", "First line", required=False),
    ),
    run=run,
    outside=True,
    check=_calling.wrong,
)
