"""Waiting times, differences of shares, arms of another size than meant."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nineplus.stats.pace import ratio_mismatch, share_difference, waiting_time
from nineplus.stats.shares import Share


def test_the_waiting_time_is_that_of_a_gamma_poisson_process():
    """Against draws: a rate from its posterior, then the time to the twelfth event."""
    chance = np.random.default_rng(7)
    rates = chance.gamma(28.5, 1 / 30, 400_000)
    times = chance.gamma(12, 1 / rates)
    wait = waiting_time(counted=28, exposure=30, missing=12)
    assert wait.median == pytest.approx(np.median(times), rel=0.01)
    assert (wait.low, wait.high) == pytest.approx(np.quantile(times, [0.025, 0.975]), rel=0.01)


@pytest.mark.parametrize("rate", [0.2, 1.0, 5.0])
def test_95_of_100_intervals_hold_what_then_happens(rate):
    chance = np.random.default_rng(int(rate * 10))
    held = total = 0
    for counted, time in zip(chance.poisson(rate * 20, 2_000), chance.gamma(6, 1 / rate, 2_000), strict=True):
        wait = waiting_time(counted=counted, exposure=20, missing=6)
        held += wait.low <= time <= (wait.high or np.inf)
        total += 1
    assert held / total > 0.935


def test_with_nothing_counted_it_may_never_come():
    assert waiting_time(counted=0, exposure=10, missing=1).high is None
    with pytest.raises(ValueError, match="missing"):
        waiting_time(counted=1, exposure=10, missing=0)


def test_newcombe_as_published():
    """Newcombe 1998, method 10, example (a): 56/70 against 48/80 gives 0.0524 to 0.3339."""
    first = Share(56 / 70, 0.6918, 0.8770, 70, 70)
    second = Share(48 / 80, 0.4904, 0.7006, 80, 80)
    gap = share_difference(first, second)
    assert gap.value == pytest.approx(0.2)
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=2e-3)
    assert share_difference(first, Share(1.0, None, None, 3, 3)) == (56 / 70 - 1.0, None, None)


def test_sizes_that_chance_gives_and_sizes_it_does_not():
    assert ratio_mismatch(counts=[821_588, 815_482], shares=[1, 1]) == pytest.approx(
        stats.chisquare([821_588, 815_482]).pvalue, rel=1e-6
    )
    assert ratio_mismatch(counts=[40, 90], shares=[4, 9]) == pytest.approx(1)
    assert ratio_mismatch(counts=[10, 1], shares=[1, 0]) == 0
    assert ratio_mismatch(counts=[5], shares=[1]) == 1
