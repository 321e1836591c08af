"""Events of share: webhooks out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone


def tell_answer(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.answered(response=data["response"], now=now)


def tell_change(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.answered(response=data["response"], changed=True, now=now)


def answers_told(responses: Collection[int]) -> Collection[int]:
    from nineplus.stages.share import telling

    return responses if telling.anybody_listens() else ()


def tell_unsubscribed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.unsubscribed(suppression=data.get("suppression", 0), now=now)


def tell_rising(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.rising(told=data, now=now)


def tell_alert(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.alert(raised=data["raised"], now=now)


def tell_case_opened(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _tell_case("case_opened", data, now)


def tell_case_changed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _tell_case("case_changed", data, now)


def tell_case_overdue(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _tell_case("case_overdue", data, now)


def tell_case_closed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _tell_case("case_closed", data, now)


def deliver_webhooks(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.deliver_due(clock=timezone.now, stopping=stopping)


def webhooks_due(now: datetime) -> bool:
    from nineplus.stages.share import telling

    return telling.due(now)


def _tell_case(happening: str, data: Mapping[str, Any], now: datetime) -> None:
    from nineplus.stages.share import telling

    level, version = data.get("level", 0), data.get("version")
    telling.case(happening=happening, case=data["case"], level=level, version=version, now=now)


def write_digests(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share.chat.digests import write_due

    write_due(now=now)


def digests_due(now: datetime) -> bool:
    from nineplus.stages.share.chat.digests import due

    return due(now)
