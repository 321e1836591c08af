"""When somebody is told what happens now: at once or with others, by their clock, and not in their quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from nineplus.rules import sending_time
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
    return after_quiet(choice, now=at).astimezone(now.tzinfo)


def chat_time(choice: AlertChoice, *, now: datetime) -> datetime | None:
    """When what happens now goes to them in Slack: None for not at all."""
    return after_quiet(choice, now=now) if choice.slack else None


def after_quiet(choice: AlertChoice, *, now: datetime) -> datetime:
    """Now, or when their quiet hours end."""
    return sending_time.after_quiet(zone_of(choice), choice.quiet_from, choice.quiet_to, now=now)


def quiet_of(choice: AlertChoice) -> dict[str, object] | None:
    """Their quiet hours as a letter keeps them, which may be sent later than it was written; None for none."""
    if choice.quiet_from is None:
        return None
    return {"zone": zone_of(choice).key, "first": choice.quiet_from, "last": choice.quiet_to}
