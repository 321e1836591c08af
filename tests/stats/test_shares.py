from __future__ import annotations

import numpy as np
import pytest

from nineplus.stats.clusters import Moments
from nineplus.stats.nps import wilson
from nineplus.stats.scale import NoAnswers
from nineplus.stats.shares import clustered_share, clustered_shares


def test_all_or_none_keep_their_width():
    sizes = np.ones(12)
    everyone = clustered_share(hits=sizes, sizes=sizes)
    nobody = clustered_share(hits=0 * sizes, sizes=sizes)
    assert (everyone.value, everyone.high) == (1.0, 1.0)
    assert 0.6 < everyone.low < wilson(12, 12).low  # t of eleven degrees, not z
    assert (nobody.low, nobody.high) == (0.0, pytest.approx(1 - everyone.low))


def test_buckets_that_answer_alike_are_worth_few():
    sizes = np.full(20, 50.0)
    alike = clustered_share(hits=np.where(np.arange(20) % 2, 50.0, 0.0), sizes=sizes)
    assert alike.value == 0.5
    assert alike.n_eff == pytest.approx(19, rel=0.1)
    mixed = clustered_share(hits=np.full(20, 25.0), sizes=sizes)
    assert mixed.n_eff == 1000
    assert alike.high - alike.low > 5 * (mixed.high - mixed.low)


def test_the_interval_holds_the_truth_when_accounts_are_alike():
    random, held = np.random.default_rng(3), 0
    for _ in range(300):
        own = random.beta(1.5, 3.5, size=40)  # true mean 0.3, strongly alike within a bucket
        sizes = random.integers(5, 30, size=40)
        found = clustered_share(hits=random.binomial(sizes, own), sizes=sizes)
        held += found.low <= 0.3 <= found.high
    assert held >= 276  # 92 % of 300


def test_one_bucket_has_no_interval_and_nothing_has_no_share():
    alone = clustered_share(hits=[3, 0], sizes=[9, 0])
    assert (alone.low, alone.high, alone.n) == (None, None, 9)
    with pytest.raises(NoAnswers):
        clustered_share(hits=[0], sizes=[0])


def moments(hits, sizes):
    H, W = np.asarray(hits, dtype=float), np.asarray(sizes, dtype=float)
    return Moments.of(
        n=[W.sum()], G=[len(W)], SW=[W.sum()], SW2=[(W * W).sum()], SZ=[H.sum()], SWZ=[(W * H).sum()],
        SZ2=[(H * H).sum()], promoters=[H.sum()], detractors=[0],
    )  # fmt: skip


def test_moments_hold_the_truth_when_accounts_are_alike():
    random, held = np.random.default_rng(5), 0
    for _ in range(300):
        own = random.beta(1.5, 3.5, size=40)  # true mean 0.3
        sizes = random.integers(5, 30, size=40)
        (found,) = clustered_shares(moments(random.binomial(sizes, own), sizes))
        held += found.low <= 0.3 <= found.high
    assert held >= 276  # 92 % of 300


def test_moments_of_single_answers_give_the_plain_interval_and_one_account_none():
    (single,) = clustered_shares(moments([1] * 81 + [0] * 182, np.ones(263)))
    assert (single.low, single.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    (alone,) = clustered_shares(moments([3], [9]))
    assert (alone.low, alone.high) == (None, None)
    with pytest.raises(NoAnswers):
        clustered_shares(moments([0], [0]))
