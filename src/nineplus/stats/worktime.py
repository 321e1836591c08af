"""How much working time lies between two instants? By a calendar of weekly hours, time zone and holidays.

Hours are those of the wall clock, so a night shift through a change of clocks has the hours it really has.
Instants are microseconds since 1970, UTC. Working time is additive: from a to c is from a to b and from b to c.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nineplus.model.attribution import WorkCalendar

MICROS = 1_000_000
YEARS = (2000, 2040)
"""Outside of these years there is no working time."""


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Open intervals in order: `starts`, `ends`, and the working time `before` each start (all microseconds)."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    def until(self, at: int) -> int:
        """Working time from the first interval to that instant."""
        place = bisect_right(self.starts, at) - 1
        return 0 if place < 0 else self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def between(self, start: int, end: int) -> int:
        """Working time from start to end; negative when the end comes first."""
        return self.until(end) - self.until(start)

    def after(self, start: int, working: int) -> int:
        """The first instant by which so much working time (more than 0) has gone since the start.

        Raises OverflowError beyond the last interval: there is no working time any more.
        """
        wanted = self.until(start) + working
        place = bisect_left(self.before, wanted) - 1
        found = self.starts[place] + wanted - self.before[place] if place >= 0 else 0
        if place < 0 or found > self.ends[place]:
            raise OverflowError("The calendar ends before so much working time has gone.")
        return found


@lru_cache(maxsize=64)
def open_time(calendar: WorkCalendar, years: tuple[int, int] = YEARS) -> OpenTime:
    """The open intervals of a calendar. Hours that overlap count once; intervals that meet are one.

    An interval whose wall-clock times a change of clocks skips is as much shorter. Raises ZoneInfoNotFoundError.
    """
    zone = ZoneInfo(calendar.time_zone)
    closed = frozenset(calendar.holidays)
    by_day: dict[int, list[tuple[int, int]]] = {}
    for weekday, start, end in calendar.hours:
        by_day.setdefault(weekday, []).append((start, end))
    spans: list[tuple[int, int]] = []
    day, last = date(years[0], 1, 1), date(years[1], 12, 31)
    while day <= last:
        hours = by_day.get(day.weekday())
        if hours and day.isoformat() not in closed:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            spans += [(_instant(midnight, start), _instant(midnight, end)) for start, end in hours]
        day += timedelta(days=1)
    return _told(spans)


def _instant(midnight: datetime, minutes: int) -> int:
    wall = midnight + timedelta(minutes=minutes)  # arithmetic of the wall clock
    return round(wall.astimezone(UTC).timestamp()) * MICROS


def _told(spans: list[tuple[int, int]]) -> OpenTime:
    joined: list[list[int]] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    before, total = [], 0
    for start, end in joined:
        before.append(total)
        total += end - start
    return OpenTime(tuple(start for start, _ in joined), tuple(end for _, end in joined), tuple(before))
