"""Silence is judged by a source's own rhythm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nineplus.rules.rhythm import stopped

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOURLY = [MONDAY - timedelta(hours=one) for one in range(24 * 9)]
WORKDAYS = [MONDAY - DAY * back for back in range(28) if (MONDAY - DAY * back).weekday() < 5]


@pytest.mark.parametrize(
    ("times", "silent", "said"),
    [
        (WORKDAYS, 5 * DAY, False),  # a weekend is three days long: twice that is not over yet
        (WORKDAYS, 7 * DAY, True),
        (WORKDAYS[:10], 30 * DAY, False),  # nine pauses are no rhythm
        (HOURLY, timedelta(hours=20), False),  # a day at least
        (HOURLY, timedelta(hours=25), True),
        (HOURLY[:180], 30 * DAY, False),  # no weekend was seen yet
        ([MONDAY] * 60, 30 * DAY, False),  # all at once says nothing
    ],
)
def test_when_it_has_stopped(times: list[datetime], silent: timedelta, said: bool):
    found = stopped(times, now=MONDAY + silent)
    assert (found is not None) == said
    if found:
        assert found.since == MONDAY
