"""Events of act: cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any


def follow_up(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import opening

    opening.from_answer(data["response"], now=now)


def case_elsewhere(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import elsewhere

    elsewhere.told(data["case"], now=now)


def open_cases_elsewhere(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import elsewhere

    elsewhere.all_open(now=now, stopping=stopping)


def mail_of_case(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import replying

    replying.came(data["mail"], now=now)


def look_after_cases(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import escalating

    escalating.look(now=now)


def cases_open(now: datetime) -> bool:
    from nineplus.stages.act.cases import escalating

    return escalating.wanted(now)
