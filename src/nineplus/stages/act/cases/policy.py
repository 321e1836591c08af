"""What is promised to customers: kept as people set it, with the calendars that promises are counted by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nineplus.model.attribution import WorkCalendar
from nineplus.model.cases import AROUND_THE_CLOCK, PRIORITIES, CasePolicy
from nineplus.rules import cases as rules
from nineplus.stages.connect import attribution
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Case, Preference, Seat, Survey, User

_KEY = "cases"
_LONGEST_MINUTES = 60 * 24 * 60
_LONGEST = f"at most {_LONGEST_MINUTES // 60:,}"
_MOST_RUNGS = 6


@read_once
def current() -> CasePolicy:
    """What holds now."""
    kept = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first()
    return CasePolicy.from_dict(kept or {})


def change(policy: CasePolicy) -> CasePolicy:
    """Have this hold from now on; cases that are open keep what they were promised. Raises NotPossible."""
    _check(policy)
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": policy.to_dict()})
    return policy


def calendars() -> Sequence[str]:
    """The names that a calendar can be chosen by, the usual week (an empty name) left out."""
    return (*(one.name for one in attribution.current().calendars), AROUND_THE_CLOCK)


def calendar(name: str) -> WorkCalendar | None:
    """The calendar of that name; None: every minute counts."""
    return rules.calendar_of(name, attribution.current().calendars, time_zone=preferences().time_zone)


def calendar_for(owner: int | None, policy: CasePolicy) -> str:
    """By whose hours this colleague's cases are due: the name of their calendar, else of the policy's."""
    own = Seat.objects.filter(user=owner).values_list("calendar", flat=True).first() if owner else ""
    return own or policy.calendar


def due_time(case: Case, *, start: datetime | None = None) -> datetime:
    """By when that much working time has gone, by the case's own calendar: since it was opened, or since `start`."""
    pauses = [(_instant(began), _instant(ended) if ended else None) for began, ended in case.pauses]
    begins = start or case.opened_at
    return rules.due_time(
        start=begins,
        minutes=case.minutes,
        calendar=calendar(case.calendar),
        pauses=[pause for pause in pauses if (pause[1] or begins) >= begins] if start else pauses,
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _check(policy: CasePolicy) -> None:
    if policy.calendar and policy.calendar not in calendars():
        raise NotPossible(f"There is no calendar {policy.calendar!r}. Calendars are made in Settings, Attribution.")
    if not 0 <= policy.not_older_days <= 365:
        raise NotPossible("Say a number of days from 0 to 365.")
    if sorted(dict(policy.minutes)) != sorted(PRIORITIES):
        raise NotPossible(f"Each priority needs its time: {', '.join(PRIORITIES)}.")
    if any(not 1 <= minutes <= _LONGEST_MINUTES for _, minutes in policy.minutes):
        raise NotPossible(f"The time until the first contact is more than 0 and {_LONGEST} working hours.")
    delays = [rung.after_minutes for rung in policy.chain]
    if len(delays) > _MOST_RUNGS or any(not 0 <= delay <= _LONGEST_MINUTES for delay in delays):
        raise NotPossible(f"Escalation has {_MOST_RUNGS} steps or fewer, {_LONGEST} working hours after it was due.")
    if delays != sorted(delays):
        raise NotPossible("Each step of the escalation comes later than the one before.")
    told = {person for rung in policy.chain for person in rung.people}
    if told - set(User.objects.filter(pk__in=told, is_active=True).values_list("pk", flat=True)):
        raise NotPossible("One of the people in the escalation is not there any more.")
    if policy.high_value_minor is not None and policy.high_value_minor < 0:
        raise NotPossible("An amount of money is not negative.")
    if not 1 <= policy.recovery_days <= 365:
        raise NotPossible("Ask again after 1 to 365 days.")
    if policy.recovery_survey is not None and not Survey.objects.filter(pk=policy.recovery_survey).exists():
        raise NotPossible("The survey that asks again is not there any more.")
