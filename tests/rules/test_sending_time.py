"""When a message may go: the recipient's wall clock, whatever is done to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nineplus.model.survey import Policy
from nineplus.rules.sending_time import allowed, when_to_send

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ALWAYS = Policy(quiet_from="00:00", quiet_to="00:00", weekdays=(0, 1, 2, 3, 4, 5, 6))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "country", "now", "then"),
    [
        ("Europe/Berlin", "DE", "2026-03-04T10:00", "2026-03-04T10:00"),  # Wednesday, 11:00 there
        ("Europe/Berlin", "DE", "2026-03-04T07:59", "2026-03-04T08:00"),  # 8:59: in a minute
        ("Europe/Berlin", "DE", "2026-03-04T17:00", "2026-03-05T08:00"),  # 18:00: tomorrow
        ("America/New_York", "US", "2026-03-04T10:00", "2026-03-04T14:00"),  # 5:00 there
        ("Europe/Berlin", "DE", "2026-03-06T17:00", "2026-03-09T08:00"),  # Friday evening: Monday
        ("Europe/Berlin", "DE", "2026-03-27T17:00", "2026-03-30T07:00"),  # the clock is set forward meanwhile
        ("Europe/Berlin", "DE", "2026-10-23T16:00", "2026-10-26T08:00"),  # and set back
        ("Europe/Berlin", "DE", "2026-12-24T17:00", "2026-12-28T08:00"),  # two holidays and a weekend
        ("Europe/Berlin", "US", "2026-12-24T17:00", "2026-12-28T08:00"),  # Christmas, then a weekend
        ("Asia/Tokyo", "", "2026-12-24T22:00", "2026-12-25T00:00"),  # nobody knows their holidays
        ("Asia/Tokyo", "ZZ", "2026-12-24T22:00", "2026-12-25T00:00"),
    ],
)
def test_office_hours(zone, country, now, then):
    assert when_to_send(Policy(), ZoneInfo(zone), country, now=utc(now)) == utc(then)


@pytest.mark.parametrize(
    ("policy", "zone", "now", "then"),
    [
        # The end of quiet hours falls into the hour that is left out: the clock's jump ends them.
        ({"quiet_from": "22:00", "quiet_to": "02:30"}, BERLIN, "2026-03-29T00:10", "2026-03-29T01:00"),
        # It falls into the hour that comes twice: the first counts, and quiet comes back with the clock.
        ({"quiet_from": "22:00", "quiet_to": "02:30"}, BERLIN, "2026-10-25T00:10", "2026-10-25T00:30"),
        ({"quiet_from": "22:00", "quiet_to": "02:30"}, BERLIN, "2026-10-25T01:00", "2026-10-25T01:30"),
        # Quiet hours begin in the doubled hour: when it comes again they have not begun yet.
        ({"quiet_from": "02:30", "quiet_to": "09:00"}, BERLIN, "2026-10-25T00:40", "2026-10-25T01:00"),
        # Midnight does not exist on that day there.
        (
            {"quiet_from": "00:00", "quiet_to": "00:00", "weekdays": (6,)},
            ZoneInfo("Africa/Cairo"),
            "2023-04-27T20:00",
            "2023-04-29T21:00",
        ),
        ({"quiet_from": "12:00", "quiet_to": "14:00"}, BERLIN, "2026-03-04T11:30", "2026-03-04T13:00"),
    ],
)
def test_when_the_clock_is_changed(policy, zone, now, then):
    assert when_to_send(ALWAYS.model_copy(update=policy), zone, "", now=utc(now)) == utc(then)


def test_a_country_whose_every_day_is_a_holiday_is_asked_all_the_same():
    sundays = Policy(weekdays=(6,))
    sent = when_to_send(sundays, ZoneInfo("Europe/Stockholm"), "SE", now=utc("2026-03-04T10:00"))
    assert sent.weekday() == 6


clocks = st.times().map(lambda at: f"{at.hour:02}:{at.minute:02}")
policies = st.builds(
    Policy,
    quiet_from=clocks,
    quiet_to=clocks,
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(tuple),
    skip_holidays=st.booleans(),
)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
]
# Around the changes of the clocks, and a day that was left out altogether.
moments = st.one_of(
    *(
        st.integers(0, 24 * 3600 * days).map(lambda seconds, first=first: utc(first) + timedelta(seconds=seconds))
        for first, days in (("2025-01-01", 1095), ("2026-03-28", 3), ("2026-10-24", 3), ("2011-12-28", 5))
    )
)


@settings(max_examples=100)
@given(policies, st.sampled_from(ZONES), st.sampled_from(["", "DE", "US"]), moments)
@example(ALWAYS.model_copy(update={"weekdays": (5,)}), "Pacific/Apia", "", utc("2011-12-30T01:00"))
def test_it_is_the_earliest_allowed_instant(policy, zone, country, now):
    """Against the plain way: look at every quarter of an hour, and at the last second before."""
    zone = ZoneInfo(zone)
    then = when_to_send(policy, zone, country, now=now)
    assert then >= now
    assert allowed(policy, zone, country, at=then)
    if then > now:
        assert not allowed(policy, zone, country, at=max(now, then - timedelta(seconds=1)))
    at = now
    while at < then:
        assert not allowed(policy, zone, country, at=at)
        at += timedelta(minutes=15)


@given(policies, st.sampled_from(ZONES), moments)
def test_who_waits_until_then_need_not_wait_again(policy, zone, now):
    policy = policy.model_copy(update={"skip_holidays": False})
    then = when_to_send(policy, ZoneInfo(zone), "", now=now)
    assert when_to_send(policy, ZoneInfo(zone), "", now=then) == then
