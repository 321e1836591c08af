"""Numbers as people type them, in the ways of any country."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nineplus.stages.errors import NotPossible
from nineplus.web.typed import minor, minor_shown, number, several, shown


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *[(text, "1000") for text in ("1000", "1,000", "1.000", "1 000", "1\u202f000", "1'000", "1’000", " 1000 ")],
        *[(text, "1.5") for text in ("1.5", "1,5", "1.50", "1,50")],
        *[(text, "1234567.89") for text in ("1,234,567.89", "1.234.567,89", "1'234'567.89", "1234567,89")],
        *[(text, "1234567") for text in ("1,234,567", "1.234.567", "1 234 567")],
        *[("-1,000", "-1000"), ("\u22125", "-5"), ("0", "0"), ("0,125", "0.125"), ("12,500", "12500")],
    ],
)
def test_what_was_meant(text: str, meant: str):
    assert number(text) == Decimal(meant)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,00,000", "1.2.3", "1,234.567,8", "12abc", "NaN", "inf", "1e9", "٣", "--1"]
)
def test_what_is_no_number(text: str):
    with pytest.raises(NotPossible, match="is not a number"):
        number(text)


@pytest.mark.parametrize("text", ["1,234", "1.234", "999,999"])
def test_what_may_mean_two_things_is_asked_again(text: str):
    with pytest.raises(NotPossible, match="in two ways"):
        number(text)


def test_money_has_cents_and_no_less():
    assert [minor(text, "EUR") for text in ("1,000", "12.50", "0,05")] == [100_000, 1_250, 5]
    assert [minor(text, "JPY") for text in ("1,000", "12")] == [1_000, 12], "a yen has no hundredths"
    assert minor("1.5", "KWD") == 1_500
    assert [minor_shown(one, code) for one, code in ((1_250, "EUR"), (1_250, "JPY"), (1_250, "KWD"))] == [
        "12.50",
        "1250",
        "1.2500",
    ]
    assert minor_shown(None, "EUR") == ""
    with pytest.raises(NotPossible, match="decimals, which JPY has not"):
        minor("12.50", "JPY")
    with pytest.raises(NotPossible, match="more than 2 decimals"):
        minor("1.005,125", "EUR")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", ",", ".", " ", "'"]))
@example(-1000, ",")
def test_thousands_apart_by_anything_are_the_same(whole: int, between: str):
    told = f"{whole:,}".replace(",", between)
    in_two_ways = between in (",", ".") and told.count(between) == 1 and whole % 10 != 0
    if in_two_ways:
        with pytest.raises(NotPossible, match="two ways"):
            number(told)
    else:
        assert number(told) == whole


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str):
    try:
        found = number(text)
    except NotPossible:
        return
    assert found.is_finite()


@pytest.mark.parametrize(
    ("text", "each"),
    [
        *[("9, 10", ["9", "10"]), ("9,10", ["9", "10"]), ("8,9,10", ["8", "9", "10"]), ("1,000", ["1,000"])],
        *[("1,000, 2,000", ["1,000", "2,000"]), ("1.5; 2,5", ["1.5", "2,5"]), ("", [])],
    ],
)
def test_a_list_of_numbers(text: str, each: list[str]):
    assert several(text) == each


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 3)) | st.integers(-(10**12), 10**12))
@example(1.125)
def test_what_is_shown_is_read_again_as_the_same(value: float):
    assert float(number(shown(value))) == value


@given(st.integers(0, 10**12), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
@example(1_234, "KWD")
def test_an_amount_that_is_shown_is_read_as_the_same(amount: int, currency: str):
    assert minor(minor_shown(amount, currency), currency) == amount
