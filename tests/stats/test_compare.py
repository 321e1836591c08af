from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.compare import Sides, account_covariance, correlation, differences, explained

count = st.integers(0, 80)
some = st.tuples(count, count, count).filter(any)


def side(answers) -> Sides:
    D, S, P = answers
    return Sides.counts(detractors=D, passives=S, promoters=P)


@given(some, some, st.floats(-0.9, 0.9))
def test_turning_the_comparison_round_turns_the_sign(one, other, r):
    there, back = (differences(side(a), side(b), correlation=r) for a, b in ((one, other), (other, one)))
    assert (there.value[0], there.low[0], there.high[0]) == pytest.approx((-back.value[0], -back.high[0], -back.low[0]))
    assert there.p[0] == pytest.approx(back.p[0])


@given(some, some, st.floats(-0.9, 0.9), st.sampled_from([0.8, 0.95, 0.99]))
def test_p_and_interval_never_disagree(one, other, r, confidence):
    found = differences(side(one), side(other), correlation=r, confidence=confidence)
    excludes_zero = not found.low[0] <= 0 <= found.high[0]
    if abs(found.p[0] - (1 - confidence)) > 1e-6:
        assert excludes_zero == (found.p[0] < 1 - confidence)


@given(some, some)
def test_the_difference_stays_within_its_interval_and_the_scale(one, other):
    found = differences(side(one), side(other))
    assert -200 <= found.low[0] <= found.value[0] <= found.high[0] <= 200
    assert 0 <= found.p[0] <= 1


@given(some, some)
def test_accounts_on_both_sides_make_the_comparison_sharper(one, other):
    apart, shared = (differences(side(one), side(other), correlation=r) for r in (0.0, 0.8))
    assert shared.high[0] - shared.low[0] <= apart.high[0] - apart.low[0] + 1e-9


def test_equal_groups_differ_by_nothing():
    found = differences(side((10, 20, 30)), side((10, 20, 30)))
    assert found.value[0] == 0
    assert found.p[0] == 1


def test_no_answers_on_a_side_are_not_available():
    found = differences(side((0, 0, 0)), side((1, 2, 3)))
    assert np.isnan([part[0] for part in found]).all()
    assert found.estimate(0, n=6, n_eff=6, confidence=0.95).value is None


def test_few_against_many_cover_the_truth_and_rarely_cry_wolf():
    """n 8 against 500, the same population: plain Wald covers 39 %, this at least 93 (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(3)
    shares = [0.05, 0.15, 0.80]  # detractors, passives, promoters
    few, many = random.multinomial(8, shares, 800).T, random.multinomial(500, shares, 800).T
    found = differences(side(few), side(many))
    assert 0.93 <= ((found.low <= 0) & (found.high >= 0)).mean() <= 1


def test_the_covariance_is_that_of_account_residuals():
    random = np.random.default_rng(5)
    W1, W2 = random.integers(0, 4, (2, 30)).astype(float)
    Z1, Z2 = (np.array([random.integers(-w, w + 1) for w in W]) for W in (W1, W2))
    e1, e2 = Z1.sum() / W1.sum(), Z2.sum() / W2.sum()
    direct = 30 / 29 * ((Z1 - e1 * W1) * (Z2 - e2 * W2)).sum() / (W1.sum() * W2.sum())
    found = account_covariance(
        G=30, SW_first=W1.sum(), SW_second=W2.sum(), e_first=e1, e_second=e2,
        SWW=(W1 * W2).sum(), SWZ=(W1 * Z2).sum(), SZW=(Z1 * W2).sum(), SZZ=(Z1 * Z2).sum(),
    )  # fmt: skip
    assert found == pytest.approx(direct)


def test_a_correlation_is_none_where_a_variance_is_none():
    assert correlation(covariance=[1.0, 4.0], variance_first=[0.0, 1.0], variance_second=[1.0, 1.0]).tolist() == [0, 1]


def test_what_is_explained_is_all_nothing_or_what_anova_says():
    assert explained([10, 20], promoters=[10, 0], detractors=[0, 20]) == pytest.approx(1)
    assert explained([10, 10], promoters=[5, 5], detractors=[2, 2]) == 0.0
    assert explained([10], promoters=[5], detractors=[2]) == 0.0
    assert explained([7, 3], promoters=[7, 3], detractors=[0, 0]) == 0.0
    y = [np.repeat([1, 0, -1], counts) for counts in ((30, 10, 5), (20, 10, 25), (8, 8, 8))]
    f = scipy.stats.f_oneway(*y).statistic
    n, k = sum(map(len, y)), len(y)
    found = explained([45, 55, 24], promoters=[30, 20, 8], detractors=[5, 25, 8])
    assert found == pytest.approx((k - 1) * (f - 1) / ((k - 1) * f + n - k))


def test_many_small_groups_of_one_world_explain_nothing_on_average():
    random = np.random.default_rng(2)
    counts = random.multinomial(6, (0.2, 0.3, 0.5), size=(200, 30))
    found = [explained(np.full(30, 6), promoters=c[:, 2], detractors=c[:, 0]) for c in counts]
    assert np.mean(found) < 0.05  # plain eta squared: 29 of 179, 0.16
