"""A fall is what is below that which was to be expected."""

from __future__ import annotations

import pytest

from nineplus.rules.falls import Expected, account_fell, fell

# After 9: 7.5 on average of 40 pairs; after 3: 4.5 of 80; after 10 too few for a mean of their own.
LEARNED = Expected.of([(9, 6, 20), (9, 9, 20), (3, 3, 40), (3, 6, 40), (10, 0, 2)])


def test_it_is_kept_and_read_again():
    assert Expected.from_dict(LEARNED.to_dict()) == LEARNED
    assert LEARNED.after(9) == 7.5
    assert LEARNED.spread == pytest.approx((120 * 1.5**2 / 122) ** 0.5)


def test_few_pairs_of_a_score_take_the_line_and_few_at_all_say_nothing():
    on_line = LEARNED.after(6)
    assert on_line is not None
    assert 4.5 < on_line < 7.5
    assert 0 <= LEARNED.after(10) <= 10  # type: ignore[operator]
    assert Expected.of([(9, 6, 99)]).after(9) is None
    assert Expected().after(9) is None


@pytest.mark.parametrize(
    ("former", "score", "expected", "said"),
    [
        (9, 5, LEARNED, False),  # 2.5 below 7.5
        (9, 4, LEARNED, True),
        (9, 6, Expected(), True),
        (9, 7, Expected(), False),
        (3, 1, LEARNED, True),  # 3.5 below 4.5
        (3, 3, LEARNED, False),
    ],
)
def test_a_person(former: int, score: int, expected: Expected, said: bool):
    assert fell(former, score, expected, points=3) == said


def test_an_account():
    found = account_fell([(9, 4), (9, 5), (9, 5)], LEARNED, points=2.0)
    assert found is not None
    assert (found.people, found.before, found.expected) == (3, 9.0, 7.5)
    assert account_fell([(9, 4), (9, 5)], LEARNED, points=2.0) is None  # two people are few
    assert account_fell([(9, 6), (9, 6), (9, 6)], LEARNED, points=2.0) is None  # 1.5 below
    assert account_fell([(9, 1)] * 3, Expected(), points=2.0) is None
    noisy = Expected(LEARNED.cells, spread=9.0)
    assert account_fell([(9, 4), (9, 5), (9, 5)], noisy, points=2.0) is None
