from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.analyses._privacy import PRIVACY_MINIMUM, hidden


@pytest.mark.parametrize(
    ("people", "small", "beside"),
    [
        ([9, 8, 7], [], []),
        ([9, 8, 3], [2], [1]),  # one alone would be the total less what is shown
        ([9, 3, 4], [1, 2], []),  # seven together: nobody can be picked out
        ([9, 1, 2], [1, 2], [0]),  # three together are still fewer than five
        ([8, 8, 3], [2], [0]),
        ([3], [0], []),
    ],
)
def test_what_is_left_of_a_total_is_never_one_cell_nor_too_few(people, small, beside):
    found = hidden(people)
    assert np.flatnonzero(found.small).tolist() == small
    assert np.flatnonzero(found.beside).tolist() == beside


def test_the_totals_of_each_attribute_are_guarded_too():
    """North · Free alone is hidden: North's total less North · Pro, and Free's less South · Free, would be it."""
    regions, plans = ["N", "N", "S", "S"], ["Free", "Pro", "Free", "Pro"]
    found = hidden([2, 50, 60, 70], [regions, plans])
    assert found.any.tolist() == [True, True, True, True]
    lone = hidden([2, 50, 60, 70, 80, 90], [["N"] * 3 + ["S"] * 3, ["a", "b", "c"] * 2])
    assert lone.any.tolist() == [True, True, False, True, True, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 12)), min_size=1, max_size=16))
def test_no_total_gives_anyone_away(cells):
    people = {(row, column): count for row, column, count in cells}
    keys = list(people)
    found = hidden(list(people.values()), [[key[0] for key in keys], [key[1] for key in keys]])
    assert (found.small == (np.array(list(people.values())) < PRIVACY_MINIMUM)).all()
    for place in (lambda key: 0, lambda key: key[0], lambda key: key[1]):
        left, shown = defaultdict(list), defaultdict(int)
        for key, is_hidden in zip(keys, found.any, strict=True):
            if is_hidden:
                left[place(key)].append(people[key])
            else:
                shown[place(key)] += 1
        for line, rest in left.items():
            assert line not in shown or (len(rest) > 1 and sum(rest) >= PRIVACY_MINIMUM)
