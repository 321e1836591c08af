from __future__ import annotations

import numpy as np
import pytest
from statsmodels.datasets import nile

from nineplus.stats.trend import between_variance, change_points, chart
from tests.stats._reference import expected


@pytest.fixture(scope="module")
def flow():
    return nile.load_pandas().data["volume"].to_numpy()


def test_the_nile_changed_once(flow):
    found = change_points(flow, np.zeros(100))
    assert found == [28]  # 1871 + 28: the first year of the new level is 1899, the last of the old 1898
    assert (flow[:28].mean(), flow[28:].mean()) == pytest.approx((1097.75, 849.9722), abs=1e-4)


def test_the_nile_agrees_with_the_reference(flow):
    reference = expected("change", "nile")
    assert change_points(flow, np.zeros(100)) == [reference["break_obs"]]


def test_a_plain_step_is_found_where_it_is():
    values = np.array([30.0] * 12 + [50.0] * 12) + np.tile([1.0, -1.0], 12)
    assert change_points(values, np.full(24, 9.0)) == [12]


def test_steady_noise_is_rarely_a_change_and_a_step_mostly_is():
    """24 periods, sampling error 4, real noise 5 points, 200 repeats (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(9)
    sampling = np.full(24, 16.0)
    steady = random.normal(30, np.sqrt(16 + 25), (200, 24))
    stepped = steady + np.where(np.arange(24) >= 12, 25.0, 0.0)
    assert np.mean([bool(change_points(values, sampling)) for values in steady]) <= 0.10
    located = [any(abs(t - 12) <= 1 for t in change_points(values, sampling)) for values in stepped]
    assert np.mean(located) >= 0.75


def test_too_short_or_without_spread_nothing_changes():
    assert change_points([1.0, 9.0, 1.0, 9.0, 1.0], np.ones(5)) == []
    assert change_points(np.full(12, 5.0), np.zeros(12)) == []


def test_limits_written_out_by_hand():
    """Moving ranges 10, 20, 10, 20: sigma = 15 / 1.128; tau² = sigma² - 4."""
    found = chart([0.0, 10.0, -10.0, 0.0, 20.0], np.full(5, 4.0))
    tau2 = (15 / 1.128) ** 2 - 4
    assert found.tau2 == pytest.approx(tau2)
    assert found.centre == pytest.approx(4.0)
    assert found.high - found.centre == pytest.approx(np.full(5, 3 * np.sqrt(4 + tau2)))
    assert not found.signals.any()


def test_a_gap_breaks_moving_ranges():
    values, noise = [0.0, 1.0, 100.0, 101.0], np.full(4, 0.01)
    assert chart(values, noise, gap_before=[False, False, True, False]).tau2 < chart(values, noise).tau2


def test_one_wild_period_and_a_long_run_are_signals():
    wild = np.array([30.0, 31, 29, 30, 31, 29, 30, 80])
    assert chart(wild, np.full(8, 1.0)).beyond.tolist() == [False] * 7 + [True]
    run = np.array([28.0] * 4 + [33.0] * 8 + [28.0] * 4)
    found = chart(run, np.full(16, 25.0))
    assert found.run.tolist() == [False] * 4 + [True] * 8 + [False] * 4
    broken = np.zeros(16, dtype=bool)
    broken[8] = True
    assert not chart(run, np.full(16, 25.0), gap_before=broken).run.any()


def test_false_alarms_are_as_rare_as_measured():
    """A steady process with real 7-point noise, 24 months, 300 repeats: 5–10 % measured (Monte-Carlo, fixed seed)."""
    random = np.random.default_rng(2)
    v = np.full(24, 25.0)
    alarms = [chart(random.normal(30, np.sqrt(25 + 49), 24), v).signals.any() for _ in range(300)]
    assert np.mean(alarms) <= 0.16


def test_noise_between_periods_is_blind_to_a_step():
    step = np.array([10.0] * 10 + [60.0] * 10)
    assert between_variance(step, np.ones(20)) == 0
    assert between_variance([1.0], [1.0]) == 0
