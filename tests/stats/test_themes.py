"""Theme impacts: exactly additive, blind to what is only mentioned beside, honest about chance."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.stats.themes import FEW, theme_impacts

BUCKETS = 64
COLUMNS = ("support −", "support +", "price −", "portal −", "no comment")
EFFECTS = np.array([-60.0, 25.0, -30.0, 0.0, 0.0])


def sums(x, y, bucket):
    z = np.column_stack([np.ones(len(y)), x, y])
    found = np.zeros((BUCKETS, z.shape[1], z.shape[1]))
    for b in range(BUCKETS):
        rows = z[bucket == b]
        found[b] = rows.T @ rows
    return found


def world(dice: np.random.Generator, n: int):
    """The portal costs nothing and is mostly mentioned beside bad support. One to four answers an account."""
    bad = dice.random(n) < 0.15
    x = np.column_stack(
        [
            bad,
            dice.random(n) < 0.2,
            dice.random(n) < 0.1,
            np.where(bad, dice.random(n) < 0.6, dice.random(n) < 0.03),
            dice.random(n) < 0.3,
        ]
    ).astype(float)
    x[x[:, 4] == 1, :4] = 0
    account = np.sort(dice.integers(0, n // 2, n))
    mood = dice.normal(0, 15, n // 2)[account]
    lean = 20 + x @ EFFECTS + mood
    pro, det = np.clip(0.35 + lean / 200, 0.02, 0.97), np.clip(0.35 - lean / 200, 0.01, 0.97)
    pro, det = pro / np.maximum(pro + det, 1), det / np.maximum(pro + det, 1)
    draw = dice.random(n)
    y = np.where(draw < pro, 100.0, np.where(draw > 1 - det, -100.0, 0.0))
    return x, y, account % BUCKETS


def test_base_and_impacts_add_up_to_the_score():
    x, y, bucket = world(np.random.default_rng(1), 900)
    found = theme_impacts(sums(x, y, bucket), columns=COLUMNS)
    assert found.base.value[0] + found.impacts.value.sum() == pytest.approx(y.mean(), abs=1e-9)
    assert found.shares == pytest.approx(x.mean(axis=0))


def test_it_is_least_squares():
    x, y, bucket = world(np.random.default_rng(2), 500)
    found = theme_impacts(sums(x, y, bucket), columns=COLUMNS)
    by_rows = np.linalg.lstsq(np.column_stack([np.ones(len(y)), x]), y, rcond=None)[0]
    assert found.effects.value == pytest.approx(by_rows[1:], abs=1e-8)


def test_what_is_mentioned_beside_costs_nothing_and_intervals_are_honest():
    """Leaving a theme out would charge the portal with what bad support costs."""
    dice = np.random.default_rng(20260302)
    whole = theme_impacts(sums(*world(dice, 150_000)), columns=COLUMNS).effects.value  # the clipped truth
    covered, beside, naive = np.zeros(len(COLUMNS)), [], []
    for _ in range(200):
        x, y, bucket = world(dice, 800)
        found = theme_impacts(sums(x, y, bucket), columns=COLUMNS)
        low, high = found.effects.interval()
        covered += (low <= whole) & (whole <= high)
        beside.append(found.impacts.value[3])
        naive.append(y.mean() - y[x[:, 3] == 0].mean())
    assert abs(np.mean(beside)) < 0.5
    assert np.mean(naive) < -3
    # 95 % of 200 is 190; below 180 and above 199 chance alone would take it once in some thousand columns.
    assert (covered >= 180).all()
    assert (covered <= 199).all()


def test_a_handful_of_mentions_is_drawn_towards_zero():
    dice = np.random.default_rng(3)
    x, y, bucket = world(dice, 900)
    x[:, 2] = 0
    x[:6, 2] = 1
    y[:6] = -100
    found = theme_impacts(sums(x, y, bucket), columns=COLUMNS)
    assert found.drawn[2] == pytest.approx(6 / FEW)
    assert -40 < found.effects.value[2] < 0
    assert found.base.value[0] + found.impacts.value.sum() == pytest.approx(y.mean(), abs=1e-9)


def test_two_themes_that_are_always_together_are_one():
    x, y, bucket = world(np.random.default_rng(4), 600)
    x[:, 3] = x[:, 0]
    found = theme_impacts(sums(x, y, bucket), columns=COLUMNS)
    assert len(found.dropped) == 1
    assert found.base.value[0] + found.impacts.value.sum() == pytest.approx(y.mean(), abs=1e-9)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="square sums"):
        theme_impacts(np.zeros((BUCKETS, 4, 4)), columns=COLUMNS)
    with pytest.raises(ValueError, match="bucket"):
        theme_impacts(np.zeros((BUCKETS, 7, 7)), columns=COLUMNS)
