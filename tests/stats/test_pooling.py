from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.pooling import FEWEST, paule_mandel, pool, smoothed_variance
from nineplus.stats.ranks import ranks
from tests.stats._reference import expected

HITS = np.array(
    [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
)  # of 45; Clemente first, Alvis last
groups = st.lists(st.tuples(st.floats(-100, 100), st.floats(1, 400)), min_size=FEWEST, max_size=25)


def batting():
    average = HITS / 45
    return average, np.full(18, average.mean() * (1 - average.mean()) / 45)


def test_efron_and_morris_batting_averages():
    found = pool(*batting())
    assert found.mean == pytest.approx(0.2654321, abs=1e-7)
    assert found.kept == pytest.approx(np.full(18, 0.2116534), abs=1e-6)
    assert found.value[0] == pytest.approx(0.2939, abs=5e-5)
    assert found.value[-1] == pytest.approx(0.2422, abs=5e-5)


def test_efron_and_morris_agrees_with_the_reference():
    reference = expected("shrinkage", "efron_morris")
    found = pool(*batting())
    assert found.kept[0] == pytest.approx(reference["keep"], abs=1e-6)
    assert (found.value[0], found.value[-1]) == pytest.approx((reference["clemente"], reference["alvis"]), abs=5e-5)


@given(groups)
def test_paule_mandel_solves_its_equation(pairs):
    y, v = (np.array(column) for column in zip(*pairs, strict=True))
    tau2 = paule_mandel(y, v)
    weight = 1 / (v + tau2)
    spread = (weight * (y - np.average(y, weights=weight)) ** 2).sum()
    if tau2 > 0:
        assert spread == pytest.approx(len(y) - 1, rel=1e-6)
    else:
        assert spread <= len(y) - 1 + 1e-9


@given(groups)
def test_pooling_pulls_towards_the_mean_and_never_past_it(pairs):
    y, v = (np.array(column) for column in zip(*pairs, strict=True))
    found = pool(y, v)
    assert (np.abs(found.value - found.mean) <= np.abs(y - found.mean) + 1e-9).all()
    assert ((found.value - found.mean) * (y - found.mean) >= -1e-9).all()


def test_the_noisier_group_is_pulled_further():
    found = pool([60.0, 60.0, 0.0, 10.0, 20.0, -10.0], [10.0, 300.0, 10.0, 10.0, 10.0, 10.0])
    assert found.kept[1] < found.kept[0]


def test_few_groups_are_left_alone():
    found = pool([10.0, 50.0, 90.0, -5.0], [4.0, 9.0, 16.0, 25.0])
    assert not found.pooled
    assert found.value.tolist() == [10, 50, 90, -5]
    assert found.error.tolist() == [2, 3, 4, 5]


def test_no_spread_beyond_noise_is_no_detectable_difference():
    found = pool([30.0, 31.0, 29.0, 30.5, 30.2], [25.0] * 5)
    assert found.tau2 == 0
    assert not found.detectable


def test_pooled_intervals_cover_and_pooled_values_are_nearer():
    """60 groups, true spread 8, noise 5 to 30 points, 60 repeats (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(11)
    covered, raw, pooled = [], [], []
    for _ in range(60):
        truth = random.normal(30, 8, 60)
        error = random.uniform(5, 30, 60)
        seen = random.normal(truth, error)
        found = pool(seen, error**2)
        low, high = found.interval(1.96)
        covered.append((low <= truth) & (truth <= high))
        raw.append((seen - truth) ** 2)
        pooled.append((found.value - truth) ** 2)
    assert 0.93 <= np.mean(covered) <= 0.98
    assert np.sqrt(np.mean(pooled)) < 0.6 * np.sqrt(np.mean(raw))


def test_a_group_that_agrees_is_not_taken_as_certain():
    found = smoothed_variance(variance=[0.0, 0.6], n=[6, 94])
    assert found[0] == pytest.approx(3 * 0.564 / 9)
    assert found[1] == pytest.approx((94 * 0.6 + 3 * 0.564) / 97)


def test_ranks_are_sure_only_where_values_are():
    clear = ranks([50.0, 0.0, -50.0], [1.0, 1.0, 1.0])
    assert clear.low.tolist() == clear.high.tolist() == [1, 2, 3]
    assert clear.best.tolist() == [1, 0, 0]
    vague = ranks([1.0, 0.0, -1.0], [50.0, 50.0, 50.0])
    assert (vague.low.tolist(), vague.high.tolist()) == ([1, 1, 1], [3, 3, 3])
    assert vague.top3.tolist() == [1, 1, 1]


def test_ranks_repeat_with_the_same_seed():
    one, other = (ranks([3.0, 2.0, 1.0], [2.0, 2.0, 2.0], seed=4) for _ in range(2))
    assert one.best.tolist() == other.best.tolist()


def test_what_moves_two_groups_alike_leaves_their_order_sure():
    apart = ranks([2.0, 1.0], [3.0, 3.0])
    assert (apart.low[0], apart.high[0]) == (1, 2)
    together = ranks([2.0, 1.0], [3.0, 3.0], covariance=[[9.0, 8.99], [8.99, 9.0]])
    assert (together.low.tolist(), together.high.tolist()) == ([1, 2], [1, 2])
    independent = ranks([2.0, 1.0], [3.0, 3.0], covariance=[[9.0, 0.0], [0.0, 9.0]])
    assert (independent.low[0], independent.high[0]) == (1, 2)
    assert independent.best[0] == pytest.approx(apart.best[0], abs=0.03)
