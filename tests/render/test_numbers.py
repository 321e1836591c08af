"""One way to write a number, wherever it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model import Estimate, Kind
from nineplus.render import numbers


def of(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value, low, high, 100, 100)


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (of(31.0, 26.2, 35.8), "31 (26 to 36)"),
        (of(-4.31, -5.6, -3.0), "−4.3 (−5.6 to −3.0)"),
        (of(-0.2, -3.0, 2.9), "0 (−3 to 3)"),
        (of(12.345, 12.3, 12.39), "12.35 (12.30 to 12.39)"),
        (of(None), "not available"),
        (of(60.0), "60"),
    ],
)
def test_an_estimate_is_written_as_precisely_as_it_is_known(found: Estimate, written: str) -> None:
    assert numbers.estimate(found) == written


def test_an_interval_that_leaves_zero_out_never_looks_as_if_it_held_zero() -> None:
    assert numbers.estimate(of(4.0, 0.3, 7.7)) == "4.0 (0.3 to 7.7)"
    assert numbers.estimate(of(4.0, -0.3, 7.7)) == "4 (0 to 8)"


@given(st.floats(-100, 100), st.floats(0, 60))
def test_what_is_written_is_what_was_estimated(value: float, half: float) -> None:
    found = of(value, value - half, value + half)
    places = numbers.decimals(found)
    read = float(numbers.value(found).replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10**-places + 1e-9


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_nothing_is_minus_zero(value: float) -> None:
    written = numbers.number(value)
    assert written != "−0"
    assert "-" not in written


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (1204, Kind.COUNT, "1,204"),
        (0.52, Kind.SHARE, "52\u00a0%"),
        (0.004, Kind.SHARE, "0.4\u00a0%"),
        (0.0, Kind.SHARE, "0\u00a0%"),
        (0.00004, Kind.P_VALUE, "< 0.001"),
        (None, Kind.COUNT, "not available"),
        (float("nan"), Kind.NUMBER, "not available"),
        (True, Kind.FLAG, "yes"),
    ],
)
def test_a_cell_is_written_by_its_kind(value: object, kind: Kind, written: str) -> None:
    assert numbers.cell(value, kind) == written


def test_money_is_written_in_its_currency() -> None:
    assert numbers.money(8_400_000, "EUR") == "EUR\u00a084,000"
    assert numbers.money(-84_000, "JPY") == "JPY\u00a0−84,000"


def test_sentences_get_true_minus_signs_and_days_keep_theirs() -> None:
    said = "NPS is -4.2 (-8.0 to -0.4) since 2026-01-31."
    assert numbers.typographic(said) == "NPS is −4.2 (−8.0 to −0.4) since 2026-01-31."


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "17 Nov 2026, 20:00 UTC"),
        ("Europe/Berlin", "17 Nov 2026, 21:00 CET"),
        ("America/Sao_Paulo", "17 Nov 2026, 17:00 UTC−3"),
        ("Asia/Kathmandu", "18 Nov 2026, 01:45 UTC+5:45"),
    ],
)
def test_times_say_whose_clock_they_are_by(zone: str, said: str) -> None:
    at = datetime(2026, 11, 17, 20, tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert numbers.instant(at).replace(numbers.NBSP, " ") == said
