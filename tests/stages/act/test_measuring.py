"""A length of time as a person says it."""

from __future__ import annotations

import pytest

from nineplus.stages.act.cases.measuring import in_hours


@pytest.mark.parametrize(
    ("hours", "words"), [(0.5, "30 minutes"), (1.5, "1.5 hours"), (30, "30 hours"), (60, "2.5 days")]
)
def test_lengths_of_time_in_words(hours, words):
    assert in_hours(hours).replace("\u00a0", " ") == words
