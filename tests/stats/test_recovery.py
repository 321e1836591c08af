"""Recovery against what was to be expected: nothing where nothing was done, the true effect where something was."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.stats.recovery import Outcome, recovery
from nineplus.stats.scale import NoAnswers

BUCKETS = 64


def world(chance: np.random.Generator, *, people: int, effect: float, called: float = 0.5):
    """Pairs of scores of people with a lasting mood and a daily one; the unhappy are called more, the worse the more.

    `effect` raises what the called feel. Twelve people share an account. Returns counts followed, alone.
    """
    account = np.repeat(chance.normal(0, 0.6, people // 12 + 1), 12)[:people]
    lasting = 7.2 + account + chance.normal(0, 1.6, people)
    scores = [np.clip(np.rint(lasting + chance.normal(0, 1.7, people)), 0, 10).astype(int) for _ in range(2)]
    before = scores[0]
    share = np.clip(called + 0.06 * (4 - before), 0, 1)
    followed = (before <= 6) & (chance.random(people) < share)
    after = (
        np.clip(scores[1] + np.where(followed, effect, 0) + chance.normal(0, 0.01, people), 0, 10).round().astype(int)
    )
    tables = np.zeros((2, BUCKETS, 11, 11))
    bucket = (np.arange(people) // 12) % BUCKETS
    np.add.at(tables, ((~followed).astype(int), bucket, before, after), 1)
    return tables[0], tables[1]


def test_with_no_effect_it_says_none_where_before_and_after_claims_much():
    chance = np.random.default_rng(5)
    lifts, covered, naive = [], 0, []
    for _ in range(200):
        followed, alone = world(chance, people=3_000, effect=0)
        found = recovery(followed=followed, alone=alone)
        lifts.append(found.lift.value)
        covered += found.lift.low <= 0 <= found.lift.high
        naive.append(found.observed + 100)
    assert abs(np.mean(lifts)) < 1.0, "methods: -0.2 to +0.2"
    assert covered >= 184, "nominal 95 of 100; 92 within three standard errors of 200 rounds"
    assert np.mean(naive) > 30, "they recover by themselves"


def test_a_true_effect_is_found_in_full():
    chance = np.random.default_rng(6)
    truth, estimates, covered = [], [], 0
    for _ in range(60):
        seed = chance.integers(1 << 30)
        with_it = world(np.random.default_rng(seed), people=3_000, effect=2)
        without = world(np.random.default_rng(seed), people=3_000, effect=0)
        found = recovery(followed=with_it[0], alone=with_it[1])
        true = found.observed - recovery(followed=without[0], alone=without[1]).observed
        truth.append(true)
        estimates.append(found.lift.value)
        covered += found.lift.low <= np.mean(truth) <= found.lift.high
    assert np.mean(estimates) == pytest.approx(np.mean(truth), abs=1.5)
    assert covered >= 50


def test_by_hand():
    followed, alone = np.zeros((4, 11, 11)), np.zeros((4, 11, 11))
    followed[:, 6, 9] = (1, 1, 0, 0)  # two of four followed up become promoters
    followed[:, 6, 6] = (0, 0, 1, 1)
    alone[:, 6, 8] = (2, 0, 2, 0)  # of eight others four are passives, four detractors
    alone[:, 6, 4] = (0, 2, 0, 2)
    followed[0, 2, 9] = 1  # nobody else gave 2: not compared
    found = recovery(followed=followed, alone=alone)
    assert (found.n, found.compared, found.others) == (5, 4, 8)
    assert (found.observed, found.expected, found.lift.value) == (0, -50, 50)
    recovered = recovery(followed=followed, alone=alone, outcome=Outcome.RECOVERED)
    assert (recovered.observed, recovered.expected) == (50, 50)
    assert recovery(followed=followed, alone=alone, outcome=Outcome.MEAN).lift.unit == "score"
    assert recovery(followed=followed, alone=alone, outcome=Outcome.PROMOTER).lift.value == 50
    for before in ([2], [7, 8]):
        with pytest.raises(NoAnswers):
            recovery(followed=followed, alone=alone, before=before)
