"""Working time by calendars: additive, honest about clocks and holidays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.model.attribution import WorkCalendar
from nineplus.stats.worktime import MICROS, open_time

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkCalendar("Office", "Europe/Berlin", holidays=("2026-12-25",))
NIGHT = WorkCalendar("Night", "Europe/Berlin", tuple((day, 0, 6 * 60) for day in range(7)))
ALWAYS = WorkCalendar("Always", "America/New_York", tuple((day, 0, 24 * 60) for day in range(7)))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def us(at: datetime) -> int:
    return round(at.timestamp() * MICROS)


def hours(calendar: WorkCalendar, start: datetime, end: datetime) -> float:
    return open_time(calendar).between(us(start), us(end)) / 3600 / MICROS


@settings(max_examples=60, deadline=None)
@given(a=INSTANT, b=INSTANT, c=INSTANT, calendar=st.sampled_from([OFFICE, NIGHT, ALWAYS]))
def test_working_time_adds_up_over_split_intervals_and_is_never_more_than_time(a, b, c, calendar):
    a, b, c = sorted((a, b, c))
    known = open_time(calendar)
    assert known.between(us(a), us(b)) + known.between(us(b), us(c)) == known.between(us(a), us(c))
    assert 0 <= known.between(us(a), us(c)) <= us(c) - us(a)


@settings(max_examples=30, deadline=None)
@given(start=INSTANT, minutes=st.integers(0, 3 * 24 * 60))
def test_it_is_what_one_counts_minute_by_minute(start, minutes):
    start = start.replace(second=0, microsecond=0)
    end, counted, at = start + timedelta(minutes=minutes), 0, start
    while at < end:
        wall = at.astimezone(BERLIN)
        counted += wall.weekday() < 5 and 9 <= wall.hour < 17 and wall.date().isoformat() != "2026-12-25"
        at += timedelta(minutes=1)
    assert hours(OFFICE, start, end) == pytest.approx(counted / 60)


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 5), ("2026-10-25", 7), ("2026-10-26", 6)])
def test_a_night_has_the_hours_it_really_has(day, length):
    noon = datetime.fromisoformat(day + "T12:00").replace(tzinfo=BERLIN)
    assert hours(NIGHT, noon - timedelta(hours=18), noon) == length


def test_holidays_and_weekends_are_free():
    assert hours(OFFICE, datetime(2026, 12, 24, 17, tzinfo=BERLIN), datetime(2026, 12, 28, 9, tzinfo=BERLIN)) == 0
    assert hours(OFFICE, datetime(2026, 12, 24, 16, tzinfo=BERLIN), datetime(2026, 12, 28, 10, tzinfo=BERLIN)) == 2


def test_hours_that_overlap_count_once():
    twice = WorkCalendar("Twice", "UTC", ((0, 540, 720), (0, 600, 900)))
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    assert hours(twice, monday, monday + timedelta(days=1)) == 6
