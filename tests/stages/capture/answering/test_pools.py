"""Pools of thank-you codes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.stages.capture.answering import pools
from nineplus.stages.errors import NotFound, NotPossible

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_codes_are_added_once_however_often_they_are_brought():
    pool = pools.create_pool(name="Coffee", worth="One coffee", now=NOW)
    assert pools.fill(pool_id=pool.pk, lines=["A-1", " A-2 ", "", "A-1", "x" * 121]) == pools.Filled(2, 0, 1)
    assert pools.fill(pool_id=pool.pk, lines=["A-2", "A-3"]) == pools.Filled(1, 1, 0)
    assert [(one.codes_in_all, one.codes_left) for one in pools.pools()] == [(3, 3)]


def test_a_pool_that_gave_a_code_is_kept_as_the_record():
    pool = pools.create_pool(name="Coffee", now=NOW)
    pools.fill(pool_id=pool.pk, lines=["A-1"])
    pool.codes.update(given_at=NOW)
    with pytest.raises(NotPossible, match="record"):
        pools.remove_pool(pool_id=pool.pk)
    other = pools.create_pool(name="Tea", now=NOW)
    pools.remove_pool(pool_id=other.pk)
    assert [one.name for one in pools.pools()] == ["Coffee"]


def test_names_are_given_once_and_strangers_are_not_filled():
    pools.create_pool(name="Coffee", now=NOW)
    with pytest.raises(NotPossible, match="already"):
        pools.create_pool(name=" Coffee ", now=NOW)
    with pytest.raises(NotFound):
        pools.fill(pool_id=999, lines=["A"])
