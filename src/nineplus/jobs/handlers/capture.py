"""Events of capture: asking, sending and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone


def send_messages(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import caring
    from nineplus.stages.capture.sending import delivering

    caring.put_off(now=now)
    delivering.run(clock=timezone.now, stopping=stopping)


def read_inboxes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.sending import inbox

    inbox.read(now=now, stopping=stopping)


def inboxes_wanted(now: datetime) -> bool:
    from nineplus.stages.capture.sending import inbox

    return inbox.wanted(now)


def plan_reminders(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.sending import reminders

    reminders.plan_reminders(now=now)


def reminders_due(now: datetime) -> bool:
    from nineplus.stages.capture.sending import reminders

    return reminders.wanted(now)


def messages_due(now: datetime) -> bool:
    from nineplus.stages.capture.sending import delivering

    return delivering.due(now)


def plan_surveys(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import caring, planning

    caring.expire(now=now)
    planning.plan_due(now=now, stopping=stopping)


def surveys_ask(now: datetime) -> bool:
    from nineplus.stages.capture.asking import caring

    return caring.wanted(now)


def ask_about(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import planning

    planning.ask_about(**data, now=now)


def ask_everyone(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import by_hand

    by_hand.ask_everyone(**data, now=now)
