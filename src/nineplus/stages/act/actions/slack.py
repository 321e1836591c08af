"""Write to a channel of Slack or Teams: one of those in Settings, Slack, or by an incoming webhook's address alone."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.connectors.chat import Said
from nineplus.connectors.slack import blocks
from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _calling, _saying
from nineplus.stages.act.chat import places, telling
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    channel = settings.get("channel", "").strip()
    if not channel:
        said = _said(doing, settings.get("text", ""))
        told = {"text": blocks.fallback(said), "blocks": blocks.message(said, presses=False)}
        _calling.post(settings["url"], told, key=doing.key)
        return Did("Slack was told.")
    place = places.called(channel)
    if place is None:
        raise NotPossible(f"There is no channel {channel!r}. Channels are set up in Settings, Slack.")
    contact = doing.contact.pk if doing.contact else None
    if doing.case is not None:
        about = {"words": settings.get("text", "")}
        telling.put(place, key=doing.key, what="case", about=about, case=doing.case, contact=contact, now=doing.now)
    else:
        telling.say(place, _said(doing, settings.get("text", "")), key=doing.key, contact=contact, now=doing.now)
    return Did(f"A message for {place.name} was queued.")


def _said(doing: Doing, words: str) -> Said:
    response = doing.response
    quote = response.comment if response is not None else ""
    title = f"{doing.customer} gave {response.score}" if response is not None else _saying.sentence(doing)
    return Said(title=title, text=words, quote=quote, foot=f"Rule: {doing.rule}", url=_saying.address(doing))


def check(settings: Mapping[str, str]) -> str:
    if bool(settings.get("channel")) == bool(settings.get("url")):
        return "Name a channel, or give the address of an incoming webhook."
    return _calling.wrong(settings) if settings.get("url") else ""


ACTION = Action(
    name="slack",
    title="Write to Slack or Teams",
    fields=(
        Field("channel", "Channel", "Its name in Settings, Slack. A case comes with its buttons.", required=False),
        Field("text", "First line", required=False),
        Field("url", "Or an incoming webhook", "The address that Slack gave.", required=False, advanced=True),
    ),
    run=run,
    outside=True,
    receiver=_calling.receiver,
    check=check,
)
