"""The call budget: never more calls in a window than the other side allows, and nearly as many."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from nineplus.connectors import Limit, Retry
from nineplus.stages.connect.syncing import connections
from nineplus.stages.connect.syncing.budget import LONGEST, SharedBudget
from nineplus.store.models import Connection
from tests.stages.connect.syncing.conftest import NOW


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def made() -> Connection:
    return Connection.objects.create(
        source="other", connector="other", title="Other", hook_key="k", every=300, created_at=NOW
    )


class Windows(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        calls=st.integers(1, 60),
        seconds=st.floats(0.5, 20),
        pauses=st.lists(st.sampled_from((0.0, 0.01, 0.4, 3.0)), min_size=120, max_size=120),
        processes=st.integers(1, 3),
    )
    def test_no_window_holds_more_than_the_limit(self, calls, seconds, pauses, processes):
        time, limit = Time(), Limit("b", calls, seconds)
        connection = made()
        budgets = [SharedBudget(connection.pk, [limit], wait=time.wait, clock=time.clock) for _ in range(processes)]
        at = []
        for number, pause in enumerate(pauses):
            try:
                budgets[number % processes].take("b")
            except Retry:
                time.wait(LONGEST)
                continue
            at.append(time.now)
            time.wait(pause)
        most = max(sum(1 for other in at if one <= other < one + timedelta(seconds=seconds)) for one in at)
        assert most <= calls


def test_over_ninety_percent_of_the_limit_is_used(db):
    time = Time()
    budget = SharedBudget(made().pk, [Limit("b", 190, 10)], wait=time.wait, clock=time.clock)
    for _ in range(1_900):
        budget.take("b")
    spent = (time.now - NOW).total_seconds()
    assert 1_900 / spent > 0.9 * 19


def test_who_was_told_to_stop_stops_for_all(db):
    time, pk = Time(), made().pk
    one, other = (SharedBudget(pk, [Limit("b", 10, 1)], wait=time.wait, clock=time.clock) for _ in range(2))
    one.refused("b", after=20)
    other.take("b")
    assert time.now == NOW + timedelta(seconds=20)
    one.refused("b", after=3600)
    with pytest.raises(Retry) as told:
        other.take("b", 5)
    assert told.value.after > 3500
    one.take("unknown")  # what has no limit is not counted
    assert connections.find("other").budgets.count() == 1


@pytest.mark.django_db
def test_a_clock_that_was_put_back_stops_nothing():
    time, limit = Time(), Limit("b", 10, 1)
    budget = SharedBudget(made().pk, [limit], wait=time.wait, clock=time.clock)
    budget.take("b")
    time.now -= timedelta(hours=1)
    for _ in range(20):
        budget.take("b")
    assert NOW - timedelta(hours=1) < time.now < NOW - timedelta(minutes=59)
