"""When somebody is told what happens now: at once or with others, by their clock, and not in their quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import AlertChoice, User
from nineplus.store.models.alerts import Mailed, Weekday


def choice_of(user: User) -> AlertChoice:
    """How they want to be told; the usual way when they never said."""
    held: AlertChoice | None = getattr(user, "alert_choice", None)
    return held or AlertChoice(user=user)


def zone_of(choice: AlertChoice) -> ZoneInfo:
    """Whose clock their hours are of."""
    return ZoneInfo(choice.time_zone) if choice.time_zone else preferences().zone


def mail_time(choice: AlertChoice, *, now: datetime) -> datetime | None:
    """When what happens now is mailed: None for never; not in quiet hours, which may span midnight."""
    if choice.mailed == Mailed.NEVER:
        return None
    zone = zone_of(choice)
    local = now.astimezone(zone)
    at = local
    if choice.mailed != Mailed.AT_ONCE:
        every, ahead, hour = 1, 0, time(choice.digest_hour)
        if choice.mailed == Mailed.WEEKLY:
            every, ahead = 7, (Weekday.values.index(choice.digest_day) - local.weekday()) % 7
        at = datetime.combine(local.date() + timedelta(days=ahead), hour, zone)
        if at <= local:
            at = datetime.combine(local.date() + timedelta(days=ahead + every), hour, zone)
    return _after_quiet(choice, at).astimezone(now.tzinfo)


def chat_time(choice: AlertChoice, *, now: datetime) -> datetime | None:
    """When what happens now goes to them in Slack: None for not at all."""
    return after_quiet(choice, now=now) if choice.slack else None


def after_quiet(choice: AlertChoice, *, now: datetime) -> datetime:
    """Now, or when their quiet hours end."""
    return _after_quiet(choice, now.astimezone(zone_of(choice))).astimezone(now.tzinfo)


def _after_quiet(choice: AlertChoice, at: datetime) -> datetime:
    first, last = choice.quiet_from, choice.quiet_to
    if first is not None and last is not None:
        quiet = first <= at.hour < last if first < last else at.hour >= first or at.hour < last
        if quiet:
            day = at.date() + timedelta(days=1 if at.hour >= last else 0)
            return datetime.combine(day, time(last), at.tzinfo)
    return at
