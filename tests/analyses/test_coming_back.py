"""The lift in a sentence, as an analysis and as a playbook's page write it."""

from __future__ import annotations

import pytest

from nineplus.analyses import _coming_back
from nineplus.model import Estimate
from nineplus.stages.act.cases import effects
from nineplus.stats.recovery import Recovery


@pytest.mark.parametrize("in_words", [_coming_back.in_words, effects.in_words])
def test_a_lift_that_rounds_to_nothing_is_not_negative(in_words):
    lift = Estimate(15.9, -0.4, 32.3, n=33, n_eff=33)
    said = in_words(Recovery(lift, observed=66.7, expected=50.7, n=33, compared=33, others=80), came="became promoters")
    assert said.endswith("the same score: +16 (+0 to +32), no difference that can be told apart.")
