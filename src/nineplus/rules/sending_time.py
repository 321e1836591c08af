"""When may a message go? Weekdays, holidays and quiet hours as the recipient's wall clock shows them.

Instants in, instants out. What is allowed is decided by the wall clock at the instant, so that a clock that is set
forward or back needs no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from nineplus.model.survey import Policy

_SOON, _FURTHEST = 9, 400  # days to look through: mostly few; beyond the last, the holidays leave no day
_DAY = timedelta(days=1)


def when_to_send(policy: Policy, zone: ZoneInfo, country: str, *, now: datetime) -> datetime:
    """The first instant from `now` on (aware, returned in UTC) at which the policy allows sending.

    `country` is ISO 3166; of an unknown one no holidays are known. Where holidays leave no day at all (a country
    whose every Sunday is one, asked on Sundays only), they are left out of account.
    """
    now = now.astimezone(UTC)
    if allowed(policy, zone, country, at=now):
        return now
    for at in _openings(policy, zone, now):
        if allowed(policy, zone, country, at=at):
            return at
    without = policy.model_copy(update={"skip_holidays": False})
    return (
        now
        if allowed(without, zone, "", at=now)
        else next(at for at in _openings(without, zone, now) if allowed(without, zone, "", at=at))
    )


def after_quiet(zone: ZoneInfo, first: int | None, last: int | None, *, now: datetime) -> datetime:
    """Now, or the end of the quiet hours that it is in. Whole hours of the wall clock, which may span midnight; None:
    there are none. Returned as `now` is told.
    """
    local = now.astimezone(zone)
    if first is None or last is None:
        return now
    hour = local.hour
    if not (first <= hour < last if first < last else hour >= first or hour < last):
        return now
    day = local.date() + timedelta(days=1 if hour >= last else 0)
    return datetime.combine(day, time(last), zone).astimezone(now.tzinfo)


@lru_cache(maxsize=512)
def zone_called(name: str) -> ZoneInfo | None:
    """The zone of that name; None for an empty or unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # unknown, leading out of the folder, naming a folder
        return None


def allowed(policy: Policy, zone: ZoneInfo, country: str, *, at: datetime) -> bool:
    """May a message go at that instant?"""
    local = at.astimezone(zone)
    if local.weekday() not in policy.weekdays:
        return False
    if policy.skip_holidays and country and local.date() in _holidays(country.upper(), local.year):
        return False
    return not _quiet(local.time(), _clock(policy.quiet_from), _clock(policy.quiet_to))


def _quiet(at: time, begins: time, ends: time) -> bool:
    if begins == ends:
        return False
    if begins < ends:
        return begins <= at < ends
    return at >= begins or at < ends  # over midnight


def _openings(policy: Policy, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """Every instant after `now`, in order, at which something forbidden may become allowed."""
    first = now.astimezone(zone).date()
    seen = now
    for furthest in (_SOON, _FURTHEST):
        # All together and then sorted: a clock set back over midnight shows two days in turn.
        days = [first + number * _DAY for number in range(-1, furthest)]
        for at in sorted(set(_jumps(days, zone)).union(*(_of_day(day, policy, zone) for day in days))):
            if at > seen:
                seen = at
                yield at


def _of_day(day: date, policy: Policy, zone: ZoneInfo) -> set[datetime]:
    """Midnight and the end of quiet hours, both of them where the clock is set back."""
    return {
        datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
        for clock in (time(), _clock(policy.quiet_to))
        for fold in (0, 1)
    }


def _jumps(days: list[date], zone: ZoneInfo) -> Iterator[datetime]:
    """The first second after each change of the zone's offset."""
    noons = [datetime.combine(day, time(12), UTC) for day in (days[0] - _DAY, *days, days[-1] + _DAY)]
    for early, late in pairwise(noons):
        if early.astimezone(zone).utcoffset() != late.astimezone(zone).utcoffset():
            yield _jump(early, late, zone)


def _jump(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the new offset between two instants that have different ones."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


@lru_cache(maxsize=64)
def _clock(text: str) -> time:
    return time.fromisoformat(text)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of the whole country; none of a country that is not known."""
    import holidays  # a third of a second: only who asks for holidays pays it

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
