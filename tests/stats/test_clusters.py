from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.clusters import UNKNOWN_ICC, Moments, clustered_nps, icc_of, worth
from nineplus.stats.nps import nps

accounts = st.lists(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6), min_size=1, max_size=12)


def moments(answers_by_account, weights=None) -> Moments:
    """Moments of one group from answers -1, 0, +1 per account."""
    y = [np.array(account, dtype=float) for account in answers_by_account]
    w = [np.ones(len(part)) for part in y] if weights is None else [np.array(part, dtype=float) for part in weights]
    W = np.array([part.sum() for part in w])
    Z = np.array([(a * b).sum() for a, b in zip(w, y, strict=True)])
    flat_w, flat_y = np.concatenate(w), np.concatenate(y)
    return Moments.of(
        n=[len(flat_y)],
        G=[len(y)],
        SW=[W.sum()],
        SW2=[(W**2).sum()],
        SZ=[Z.sum()],
        SWZ=[(W * Z).sum()],
        SZ2=[(Z**2).sum()],
        promoters=[flat_w[flat_y > 0].sum()],
        detractors=[flat_w[flat_y < 0].sum()],
    )


@given(accounts)
def test_the_variance_is_the_linearised_one_of_a_mean_of_clusters(answers):
    """V_lin written out account by account, as survey::svymean does."""
    found = worth(moments(answers))
    y = np.concatenate([np.array(account, dtype=float) for account in answers])
    n, G, e = len(y), len(answers), y.mean()
    v_srs = (np.abs(y).mean() - e**2) / n
    if G < 2 or v_srs == 0 or n == G:
        return
    residuals = [sum(account) - e * len(account) for account in answers]
    v_lin = G / (G - 1) * sum(residual**2 for residual in residuals) / n**2
    assert found.deff[0] == pytest.approx(max(1.0, v_lin / v_srs))
    assert found.n_eff[0] == pytest.approx(n / found.deff[0])
    sizes = np.array([len(account) for account in answers])
    assert found.accounts[0] == pytest.approx(n**2 / (sizes**2).sum())
    assert found.df[0] == pytest.approx(found.accounts[0] - 1)


@given(accounts, st.randoms())
def test_the_order_of_accounts_and_answers_is_irrelevant(answers, random):
    shuffled = [random.sample(account, len(account)) for account in random.sample(answers, len(answers))]
    one, other = worth(moments(answers)), worth(moments(shuffled))
    assert (one.n_eff[0], one.accounts[0]) == pytest.approx((other.n_eff[0], other.accounts[0]))


@given(accounts)
def test_answers_are_never_worth_more_than_they_are(answers):
    found = worth(moments(answers))
    n = sum(len(account) for account in answers)
    assert 0 < found.n_eff[0] <= n
    assert 1 <= found.accounts[0] <= len(answers) + 1e-9


def test_one_answer_per_account_is_the_plain_interval():
    answers = [[1]] * 7 + [[0]] * 2 + [[-1]]
    found, known = clustered_nps(moments(answers))
    plain = nps(detractors=1, passives=2, promoters=7)
    assert (found.low[0], found.high[0]) == pytest.approx((plain.low, plain.high))
    assert known.deff[0] == 1


def test_weights_cost_what_kish_says():
    """One answer per account with unequal weights: G* = (sum w)² / sum w²."""
    answers = [[1], [0], [-1], [1], [1], [-1]]
    weights = [[2.0], [0.5], [0.5], [1.0], [1.0], [1.0]]
    found = worth(moments(answers, weights))
    assert found.accounts[0] == pytest.approx(36 / 7.5)
    assert found.p[0] == pytest.approx(4 / 6)
    assert found.df[0] == pytest.approx(36 / 7.5 - 1)


def test_where_all_agree_the_likeness_of_the_parent_is_borrowed():
    """SW2 / SW = (9 + 1 + 4) / 6: deff = 1 + (14/6 - 1) icc."""
    answers = [[1, 1, 1], [1], [1, 1]]
    assert worth(moments(answers), icc=0.5).deff[0] == pytest.approx(1 + (14 / 6 - 1) * 0.5)
    assert worth(moments(answers)).deff[0] == pytest.approx(1 + (14 / 6 - 1) * UNKNOWN_ICC)


def test_one_account_alone_says_nothing_of_others():
    found, known = clustered_nps(moments([[1, 1, 0, -1, 1, 1]]))
    assert (found.low[0], found.high[0]) == pytest.approx((-100, 100), abs=0.01)
    assert known.few[0]


def test_no_answers_are_not_available():
    found, known = clustered_nps(Moments.independent(detractors=[0, 1], passives=[0, 1], promoters=[0, 1]))
    assert np.isnan(found.value[0])
    assert np.isnan(found.low[0])
    assert found.value[1] == 0
    assert known.n_eff[0] == 0


def test_many_groups_at_once_equal_one_at_a_time():
    groups = [[[1, 1], [0], [-1, 0]], [[1], [1, 1, 1]], [[-1, 1], [0, 0], [1]]]
    parts = [moments(group) for group in groups]
    together = Moments.of(**{name: [getattr(part, name)[0] for part in parts] for name in Moments.__dataclass_fields__})
    found, _ = clustered_nps(together)
    for i, part in enumerate(parts):
        one, _ = clustered_nps(part)
        assert (found.low[i], found.high[i]) == pytest.approx((one.low[0], one.high[0]))


def test_the_likeness_within_accounts_is_recovered():
    """Accounts that always agree are wholly alike; answers dealt at random hardly at all."""
    alike = moments([[1] * 4] * 30 + [[-1] * 4] * 20 + [[0] * 4] * 10)
    assert icc_of(alike) == pytest.approx(1.0, abs=0.02)
    random = np.random.default_rng(7).integers(-1, 2, (400, 5)).tolist()
    assert icc_of(moments(random)) < 0.05
    assert icc_of(moments([[1]] * 9)) == UNKNOWN_ICC


def test_the_interval_covers_the_truth_of_clustered_accounts():
    """Accounts that share a latent mood: naive intervals miss often, these do not (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(20)
    repeats, G, size = 400, 40, 6
    mood = random.normal(0, 1, (repeats, G, 1)) * np.sqrt(0.4) + random.normal(0, 1, (repeats, G, size)) * np.sqrt(0.6)
    y = (mood > -0.126).astype(int) - (mood < -0.842).astype(int)  # 55 % promoters, 20 % detractors
    truth = 35.0
    W, Z = np.full((repeats, G), size), y.sum(axis=2)
    P, D = (y > 0).sum(axis=(1, 2)), (y < 0).sum(axis=(1, 2))
    n = np.full(repeats, G * size)
    found, _ = clustered_nps(
        Moments.of(
            n=n, G=np.full(repeats, G), SW=n, SW2=(W**2).sum(1), SZ=P - D, SWZ=(W * Z).sum(1), SZ2=(Z**2).sum(1),
            promoters=P, detractors=D,
        )
    )  # fmt: skip
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    naive, _ = clustered_nps(Moments.independent(detractors=D, passives=n - P - D, promoters=P))
    missed = ((naive.low > truth) | (truth > naive.high)).mean()
    assert 0.91 <= covered <= 0.98  # 3 Monte-Carlo errors around the measured 93–97 are 0.90 to 1
    assert missed > 0.15
