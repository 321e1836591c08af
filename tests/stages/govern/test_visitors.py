"""One visitor is bounded in a minute, many are not, and none is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nineplus.stages.govern.visitors import WINDOW, Visitors, neighbourhood

NOW = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)


def test_after_so_many_one_waits_for_the_next_minute_and_others_do_not():
    visitors = Visitors()
    assert [visitors.wait("a", "x", limit=3, now=NOW) for _ in range(5)] == [0, 0, 0, 40, 40]
    assert visitors.wait("a", "y", limit=3, now=NOW) == 0
    assert visitors.wait("a", "x", limit=3, now=NOW + timedelta(seconds=40)) == 0


def test_three_hundred_thousand_links_in_a_minute_are_all_let_in():
    visitors = Visitors()
    assert not any(visitors.wait("s", str(number), limit=60, now=NOW) for number in range(300_000))


def test_nothing_of_a_visitor_is_kept():
    visitors = Visitors()
    visitors.wait("a", "public", "192.0.2.1", limit=3, now=NOW)
    assert {type(value) for value in vars(visitors).values()} == {int, type(visitors._counts)}
    assert sum(visitors._counts) == 1
    assert WINDOW == 60


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_a_line_of_a_provider_is_one_visitor(address: str, counted: str):
    assert neighbourhood(address) == counted
