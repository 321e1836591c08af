"""Precision, recall and F1 as they are defined."""

from __future__ import annotations

import pytest

from nineplus.text.evaluation import Labelled, calibration, compare, macro, micro, sentiment

TRUTH = [
    Labelled("1", frozenset({"a"})),
    Labelled("2", frozenset({"a", "b"})),
    Labelled("3", frozenset(), extra=frozenset({"b"})),
    Labelled("4", frozenset({"b"})),
]
GIVEN = [frozenset({"a"}), frozenset({"a"}), frozenset({"b"}), frozenset({"a"})]


def test_labels_accepted_as_extra_count_neither_way():
    qualities = compare(GIVEN, TRUTH)
    a, b = qualities["a"], qualities["b"]
    assert (a.precision, a.recall, a.f1, a.support) == pytest.approx((2 / 3, 1, 0.8, 2))
    assert (b.precision, b.recall, b.f1, b.support) == (None, 0, 0, 2)
    assert micro(qualities) == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))
    assert macro(qualities) == pytest.approx(0.4)


def test_abstaining_is_left_out_of_the_accuracy_but_not_of_the_whole():
    found = sentiment(["positive", "unsure", "negative"], ["positive", "negative", "positive"])
    assert (found.accuracy, found.accuracy_of_all, found.abstained) == pytest.approx((0.5, 1 / 3, 1))
    assert found.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_calibration_compares_what_was_said_with_what_was_so():
    assert calibration([0.1, 0.9, 0.9], [False, True, False], bins=2) == [(0.1, 0.0, 1), (0.9, 0.5, 2)]
