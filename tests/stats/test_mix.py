from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.mix import decompose, independent_errors
from tests.stats._reference import SHARED, expected

# Berkeley 1973: admitted and rejected by department, men then women.
MEN = np.array([[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]])
WOMEN = np.array([[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]])

cell = st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(-1, 1), st.floats(-1, 1))
segments = st.lists(cell, min_size=1, max_size=8).filter(lambda c: any(a for a, *_ in c) and any(b for _, b, *_ in c))


def berkeley():
    return decompose(n0=MEN.sum(1), sum0=MEN[:, 0], n1=WOMEN.sum(1), sum1=WOMEN[:, 0])


def test_berkeley_admissions():
    found = berkeley()
    assert (found.change, found.total_rate, found.total_mix) == pytest.approx(
        (-0.1416454, 0.0360285, -0.1776739), abs=1e-6
    )


def test_berkeley_agrees_with_the_reference():
    reference = expected("decomposition", "ucb")
    found = berkeley()
    assert found.change == pytest.approx(reference["total"], abs=1e-7)
    assert found.total_rate == pytest.approx(reference["rate"], abs=1e-7)
    assert found.total_mix == pytest.approx(reference["mix"], abs=1e-7)


def test_channels_agree_with_the_reference():
    reference = expected("decomposition", "channels_2020-10_to_2020-12")
    import duckdb

    sums = {}
    for i, channel in enumerate(("email", "mobile", "web")):
        file = SHARED / "data" / "nps_channels" / f"nps_{channel}.csv"
        for month, n, e in duckdb.sql(
            "select strftime(response_date, '%Y-%m'), count(*), "
            "100 * (count(*) filter (nps_rating >= 9) - count(*) filter (nps_rating <= 6)) "
            f"from read_csv('{file}') where nps_rating between 0 and 10 group by 1"
        ).fetchall():
            sums[month, i] = (n, float(e))
    before, after = (np.array([sums[month, i] for i in range(3)]).T for month in ("2020-10", "2020-12"))
    found = decompose(n0=before[0], sum0=before[1], n1=after[0], sum1=after[1])
    assert found.start == pytest.approx(reference["start"], abs=1e-6)
    assert found.end == pytest.approx(reference["end"], abs=1e-6)
    assert (found.total_rate, found.total_mix) == pytest.approx((reference["rate"], reference["mix"]), abs=1e-5)


@given(segments)
def test_rate_and_mix_add_up_exactly_and_turn_round(cells):
    n0, n1, r0, r1 = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    there = decompose(n0=n0, sum0=n0 * r0, n1=n1, sum1=n1 * r1)
    back = decompose(n0=n1, sum0=n1 * r1, n1=n0, sum1=n0 * r0)
    assert there.total_rate + there.total_mix == pytest.approx(there.change, abs=1e-12)
    assert there.rate == pytest.approx(-back.rate, abs=1e-12)
    assert there.mix == pytest.approx(-back.mix, abs=1e-12)


def test_a_new_or_vanished_segment_is_all_mix():
    found = decompose(n0=[50, 50, 0], sum0=[25, 10, 0], n1=[50, 0, 50], sum1=[25, 0, 40])
    assert found.rate.tolist() == [0, 0, 0]
    assert found.total_mix == pytest.approx(found.change)


def test_every_segment_up_and_the_total_down():
    found = decompose(n0=[80, 20], sum0=[48.0, -4.0], n1=[20, 80], sum1=[13.0, -12.0])
    assert (found.rate > 0).all()
    assert found.change < 0
    assert found.total_mix < found.change


def test_errors_cover_what_chance_does():
    """Two independent periods of 800, three segments, 400 repeats (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(8)
    share = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4]])
    up, down = np.array([[0.6, 0.5, 0.3], [0.62, 0.55, 0.3]]), np.array([[0.2, 0.2, 0.4], [0.15, 0.2, 0.35]])
    truth = decompose(n0=share[0], sum0=share[0] * (up - down)[0], n1=share[1], sum1=share[1] * (up - down)[1])
    inside = []
    for _ in range(400):
        n = np.array([random.multinomial(800, part) for part in share]).astype(float)
        drawn = np.array(
            [
                [random.multinomial(n[t, k], [up[t, k], down[t, k], 1 - up[t, k] - down[t, k]]) for k in range(3)]
                for t in (0, 1)
            ]
        )
        e = (drawn[..., 0] - drawn[..., 1]).astype(float)
        within = (drawn[..., 0] + drawn[..., 1]) / n - (e / n) ** 2
        found = decompose(n0=n[0], sum0=e[0], n1=n[1], sum1=e[1])
        error = independent_errors(n0=n[0], sum0=e[0], var0=within[0], n1=n[1], sum1=e[1], var1=within[1])
        inside.append(
            (
                abs(found.total_rate - truth.total_rate) <= 1.96 * error.rate,
                abs(found.total_mix - truth.total_mix) <= 1.96 * error.mix,
            )
        )
    assert (np.mean(inside, axis=0) >= 0.92).all()
    assert (np.mean(inside, axis=0) <= 0.98).all()
