from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.stats.importance import TooManyBlocks, johnson, lmg
from nineplus.stats.regression import centred, slopes

SWISS = np.loadtxt(Path(__file__).with_name("swiss.csv"), delimiter=",", skiprows=1)  # Fertility first; in R datasets
ONE_EACH = [[0], [1], [2], [3], [4]]


def spread_of(x, y):
    z = np.column_stack([np.ones(len(y)), x, y])
    return centred(z.T @ z)


@pytest.fixture(scope="module")
def swiss():
    return spread_of(SWISS[:, 1:], SWISS[:, 0])


def test_lmg_agrees_with_r_relaimpo_on_swiss(swiss):
    shares = lmg(swiss, blocks=ONE_EACH)
    assert shares == pytest.approx([0.057091, 0.171173, 0.260135, 0.10557, 0.112766], abs=1e-6)
    assert shares.sum() == pytest.approx(0.706735, abs=1e-6)


def test_johnson_weights_agree_with_r_on_swiss(swiss):
    assert johnson(swiss, blocks=ONE_EACH) == pytest.approx(
        [0.0484169, 0.1547082, 0.2719641, 0.11468, 0.1169657], abs=1e-7
    )


def r2(spread, columns):
    coefficients = slopes(spread, kept=sorted(columns))
    return coefficients @ spread[:-1, -1] / spread[-1, -1]


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_doubling_equals_the_average_over_all_orders_with_blocks_and_controls(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 7)) @ rng.normal(size=(7, 7))
    spread = spread_of(x, x @ rng.normal(size=7) + 5 * rng.normal(size=60))
    blocks, controls = [[0, 3], [1], [2, 4]], [5, 6]
    expected = np.zeros(3)
    for order in permutations(range(3)):
        entered = set(controls)
        for j in order:
            before = r2(spread, entered)
            entered |= set(blocks[j])
            expected[j] += (r2(spread, entered) - before) / 6
    assert lmg(spread, blocks=blocks, controls=controls) == pytest.approx(expected, abs=1e-10)
    assert johnson(spread, blocks=blocks, controls=controls).sum() == pytest.approx(expected.sum(), abs=1e-8)


def test_a_stack_gives_the_shares_of_each_member(swiss):
    other = spread_of(SWISS[:30, 1:], SWISS[:30, 0])
    for measure in (lmg, johnson):
        together = measure(np.stack([swiss, other]), blocks=ONE_EACH)
        assert together == pytest.approx(np.stack([measure(m, blocks=ONE_EACH) for m in (swiss, other)]))


def test_too_many_blocks_are_refused_and_none_is_nothing(swiss):
    with pytest.raises(TooManyBlocks, match="21 blocks"):
        lmg(np.eye(22), blocks=[[i] for i in range(21)])
    assert lmg(swiss, blocks=[]).shape == (0,)
