"""Rising themes: what chance does is not told, what really rises mostly is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nineplus.stats.emerging import BASELINE, FALSE, GAP, rising

WEEKS = BASELINE + GAP + 1
THEMES = 300


def world(dice: np.random.Generator, *, risen: int = 0, times: float = 3.0, phi: float = 0.15):
    """Themes of very different size, overdispersed, with a volume that goes up and down."""
    volumes = dice.integers(300, 600, WEEKS)
    rates = dice.lognormal(np.log(0.012), 1.0, THEMES)
    rates[:risen] = dice.uniform(0.012, 0.06, risen)  # what rises is no rarity: some 5 to 27 mentions a week before
    means = np.outer(rates, volumes)
    means[:risen, -1] *= times
    return stats.nbinom.rvs(1 / phi, 1 / (1 + phi * means), random_state=dice), volumes


def test_chance_alone_is_seldom_told():
    """300 themes and no rise: z > 2 would cry out some fifteen times a week."""
    dice = np.random.default_rng(20260301)
    alarms, naive = [], []
    for _ in range(60):
        counts, volumes = world(dice)
        found = rising(counts, volumes)
        alarms.append(sum(one.rises for one in found))
        usual = counts[:, :BASELINE].sum(axis=1) / volumes[:BASELINE].sum() * volumes[-1]
        naive.append(((counts[:, -1] - usual) / np.sqrt(np.maximum(usual, 0.1)) > 2).sum())
    assert np.mean(alarms) < 0.6
    assert np.mean(naive) > 10


def test_threefold_rises_are_mostly_found_and_few_findings_are_false():
    dice = np.random.default_rng(7)
    hit, false, told = 0, 0, 0
    for _ in range(40):
        counts, volumes = world(dice, risen=15)
        found = [one.theme for one in rising(counts, volumes) if one.rises]
        hit += sum(theme < 15 for theme in found)
        false += sum(theme >= 15 for theme in found)
        told += len(found)
    assert hit / (40 * 15) > 0.4
    assert false / told < FALSE + 0.03


def test_the_tail_is_the_negative_binomials():
    counts = np.full((1, WEEKS), 10)
    counts[0, ::2] = 14
    counts[0, -1] = 30
    volumes = np.full(WEEKS, 100)
    [one] = rising(counts, volumes)
    past = counts[0, :BASELINE]
    m = past.mean()
    phi = max(((past - m) ** 2 - m).sum() / (BASELINE * m**2), 0)
    variance = m + phi * m**2 + m**2 / (past.sum() + 0.5)
    size = m**2 / (variance - m)
    assert one.expected == pytest.approx(m)
    assert one.p == pytest.approx(stats.nbinom.sf(29, size, m / variance))
    assert one.rises


def test_a_few_mentions_and_small_lifts_are_not_told():
    volumes = np.full(WEEKS, 1_000)
    new, steady, much = np.zeros(WEEKS), np.full(WEEKS, 400.0), np.zeros(WEEKS)
    new[-1], steady[-1], much[-1] = 4, 560, 12
    four, more, twelve = rising([new, steady, much], volumes)
    assert (four.rises, more.rises, twelve.rises) == (False, False, True)
    assert more.lift == pytest.approx(1.4)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(7, 40),
    st.randoms(use_true_random=False),
)
def test_any_history_gives_probabilities(themes: int, weeks: int, dice):
    counts = [[dice.choice((0, 0, 1, 3, 50)) for _ in range(weeks)] for _ in range(themes)]
    volumes = [dice.choice((1, 100)) for _ in range(weeks)]
    for one in rising(counts, volumes):
        assert 0 <= one.p <= one.q <= 1
        assert one.expected >= 0


@pytest.mark.parametrize(
    ("counts", "volumes"),
    [
        ([[1] * 6], [9] * 6),
        ([[1] * 30], [9] * 29),
        ([[-1] * 30], [9] * 30),
        ([1] * 30, [9] * 30),
        ([[0] * 30], [0] * 30),
    ],
)
def test_what_makes_no_sense_is_refused(counts, volumes):
    with pytest.raises(ValueError, match=r"\w"):
        rising(counts, volumes)
