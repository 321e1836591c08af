"""Channels, colleagues in Slack, and a clock by which they are written to."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from nineplus.stages.act.chat import outbox, places
from nineplus.store.models import ChatPlace
from tests.fixtures.slack_server import SlackServer
from tests.stages.act import world

NOW = world.NOW
SIGNING = "0123456789abcdef0123456789abcdef"


class Clock:
    """The time as tests want it; each look is a second and a bit later, so that channels are free."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=0.3)
        return self.at


def channel(kind: str = "slack", *, to: str = "C1", **more: Any) -> ChatPlace:
    return places.add(kind=kind, name="cs", **({"channel": to} if kind == "slack" else {}), now=NOW, **more)


def deliver(clock: Clock) -> None:
    for _ in range(8):
        outbox.deliver_due(clock=clock)
        clock.at += timedelta(seconds=1)


def colleague(slack: SlackServer, name: str = "Ada", **more: Any):
    user = world.agent(name, **more)
    slack.people[f"U{name}"] = {"id": f"U{name}", "is_email_confirmed": True, "profile": {"email": user.email.upper()}}
    return user


def text_of(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)
