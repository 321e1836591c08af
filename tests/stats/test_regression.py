from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.outliers_influence import variance_inflation_factor

from nineplus.stats.regression import centred, classical_variance, inflation, ols, partial_out, slopes


def moments(x, y):
    z = np.column_stack([np.ones(len(y)), x, y])
    return z.T @ z


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(20, 80))
@settings(max_examples=40, deadline=None)
def test_cross_products_give_what_the_rows_give(seed, columns, rows):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) * rng.uniform(0.1, 50, columns) + rng.normal(0, 20, columns)
    y = rng.choice([-100.0, 0.0, 100.0], size=rows)
    fit = ols(moments(x, y), names=[f"x{i}" for i in range(columns)])
    rows_fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert [fit.intercept, *fit.coefficients] == pytest.approx(rows_fit.params, rel=1e-7, abs=1e-7)
    assert fit.r2 == pytest.approx(rows_fit.rsquared, abs=1e-8)


def test_collinear_and_constant_columns_are_dropped_by_name_and_the_fit_does_not_change():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = x @ [2.0, -1.0] + rng.normal(size=200)
    wide = np.column_stack([x, x[:, 0] + x[:, 1], np.full(200, 7.0)])
    fit = ols(moments(wide, y), names=["a", "b", "both", "always"], priority=[0, 0, 1, 0])
    assert fit.dropped == ("both", "always")
    assert fit.coefficients[:2] == pytest.approx(ols(moments(x, y), names=["a", "b"]).coefficients)
    assert fit.coefficients[2:] == pytest.approx([0, 0])


def test_the_priority_says_which_of_two_twins_stays():
    x = np.random.default_rng(1).normal(size=(50, 1))
    twins = moments(np.column_stack([x, x]), x[:, 0])
    assert ols(twins, names=["control", "driver"], priority=[1, 0]).dropped == ("control",)
    assert ols(twins, names=["driver", "control"], priority=[0, 1]).dropped == ("control",)


def test_names_must_fit_the_matrix():
    with pytest.raises(ValueError, match="2 columns need a 4 square"):
        ols(np.eye(3), names=["a", "b"])


def test_a_stack_is_solved_like_each_of_its_members():
    rng = np.random.default_rng(2)
    stack = np.stack([moments(rng.normal(size=(30, 3)), rng.normal(size=30)) for _ in range(5)])
    together = slopes(centred(stack), kept=[0, 1, 2])
    for one, coefficients in zip(stack, together, strict=True):
        assert ols(one, names=["a", "b", "c"]).coefficients == pytest.approx(coefficients)


def test_a_replicate_that_lost_a_column_gives_it_zero():
    x = np.column_stack([np.random.default_rng(3).normal(size=40), np.zeros(40)])
    assert slopes(centred(moments(x, 3 * x[:, 0])), kept=[0, 1]) == pytest.approx([3, 0])


def test_partialling_out_leaves_the_residual_cross_products():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(60, 3)), rng.normal(size=60)
    left = partial_out(centred(moments(x, y)), columns=[1])
    on = sm.add_constant(x[:, [1]])
    residual = [sm.OLS(v, on).fit().resid for v in (x[:, 0], x[:, 2], y)]
    assert left == pytest.approx(np.array(residual) @ np.array(residual).T)


def test_inflation_of_single_columns_is_the_vif():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, 3))
    x[:, 2] += 3 * x[:, 0]
    with_constant = sm.add_constant(x)
    expected = [variance_inflation_factor(with_constant, i) for i in (1, 2, 3)]
    assert inflation(centred(moments(x, x[:, 0])), blocks=[[0], [1], [2]]) == pytest.approx(expected)


def test_inflation_of_a_block_does_not_depend_on_its_reference_bin():
    rng = np.random.default_rng(6)
    level = rng.integers(0, 3, size=300)
    other = (level == 2) + rng.normal(size=300)
    dummies = np.eye(3)[level]
    first, last = (
        inflation(centred(moments(np.column_stack([dummies[:, keep], other]), other)), blocks=[[0, 1], [2]])
        for keep in ([1, 2], [0, 1])
    )
    assert first == pytest.approx(last)


def test_a_replicate_whose_columns_became_twins_is_solved_by_least_norm():
    x = np.random.default_rng(7).normal(size=(40, 1))
    twins, apart = np.column_stack([x, x]), np.column_stack([x, x**2])
    stack = np.stack([moments(twins, 4 * x[:, 0]), moments(apart, 4 * x[:, 0])])
    assert slopes(centred(stack), kept=[0, 1]) == pytest.approx(np.array([[2, 2], [4, 0]]), abs=1e-8)


def test_classical_variance_is_that_of_the_rows():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(80, 3)), rng.normal(size=80)
    expected = sm.OLS(y, sm.add_constant(x)).fit().cov_params()[1:, 1:]
    assert classical_variance(centred(moments(x, y)), kept=[0, 1, 2], n=80) == pytest.approx(expected)
