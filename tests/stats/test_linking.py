"""Half-lives, precision and what wrong links do: recovered from simulated companies whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.model.attribution import HALF_LIVES
from nineplus.stats.linking import fit, half_life, precision, unshrunk
from nineplus.stats.nps import wilson


def company(rng: np.random.Generator, *, answers: int = 2000, h: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """y in points, and the decayed sum of bad tickets for every half-life (answers, 6).

    About three tickets an answer over 180 days, three of ten bad; a fresh bad one costs about 37 NPS points.
    """
    tickets = rng.poisson(3, answers)
    of = np.repeat(np.arange(answers), tickets)
    age, bad = rng.uniform(0, 180, len(of)), rng.random(len(of)) < 0.3
    sums = np.stack([np.bincount(of, bad * 0.5 ** (age / half), answers) for half in HALF_LIVES], axis=1)
    score = 8.2 - 1.1 * sums[:, HALF_LIVES.index(h)] + rng.normal(0, 1.6, answers)
    return np.where(score >= 8.5, 100.0, np.where(score < 6.5, -100.0, 0.0)), sums


def moments(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    z = np.column_stack([np.ones_like(y), *columns, y])
    bucket = np.arange(len(y)) % 64
    return np.stack([z[bucket == b].T @ z[bucket == b] for b in range(64)])


def test_the_half_life_is_recovered_about_as_often_as_methods_say():
    rng = np.random.default_rng(9)
    found = []
    for _ in range(60):
        y, sums = company(rng)
        m = moments(y, *sums.T)
        found.append(half_life([fit(m, columns=[place]) for place in range(len(HALF_LIVES))]))
    true = HALF_LIVES.index(14)
    assert 36 <= sum(one.best == true for one in found) <= 56  # methods: 46 of 60 in their company; 43 here
    assert sum(abs(one.best - true) <= 1 for one in found) >= 57
    assert sum(true in one.alike for one in found) >= 54  # nine of ten at least
    assert sum(len(one.alike) for one in found) < 5 * len(found)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    truth, held = -20.0, 0
    for _ in range(200):
        bad = rng.random(400) < 0.3
        y = 30 + truth * bad + rng.normal(0, 70, 400)
        low, high = fit(moments(y, bad.astype(float)), columns=[0]).slopes.interval()
        held += low[0] <= truth <= high[0]
    assert 180 <= held <= 199  # 95 % of 200, within three standard errors


def test_wrong_links_shrink_an_effect_and_precision_gives_it_back():
    rng = np.random.default_rng(3)
    bad = rng.random(60_000) < 0.3
    y = 30 - 35.0 * bad + rng.normal(0, 70, len(bad))
    seen = np.where(rng.random(len(bad)) < 0.2, rng.random(len(bad)) < 0.3, bad)  # 20 % of links are wrong
    shrunk = fit(moments(y, seen.astype(float)), columns=[0]).slopes
    assert shrunk.value[0] == pytest.approx(-28, abs=2)
    right = precision(right=[800], wrong=[200], links=[60_000])
    value, error = unshrunk(effect=shrunk.value[0], error=shrunk.error[0], right=right)
    assert value == pytest.approx(-35, abs=2.5)
    assert error > shrunk.error[0] / 0.8


def test_one_tier_is_wilsons_share():
    found = precision(right=[92], wrong=[8], links=[5000])
    assert (found.value, found.judged) == (0.92, 100)
    assert found.interval == pytest.approx(wilson(92, 100), abs=0.02)


def test_tiers_weigh_by_their_links_not_by_how_many_were_judged():
    found = precision(right=[50, 25], wrong=[0, 25], links=[9000, 1000])
    assert found.value == pytest.approx(0.95)
    assert found.interval.low < 0.95 < found.interval.high


@pytest.mark.parametrize(
    "judged", [{"right": [90], "wrong": [9], "links": [500]}, {"right": [200, 0], "wrong": [0, 0], "links": [500, 500]}]
)
def test_too_few_judged_say_nothing(judged):
    assert precision(**judged) is None


def test_the_precision_interval_is_honest():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        right = rng.binomial([70, 30], [0.95, 0.6])
        found = precision(right=right, wrong=[70, 30] - right, links=[7000, 3000])
        held += found.interval.low <= 0.7 * 0.95 + 0.3 * 0.6 <= found.interval.high
    assert held >= 370  # 92.5 % of 400
