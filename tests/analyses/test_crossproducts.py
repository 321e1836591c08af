from __future__ import annotations

from itertools import combinations, count

import ibis
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from nineplus.analyses._crossproducts import Factor, cover, cross_products
from nineplus.stats.jackknife import jackknife
from nineplus.stats.regression import centred, ols, slopes

_NUMBER = count()


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


def rows_of(seed: int, rows: int, sizes, accounts: int = 300) -> pd.DataFrame:
    """Bins that depend on each other and on the account; scores that depend on both."""
    rng = np.random.default_rng(seed)
    account = rng.integers(0, accounts, rows)
    level = rng.normal(0, 1, accounts)[account]
    frame = pd.DataFrame({"cluster": account, "bucket": (account * 7919) % 64})
    shared = rng.normal(size=rows) + 0.5 * level
    for i, size in enumerate(sizes):
        wish = np.round(size / 2 + 0.7 * shared + rng.normal(size=rows))
        frame[f"x{i}"] = np.clip(wish, 0, size - 1).astype(int)
    heavy = sum(frame[f"x{i}"] for i in range(min(2, len(sizes)))) if len(sizes) else 0
    frame["score"] = np.clip(np.round(8 + level - 0.4 * heavy + rng.normal(0, 2, rows)), 0, 10).astype(int)
    return frame


def crossed(engine, frame, sizes):
    table = engine.create_table(f"rows_{next(_NUMBER)}", frame, temp=True)
    factors = [
        Factor(f"x{i}", tuple(str(v) for v in range(size)), table[f"x{i}"], asked=i % 2 == 0)
        for i, size in enumerate(sizes)
    ]
    return cross_products(table, factors)


def dense(frame, sizes):
    columns = [np.ones(len(frame))]
    for i, size in enumerate(sizes):
        columns += [(frame[f"x{i}"] == v).to_numpy(float) for v in range(size)]
    y = 100.0 * ((frame.score >= 9).to_numpy(float) - (frame.score <= 6).to_numpy(float))
    return np.column_stack([*columns, y])


@given(st.integers(0, 10_000), st.integers(1, 120), st.lists(st.integers(1, 5), max_size=4))
@settings(max_examples=12, deadline=None)
def test_pushed_sums_are_exactly_the_sums_over_rows(engine, seed, rows, sizes):
    frame = rows_of(seed, rows, sizes, accounts=20)
    z = dense(frame, sizes)
    expected = np.zeros((64, z.shape[1], z.shape[1]))
    for bucket in range(64):
        mine = z[frame.bucket == bucket]
        expected[bucket] = mine.T @ mine
    assert np.array_equal(crossed(engine, frame, sizes).moments, expected)


def test_answers_without_a_score_are_left_out(engine):
    frame = rows_of(1, 50, [3])
    gaps = frame.assign(score=frame.score.astype("Int64").where(np.arange(50) % 2 == 0))
    assert np.array_equal(crossed(engine, gaps, [3]).moments, crossed(engine, frame.iloc[::2], [3]).moments)


@given(st.lists(st.integers(1, 7), max_size=14), st.sampled_from([6, 10, 14]))
@settings(deadline=None)
def test_every_pair_meets_and_no_set_is_too_large(widths, room):
    sets = cover(tuple(widths), room=room)
    assert {pair for chosen in sets for pair in combinations(chosen, 2)} == set(combinations(range(len(widths)), 2))
    assert {i for chosen in sets for i in chosen} == set(range(len(widths)))
    for chosen in sets:
        assert len(chosen) <= 2 or sum(widths[i] for i in chosen) <= room


def test_two_facts_too_wide_for_a_small_key_are_counted_all_the_same(engine):
    sizes = [40, 60, 3]
    frame = rows_of(5, 500, sizes, accounts=100)
    z = dense(frame, sizes)
    expected = np.stack([z[frame.bucket == b].T @ z[frame.bucket == b] for b in range(64)])
    assert np.array_equal(crossed(engine, frame, sizes).moments, expected)


def test_regression_and_clustered_errors_agree_with_statsmodels_on_the_rows(engine):
    sizes = [4, 3, 2, 5]
    frame = rows_of(7, 6000, sizes)
    sums = crossed(engine, frame, sizes)
    keep = [(name, [i]) for i, name in enumerate(sums.columns) if name[1] != "0"]
    chosen = sums.merged(keep)
    names = [f"{a}={b}" for a, b in chosen.columns]
    fit = ols(chosen.moments.sum(axis=0), names=names)
    dummies = np.column_stack([(frame[a] == int(b)).to_numpy(float) for a, b in chosen.columns])
    y = 100.0 * ((frame.score >= 9).to_numpy(float) - (frame.score <= 6).to_numpy(float))
    rows = sm.OLS(y, sm.add_constant(dummies)).fit(cov_type="cluster", cov_kwds={"groups": frame.bucket})
    assert fit.coefficients == pytest.approx(rows.params[1:], abs=1e-8)
    assert fit.intercept == pytest.approx(rows.params[0], abs=1e-8)
    replicates = jackknife(
        lambda moments: slopes(centred(moments), kept=fit.kept), sums=chosen.moments, sizes=chosen.sizes
    )
    assert replicates.error == pytest.approx(rows.bse[1:], rel=0.08)
    assert np.median(replicates.error / rows.bse[1:]) == pytest.approx(1, abs=0.04)


def test_merging_bins_is_the_same_as_binning_coarser(engine):
    frame = rows_of(3, 400, [4, 2])
    fine = crossed(engine, frame, [4, 2])
    coarse = crossed(engine, frame.assign(x0=frame.x0 // 2), [2, 2])
    groups = [(("x0", "0"), [0, 1]), (("x0", "1"), [2, 3]), (("x1", "0"), [4]), (("x1", "1"), [5])]
    assert np.array_equal(fine.merged(groups).moments, coarse.moments)
