"""Precision, recall and F1 as they are defined."""

from __future__ import annotations

import pytest

from nineplus.text.evaluation import Labelled, calibration, compare, macro, mapped, micro, sentiment
from nineplus.text.tagging import read_comments
from nineplus.text.taxonomy import packaged

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


def test_a_map_says_our_themes_in_the_words_of_the_file():
    [reading] = read_comments(
        ["Support is slow to respond. The invoice was wrong. Easy to use."], taxonomy=packaged("b2b"), mode="fast"
    )
    assert mapped(reading, themes={"support": "Service; Waiting", "billing": ""}) == {"Service", "Waiting"}
    assert {"support.speed", "billing", "ease"} <= mapped(reading, themes={})
