from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from nineplus.stats.multiplicity import benjamini_hochberg
from tests.stats._reference import expected

PAPER = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.324,
    0.4262,
    0.5719,
    0.6528,
    0.759,
    1,
]


def test_the_example_of_the_paper():
    found = benjamini_hochberg(PAPER)
    assert found[:5] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625, 0.0603])
    assert (found <= 0.05).sum() == 4


def test_the_example_agrees_with_the_reference():
    reference = expected("multiplicity", "BH1995")
    assert benjamini_hochberg(reference["p"]) == pytest.approx(reference["bh"], abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_agrees_with_scipy(p):
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))


def test_what_was_not_compared_does_not_count():
    found = benjamini_hochberg([0.01, np.nan, 0.04])
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([1.2])
