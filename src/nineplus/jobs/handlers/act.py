"""Events of act: cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from nineplus.jobs.lanes import NotFinished


def follow_up(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import opening

    opening.from_answer(data["response"], now=now)


def answers_followed(responses: Collection[int]) -> Collection[int]:
    from nineplus.stages.act.cases import opening

    return opening.worth_a_look(responses)


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


def alert_answer(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import high_value_detractor, score_fall

    high_value_detractor.look(data["response"], now=now)
    score_fall.look(data["response"], now=now)


def answers_alarming(responses: Collection[int]) -> Collection[int]:
    from nineplus.stages.act.alerts.kinds import high_value_detractor, score_fall

    return {*high_value_detractor.worth_a_look(responses), *score_fall.worth_a_look(responses)}


def alert_rising(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import rising_theme

    rising_theme.look(data, now=now)


def look_for_alerts(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts import looking

    looking.look(now=now)


def alerts_wanted(now: datetime) -> bool:
    from nineplus.stages.act.alerts import looking

    return looking.wanted(now)


def alert_overdue(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import overdue_case

    overdue_case.look(data["case"], level=data.get("level", 0), people=data.get("people", ()), now=now)


def alert_assigned(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import case_assigned

    if data.get("what", "owner") == "owner":
        case_assigned.look(data["case"], now=now)


def alert_referral(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import referral_came

    referral_came.look(data["lead"], now=now)


def alert_referral_won(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts.kinds import referral_won

    referral_won.look(data["lead"], now=now)


def mail_alerts(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.alerts import telling

    telling.mail_due(now=now)


def alerts_due(now: datetime) -> bool:
    from nineplus.stages.act.alerts import telling

    return telling.due(now)


def rules_scored(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _heard("response.scored", data, now)


def rules_changed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _heard("response.changed", data, now)


def rules_opened(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _heard("case.opened", data, now)


def rules_overdue(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _heard("case.overdue", data, now)


def rules_closed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    _heard("case.closed", data, now)


def look_by_rules(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.rules import firing

    firing.look(data, now=now)


def take_steps(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.rules import steps

    steps.advance_due(clock=timezone.now)


def call_for_rules(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.rules import calls

    calls.call_due(clock=timezone.now, stopping=stopping)


def calls_due(now: datetime) -> bool:
    from nineplus.stages.act.rules import calls

    return calls.due(now)


def watch_for_rules(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.rules import firing

    firing.watch(clock=timezone.now)


def rules_watch(now: datetime) -> bool:
    from nineplus.stages.act.rules import firing

    return firing.watched(now)


def steps_due(now: datetime) -> bool:
    from nineplus.stages.act.rules import steps

    return steps.due(now)


def _heard(event: str, data: Mapping[str, Any], now: datetime) -> None:
    from nineplus.stages.act.rules import hearing

    hearing.heard(
        event,
        response=data.get("response"),
        case=data.get("case"),
        level=data.get("level", 0),
        version=data.get("version"),
        only=data.get("found", ()),
        now=now,
    )


def answers_for_rules(responses: Collection[int]) -> Collection[int]:
    from nineplus.stages.act.rules import hearing

    return hearing.worth_a_look(responses, now=timezone.now())


def tell_of_change(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.changes import telling

    if not telling.write_letters(data["change"], now=now, stopping=stopping):
        raise NotFinished


def post_alert(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.chat import telling

    telling.alert(data["raised"], now=now)


def post_case(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.chat import telling

    telling.opened(data["case"], now=now)


def post_changes_of_case(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.chat import telling

    telling.changed(data["case"])


def deliver_posts(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from django.utils import timezone

    from nineplus.stages.act.chat import outbox

    outbox.deliver_due(clock=timezone.now, stopping=stopping)


def posts_due(now: datetime) -> bool:
    from nineplus.stages.act.chat import outbox

    return outbox.due(now)


def settle_referrals(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.advocates import asking, leads

    leads.follow(now=now)
    asking.take_back_unsent(now=now)


def advocates_to_follow(now: datetime) -> bool:
    """Is a referral open, or did a letter into a programme not go out?"""
    from nineplus.stages.act.advocates import asking, leads

    return leads.waiting(now) or asking.unsent().exists()


def ask_into_programme(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.advocates import asking

    if not asking.write_letters(data["programme"], now=now, stopping=stopping):
        raise NotFinished
