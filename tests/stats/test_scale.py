from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.scale import Group, Histogram, NoAnswers, group_of

scores = st.lists(st.integers(0, 10), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("score", "group"),
    [
        (0, Group.DETRACTOR),
        (6, Group.DETRACTOR),
        (7, Group.PASSIVE),
        (8, Group.PASSIVE),
        (9, Group.PROMOTER),
        (10, "promoter"),
    ],
)
def test_the_scale_is_reichhelds(score, group):
    assert group_of(score) == group


@pytest.mark.parametrize("score", [-1, 11, 9.5, True])
def test_what_is_off_the_scale_is_refused(score):
    with pytest.raises(ValueError, match="is not a score"):
        group_of(score)


@given(scores, st.randoms())
def test_the_order_of_answers_is_irrelevant(given_scores, random):
    shuffled = list(given_scores)
    random.shuffle(shuffled)
    assert Histogram.of(shuffled) == Histogram.of(given_scores)


@given(scores, scores)
def test_histograms_add_as_answers_do(one, other):
    assert Histogram.of(one) + Histogram.of(other) == Histogram.of(one + other)


@given(scores)
def test_groups_are_all_answers_and_nps_is_their_difference(given_scores):
    counted = Histogram.of(given_scores)
    assert counted.promoters + counted.passives + counted.detractors == counted.n == len(given_scores)
    assert counted.nps == pytest.approx(100 * (counted.promoters - counted.detractors) / counted.n)
    assert counted.mean == pytest.approx(sum(given_scores) / len(given_scores))


def test_nps_of_nothing_is_not_available():
    with pytest.raises(NoAnswers):
        _ = Histogram().nps
    with pytest.raises(NoAnswers):
        _ = Histogram().mean


@pytest.mark.parametrize("counts", [(1,) * 10, (-1,) + (0,) * 10])
def test_a_histogram_has_eleven_counts_none_negative(counts):
    with pytest.raises(ValueError, match="count"):
        Histogram(counts)
