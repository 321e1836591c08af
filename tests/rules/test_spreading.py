"""Everyone once a period, evenly."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.spreading import Spread

DAY = timedelta(days=1)
spreads = st.builds(
    lambda survey, days, weekdays: Spread.of(survey=survey, period_days=days, weekdays=tuple(weekdays)),
    st.integers(1, 10**6),
    st.integers(7, 730),
    st.sets(st.integers(0, 6), min_size=1),
)
dates = st.dates(date(2020, 1, 1), date(2040, 1, 1))
numbers = st.integers(1, 2**40)


@pytest.mark.parametrize("first", [1, 40_000, 7_654_321])
@pytest.mark.parametrize("count", [650, 10_000])
def test_a_quarters_contacts_come_in_equal_days(first, count):
    spread = Spread.of(survey=3, period_days=90, weekdays=(0, 1, 2, 3, 4))
    days = Counter(spread.slot(contact, cycle=812) for contact in range(first, first + count))
    assert len(days) == spread.days == 65
    assert all(abs(found - count / 65) < 3 for found in days.values())
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}


def test_any_part_of_the_contacts_is_spread_about_as_chance_would():
    spread = Spread.of(survey=3, period_days=90, weekdays=(0, 1, 2, 3, 4))
    every_eighth = Counter(spread.slot(contact, cycle=812) for contact in range(5, 80_005, 8))
    assert all(abs(found - 10_000 / 65) < 4 * (10_000 / 65) ** 0.5 for found in every_eighth.values())


@given(spreads, numbers, dates)
def test_the_days_of_one_contact_are_a_whole_cycle_apart(spread, contact, day):
    cycle = spread.cycle(day)
    slots = [spread.slot(contact, cycle=cycle + step) for step in range(3)]
    assert all(spread.cycle(slot) == cycle + step for step, slot in enumerate(slots))
    assert slots[1] - slots[0] == slots[2] - slots[1] == 7 * spread.weeks * DAY
    assert slots[0].weekday() in spread.weekdays


@given(spreads, numbers, dates)
def test_whose_day_it_is_agrees_with_what_their_day_is(spread, contact, day):
    arc = spread.arc(day)
    theirs = arc is not None and arc[0] <= spread.place(contact) < arc[1]
    assert theirs == (spread.slot(contact, cycle=spread.cycle(day)) == day)


@given(spreads, numbers, dates, st.none() | st.integers(-800, 800))
def test_the_next_day_is_the_first_that_is_late_enough(spread, contact, after, ago):
    last = None if ago is None else after - ago * DAY
    found = spread.next(contact, after=after, last_asked=last)
    earliest = max(after + DAY, last + 7 * spread.weeks * DAY) if last else after + DAY
    assert found == spread.slot(contact, cycle=spread.cycle(found))
    assert earliest <= found < earliest + 7 * spread.weeks * DAY


def test_two_surveys_do_not_ask_the_same_people_on_the_same_day():
    one, other = (Spread.of(survey=survey, period_days=90, weekdays=(0, 1, 2, 3, 4)) for survey in (1, 2))
    same = sum(one.slot(contact, cycle=800) == other.slot(contact, cycle=800) for contact in range(1, 1_001))
    assert same < 100
