from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nineplus.stats.jackknife import effective_buckets, jackknife


def mean(sums):
    """Sums of (n, y) to the mean of y."""
    return sums[..., 1:] / sums[..., :1]


def test_one_row_per_bucket_gives_the_textbook_interval_of_a_mean():
    y = np.random.default_rng(1).normal(10, 3, size=40)
    replicates = jackknife(mean, sums=np.column_stack([np.ones(40), y]), sizes=np.ones(40))
    low, high = replicates.interval(confidence=0.9)
    assert replicates.error[0] == pytest.approx(y.std(ddof=1) / np.sqrt(40))
    assert (low[0], high[0]) == pytest.approx(stats.t.interval(0.9, 39, loc=y.mean(), scale=stats.sem(y)))
    assert replicates.p_values()[0] == pytest.approx(stats.ttest_1samp(y, 0).pvalue)


def test_all_statistics_are_done_at_once_and_can_be_combined():
    sums = np.random.default_rng(2).uniform(1, 9, size=(16, 3))
    both = jackknife(lambda s: s[..., 1:] / s[..., :1], sums=sums, sizes=sums[:, 0])
    gap = both.of(lambda t: t[..., :1] - t[..., 1:])
    variance = both.covariance
    assert gap.error[0] ** 2 == pytest.approx(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1])
    assert np.sqrt(np.diag(variance)) == pytest.approx(both.error)


def test_empty_buckets_are_not_counted():
    sums = np.array([[3.0, 6.0], [2.0, 1.0], [4.0, 4.0]])
    padded = np.vstack([sums, np.zeros((5, 2))])
    assert jackknife(mean, sums=padded, sizes=padded[:, 0]).error == pytest.approx(
        jackknife(mean, sums=sums, sizes=sums[:, 0]).error
    )


def test_one_bucket_has_a_value_but_no_interval():
    only = jackknife(mean, sums=[[4.0, 2.0]], sizes=[4])
    assert only.value[0] == 0.5
    assert np.isnan(only.error).all()
    assert np.isnan(only.interval()[0]).all()
    assert np.isnan(only.covariance).all()


def test_no_bucket_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one bucket"):
        jackknife(mean, sums=np.zeros((4, 2)), sizes=np.zeros(4))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=64).filter(any))
def test_effective_buckets_lie_between_one_and_the_number_that_answered(sizes):
    assert 1 - 1e-9 <= effective_buckets(sizes) <= sum(size > 0 for size in sizes) + 1e-9


def test_equal_buckets_count_in_full_and_one_giant_counts_as_one():
    assert effective_buckets([7] * 64) == pytest.approx(64)
    assert effective_buckets([10_000] + [1] * 63) < 1.02


def test_coverage_of_a_clustered_mean_is_honest():
    """400 accounts with their own level, 64 buckets: about 95 of 100 intervals hold the truth; naive ones do not."""
    rng = np.random.default_rng(3)
    held = naive = 0
    for _ in range(300):
        level = rng.normal(0, 1, size=400)
        sizes = rng.integers(1, 12, size=400)
        total = sizes * level + rng.normal(0, 1, size=400) * np.sqrt(sizes)
        bucket = np.arange(400) % 64
        sums = np.column_stack([np.bincount(bucket, sizes, 64), np.bincount(bucket, total, 64)])
        low, high = jackknife(mean, sums=sums, sizes=sums[:, 0]).interval()
        held += low[0] <= 0 <= high[0]
        naive += abs(total.sum() / sizes.sum()) <= 1.96 * np.sqrt(2 / sizes.sum())
    assert 0.91 <= held / 300 <= 0.985
    assert naive / 300 < 0.75
