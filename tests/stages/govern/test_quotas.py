"""Quotas: never more than the limit in a minute, whoever counts; a handful of writes, and a fresh start each minute."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.stages.govern import quotas
from nineplus.store.models import Quota

NOW = datetime(2026, 1, 1, 12, 0, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh():
    quotas.forget()
    yield
    quotas.forget()


def allowed(who: str, times: int, *, limit: int, now: datetime = NOW) -> int:
    return sum(quotas.take(who, limit=limit, now=now).allowed for _ in range(times))


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 19, 20, 100, 1200])
def test_exactly_the_limit_is_given_in_a_window_and_again_in_the_next(limit: int):
    for minute in range(2):
        now = NOW + timedelta(minutes=minute)
        assert allowed("a", limit + 5, limit=limit, now=now) == limit
    assert allowed("b", 1, limit=limit) == 1


@pytest.mark.django_db
def test_what_remains_counts_down_to_the_refusal():
    shares = [quotas.take("a", limit=40, now=NOW) for _ in range(41)]
    assert [share.remaining for share in shares] == [*range(39, -1, -1), 0]
    assert [share.allowed for share in shares] == [True] * 40 + [False]
    assert {share.reset for share in shares} == {45}


@pytest.mark.django_db
def test_few_requests_write():
    with CaptureQueriesContext(
        connection,
    ) as seen:
        allowed("a", 1200, limit=1200)
        allowed("a", 500, limit=1200)  # refused: nobody asks the database
    assert len(seen) < 40


@pytest.mark.django_db
def test_processes_share_one_quota():
    given = 0
    for _ in range(300):  # each request in a process that knows nothing of the others and holds nothing afterwards
        quotas.forget()
        given += allowed("a", 1, limit=200)
    row = Quota.objects.get(who="a")
    assert row.used <= 200
    assert given <= 200
    assert allowed("a", 1, limit=200) == 0


@pytest.mark.django_db
def test_a_clock_that_is_ahead_a_little_or_wrong_shuts_nobody_out():
    assert allowed("a", 10, limit=10, now=NOW + timedelta(minutes=1)) == 10
    quotas.forget()
    assert allowed("a", 10, limit=10) == 0  # the same window, by the other machine's clock
    quotas.forget()
    allowed("a", 10, limit=10, now=NOW + timedelta(days=365))
    quotas.forget()
    assert allowed("a", 11, limit=10) == 10


@pytest.mark.django_db(transaction=True)
def test_threads_together_get_the_limit():
    given: list[int] = []

    def work() -> None:
        try:
            given.append(allowed("a", 100, limit=250))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(given) == 250
