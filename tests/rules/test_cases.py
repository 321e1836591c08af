"""Following up: due by working hours whatever the clocks do, urgent for a reason, given to somebody fairly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.model.attribution import WorkCalendar
from nineplus.model.cases import AROUND_THE_CLOCK, PRIORITIES, CasePolicy, Rung
from nineplus.rules.cases import (
    STATES,
    Colleague,
    Matter,
    NotNow,
    after,
    calendar_of,
    due_time,
    late,
    priority_of,
    whose,
    worked,
)

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkCalendar("Office", "Europe/Berlin", holidays=("2026-12-25",))
NIGHT = WorkCalendar("Night", "Europe/Berlin", tuple((day, 0, 6 * 60) for day in range(7)))
ALWAYS = WorkCalendar("Always", "America/New_York", tuple((day, 0, 24 * 60) for day in range(7)))
CALENDARS = st.sampled_from([OFFICE, NIGHT, ALWAYS, None])
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
MINUTES = st.integers(1, 60 * 60)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@settings(max_examples=150, deadline=None)
@given(start=INSTANT, minutes=MINUTES, calendar=CALENDARS)
def test_when_it_is_due_exactly_so_much_work_has_gone(start, minutes, calendar):
    due = due_time(start=start, minutes=minutes, calendar=calendar)
    assert worked(start=start, end=due, calendar=calendar) == timedelta(minutes=minutes)
    just_before = due - timedelta(seconds=1)
    assert worked(start=start, end=just_before, calendar=calendar) < timedelta(minutes=minutes)


@settings(max_examples=150, deadline=None)
@given(start=INSTANT, minutes=MINUTES, calendar=CALENDARS, cuts=st.lists(st.integers(1, 20_000), max_size=6))
def test_pauses_put_it_off_by_the_work_that_they_took(start, minutes, calendar, cuts):
    at, pauses = start, []
    for number, cut in enumerate(cuts):
        began, at = at, at + timedelta(minutes=cut)
        if number % 2:
            pauses.append((began, at))
    due = due_time(start=start, minutes=minutes, calendar=calendar, pauses=pauses)
    assert worked(start=start, end=due, calendar=calendar, pauses=pauses) == timedelta(minutes=minutes)
    assert due >= due_time(start=start, minutes=minutes, calendar=calendar)


@pytest.mark.parametrize(
    ("start", "minutes", "calendar", "due"),
    [
        ("2026-11-20T16:00", 120, OFFICE, "2026-11-23T10:00"),  # over the weekend
        ("2026-12-24T16:00", 120, OFFICE, "2026-12-28T10:00"),  # over a holiday and the weekend
        ("2026-11-21T12:00", 60, OFFICE, "2026-11-23T10:00"),  # asked on a Saturday
        ("2026-03-29T00:00", 300, NIGHT, "2026-03-29T06:00"),  # that night is five hours long
        ("2026-10-25T00:00", 420, NIGHT, "2026-10-25T06:00"),  # and that one seven
        ("2026-03-28T20:00", 360, NIGHT, "2026-03-30T01:00"),
    ],
)
def test_weekends_holidays_and_the_nights_in_which_clocks_change(start, minutes, calendar, due):
    assert due_time(start=berlin(start), minutes=minutes, calendar=calendar) == berlin(due)


def test_a_pause_that_goes_on_is_added_when_it_ends():
    start = berlin("2026-11-17T09:00")
    going = [(berlin("2026-11-17T10:00"), None)]
    assert due_time(start=start, minutes=480, calendar=OFFICE, pauses=going) == berlin("2026-11-17T17:00")
    ended = [(berlin("2026-11-17T10:00"), berlin("2026-11-18T10:00"))]
    assert due_time(start=start, minutes=480, calendar=OFFICE, pauses=ended) == berlin("2026-11-18T17:00")


def test_calendars_by_name_and_what_is_not_known_any_more():
    assert calendar_of("Office", [OFFICE], time_zone="UTC") is OFFICE
    assert calendar_of(AROUND_THE_CLOCK, [OFFICE], time_zone="UTC") is None
    for name in ("", "gone"):
        usual = calendar_of(name, [OFFICE], time_zone="Asia/Tokyo")
        assert usual
        assert (usual.time_zone, len(usual.hours)) == ("Asia/Tokyo", 5)
    empty = WorkCalendar("Empty", hours=())
    assert calendar_of("Empty", [empty], time_zone="UTC") != empty  # it would never be due


@given(gone=st.integers(-100, 10_000), level=st.integers(0, 3))
def test_the_chain_is_climbed_and_never_down(gone, level):
    due, chain = FIRST, (Rung(0), Rung(60), Rung(600))
    now = due + timedelta(minutes=gone)
    reached = late(due=due, chain=chain, calendar=None, level=level, now=now)
    assert reached == max(level, (gone >= 0) + (gone >= 60) + (gone >= 600))


@given(
    score=st.integers(0, 6),
    pays=st.none() | st.integers(0, 10**7),
    renews=st.none() | st.integers(-10, 200),
    answers=st.integers(1, 5),
)
def test_more_to_lose_is_never_less_urgent_and_always_explained(score, pays, renews, answers):
    policy = CasePolicy(high_value_minor=10**6)
    matter = Matter(
        score=score, pays_minor=pays, renews_in=None if renews is None else timedelta(days=renews), answers=answers
    )
    level, why = priority_of(matter, policy)
    assert level in PRIORITIES
    assert bool(why) == (level != "normal")
    worse, _ = priority_of(Matter(0, 10**7, timedelta(days=1), answers + 1), policy)
    assert PRIORITIES.index(worse) <= PRIORITIES.index(level)


def test_who_looks_after_the_account_comes_first_unless_away():
    ada, bob = Colleague(1, takes_turns=False, capacity=0, load=9), Colleague(2)
    assert whose(account_owner=1, colleagues=[ada, bob]).to == 1
    away = Colleague(1, here=False)
    assert whose(account_owner=1, colleagues=[away, bob]).to == 2
    nobody = whose(account_owner=1, colleagues=[away])
    assert nobody.to is None
    assert "away" in nobody.why


@settings(max_examples=60, deadline=None)
@given(
    rooms=st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=5),
    cases=st.integers(1, 20),
)
def test_turns_are_fair_and_nobody_gets_more_than_they_have_room_for(rooms, cases):
    loads, turns = [0] * len(rooms), [None] * len(rooms)
    for number in range(cases):
        people = [
            Colleague(place, capacity=room, load=loads[place], last_turn=turns[place])
            for place, room in enumerate(rooms)
        ]
        given = whose(account_owner=None, colleagues=people)
        full = all(room is not None and loads[place] >= room for place, room in enumerate(rooms))
        assert (given.to is None) == full
        if given.to is not None:
            loads[given.to] += 1
            turns[given.to] = FIRST + timedelta(hours=number)
    free = [load for load, room in zip(loads, rooms, strict=True) if room is None]
    assert max(free, default=0) - min(free, default=0) <= 1


def test_only_their_team_takes_turns_for_a_team():
    people = [Colleague(1, team="West"), Colleague(2, team="East")]
    assert whose(account_owner=None, colleagues=people, team="East").to == 2
    assert whose(account_owner=None, colleagues=people, team="North").to is None


@pytest.mark.parametrize("action", STATES)
@pytest.mark.parametrize("state", ["open", "working", "waiting", "closed"])
def test_states_follow_only_as_the_table_says(action, state):
    if state in STATES[action]:
        assert after(action, state) == STATES[action][state]
    else:
        with pytest.raises(NotNow):
            after(action, state)
