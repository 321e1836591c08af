"""Krippendorff's alpha against published values, and what it must do at the ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.agreement import krippendorff


def test_the_worked_example_of_two_observers_with_nominal_labels():
    """Krippendorff 2011, part A: two observers, binary, ten units: alpha 0.095."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    found = krippendorff(zip(meg, owen, strict=True))
    assert found.alpha == pytest.approx(0.095, abs=0.0005)
    assert (found.observed, found.units) == (pytest.approx(0.6), 10)


def test_the_worked_example_of_four_observers_with_missing_labels():
    """Krippendorff 2011, part C: nominal, twelve units, some labels missing: alpha 0.743."""
    observers = (
        (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
        (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
        (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
        (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
    )
    units = [[label for label in unit if label is not None] for unit in zip(*observers, strict=True)]
    found = krippendorff(units)
    assert found.alpha == pytest.approx(0.743, abs=0.0005)
    assert found.units == 11


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2))
def test_it_is_one_only_where_all_agree_and_nothing_where_there_is_one_label(pairs):
    found = krippendorff(pairs)
    labels = {label for pair in pairs for label in pair}
    agree = all(left == right for left, right in pairs)
    if len(labels) == 1:
        assert found.alpha is None
    elif agree:
        assert found.alpha == 1
    else:
        assert found.alpha < 1


def test_nothing_labelled_twice_says_nothing():
    assert krippendorff([[1], [], [0]]) == (None, None, 0)
