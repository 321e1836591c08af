"""Time until something happens: the textbook's figures, and laws that hold for any data."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.scale import NoAnswers
from nineplus.stats.survival import logrank, survival

# Freireich et al. 1963, 6-mercaptopurine, 21 patients, weeks of remission (+: still in remission).
RELAPSED = Counter((6, 6, 6, 7, 10, 13, 16, 22, 23))
STILL = Counter((6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
COUNTS = st.dictionaries(st.integers(0, 30).map(float), st.integers(1, 5), max_size=12)


def test_the_curve_of_freireich_is_the_textbooks():
    found = survival(events=RELAPSED, waiting=STILL)
    # Kalbfleisch and Prentice 1980, table 1.2; the same in Kleinbaum and Klein, Survival Analysis, 2.III.
    expected = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert dict(zip(found.times, (round(share, 4) for share in found.share), strict=True)) == expected
    assert (found.n, found.events, found.median) == (21, 9, 23)
    # R 4: survfit(Surv(t, d) ~ 1, conf.type = "log-log"), time 10: 0.503 to 0.889; median 23 (13, NA)
    assert (found.low[2], found.high[2]) == pytest.approx((0.5032, 0.8894), abs=5e-4)
    assert found.median_interval == (13, None)


@given(events=COUNTS)
def test_when_nobody_waits_it_is_the_plain_share(events):
    if not events:
        with pytest.raises(NoAnswers):
            survival(events=events, waiting={})
        return
    found = survival(events=events, waiting={})
    total = sum(events.values())
    for at in range(31):
        done = sum(number for when, number in events.items() if when <= at)
        told = found.happened_by(at)
        assert told is not None
        assert told[0] == pytest.approx(done / total)


@given(events=COUNTS, waiting=COUNTS)
def test_the_curve_falls_stays_within_its_interval_and_counts_those_who_wait(events, waiting):
    if not events and not waiting:
        return
    found = survival(events=events, waiting=waiting)
    assert list(found.share) == sorted(found.share, reverse=True)
    for low, share, high in zip(found.low, found.share, found.high, strict=True):
        assert 0 <= low <= share + 1e-12
        assert share <= high + 1e-12 <= 1 + 1e-11
    without = survival(events=events, waiting={}) if events else None
    if without and without.median is not None and found.median is not None:
        assert found.median >= without.median


def test_what_nobody_was_followed_for_is_not_told():
    found = survival(events={2.0: 1}, waiting={5.0: 3})
    assert found.happened_by(1.0) == (0, 0, 0)
    assert found.happened_by(5.0) is not None
    assert found.happened_by(6.0) is None
    assert found.median is None


def test_the_log_rank_of_freireich_is_the_textbooks():
    placebo = Counter((1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23))
    found = logrank([(RELAPSED, STILL), (placebo, {})])
    assert found is not None
    # R survival: survdiff(Surv(time, status) ~ treat); Kleinbaum and Klein, Survival Analysis, 2.IV
    assert found.expected == pytest.approx((19.25, 10.75), abs=5e-3)
    assert (found.observed, found.df) == ((9, 21), 1)
    assert found.chi2 == pytest.approx(16.79, abs=5e-3)
    assert found.p == pytest.approx(4.17e-5, rel=1e-2)


def test_the_log_rank_of_several_groups_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    dice = np.random.default_rng(5)
    time, status, group = dice.integers(1, 9, 120).astype(float), dice.integers(0, 2, 120), dice.integers(0, 3, 120)
    parts = [
        tuple(Counter(time[(group == g) & (status == happened)].tolist()) for happened in (1, 0)) for g in range(3)
    ]
    found = logrank(parts)
    chi2, p = survdiff(time, status, group)
    assert found is not None
    assert (found.chi2, found.p, found.df) == (pytest.approx(chi2), pytest.approx(p), 2)


def test_one_group_and_groups_in_which_nothing_happened_are_not_compared():
    assert logrank([(RELAPSED, STILL)]) is None
    assert logrank([({}, STILL), ({}, STILL)]) is None


def test_the_interval_of_the_share_by_a_time_covers_the_truth():
    """Seeded: 400 worlds of 60 customers, exponential waits of 30 hours, censored at random: 95 in 100 cover."""
    dice = np.random.default_rng(7)
    waits, until = dice.exponential(30, (400, 60)), dice.uniform(10, 90, (400, 60))
    truth, covered = 1 - np.exp(-24 / 30), 0
    for waited, ended in zip(waits, until, strict=True):
        seen = waited <= ended
        found = survival(events=Counter(waited[seen].tolist()), waiting=Counter(ended[~seen].tolist()))
        share = found.happened_by(24.0)
        covered += share is not None and share[1] <= truth <= share[2]
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize("n", range(2, 61, 2))
def test_the_median_of_an_even_number_is_where_half_are_done(n: int):
    assert survival(events=dict.fromkeys(range(1, n + 1), 1), waiting={}).median == n / 2


def test_where_nobody_is_left_the_upper_end_of_the_median_is_not_known():
    found = survival(events={1: 1, 2: 1, 3: 1}, waiting={})
    assert found.share[-1] == 0
    assert found.median == 2
    assert found.median_interval[1] is None  # R: survfit(Surv(1:3) ~ 1, conf.type = "log-log")
