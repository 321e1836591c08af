"""Time until something happens: the textbook's figures, and laws that hold for any data."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.stats.scale import NoAnswers
from nineplus.stats.survival import survival

# Freireich et al. 1963, 6-mercaptopurine, 21 patients, weeks of remission (+: still in remission).
RELAPSED = Counter((6, 6, 6, 7, 10, 13, 16, 22, 23))
STILL = Counter((6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
COUNTS = st.dictionaries(st.integers(0, 30).map(float), st.integers(1, 5), max_size=12)


def test_the_curve_of_freireich_is_the_textbooks():
    found = survival(events=RELAPSED, waiting=STILL)
    # Kalbfleisch and Prentice 1980, table 1.2; the same in Kleinbaum and Klein, Survival Analysis, 2.III.
    expected = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert dict(zip(found.times, (round(share, 4) for share in found.share), strict=True)) == expected
    assert (found.n, found.events, found.median) == (21, 9, 23)
    # R 4: survfit(Surv(t, d) ~ 1, conf.type = "log-log"), time 10: 0.503 to 0.889; median 23 (13, NA)
    assert (found.low[2], found.high[2]) == pytest.approx((0.5032, 0.8894), abs=5e-4)
    assert found.median_interval == (13, None)


@given(events=COUNTS)
def test_when_nobody_waits_it_is_the_plain_share(events):
    if not events:
        with pytest.raises(NoAnswers):
            survival(events=events, waiting={})
        return
    found = survival(events=events, waiting={})
    total = sum(events.values())
    for at in range(31):
        done = sum(number for when, number in events.items() if when <= at)
        told = found.happened_by(at)
        assert told is not None
        assert told[0] == pytest.approx(done / total)


@given(events=COUNTS, waiting=COUNTS)
def test_the_curve_falls_stays_within_its_interval_and_counts_those_who_wait(events, waiting):
    if not events and not waiting:
        return
    found = survival(events=events, waiting=waiting)
    assert list(found.share) == sorted(found.share, reverse=True)
    for low, share, high in zip(found.low, found.share, found.high, strict=True):
        assert 0 <= low <= share + 1e-12
        assert share <= high + 1e-12 <= 1 + 1e-11
    without = survival(events=events, waiting={}) if events else None
    if without and without.median is not None and found.median is not None:
        assert found.median >= without.median


def test_what_nobody_was_followed_for_is_not_told():
    found = survival(events={2.0: 1}, waiting={5.0: 3})
    assert found.happened_by(1.0) == (0, 0, 0)
    assert found.happened_by(5.0) is not None
    assert found.happened_by(6.0) is None
    assert found.median is None
