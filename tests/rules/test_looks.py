"""Looked for every week, and still no more false alerts in a year than is said."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.rules import looks
from nineplus.stats.compare import Sides, differences
from nineplus.stats.multiplicity import benjamini_hochberg


def chances(*, answers: int, segments: int, window: str, years: int, mix=(0.15, 0.3, 0.55), seed: int = 1):
    """p of the whole and its segments at each look of so many years in which nothing changes: (years, looks, kinds)."""
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(answers / segments, size=(years, looks.A_YEAR[window] + 1, segments)) + 1
    counts = np.stack([rng.multinomial(sizes[..., one], mix) for one in range(segments)], axis=2).astype(float)
    if segments > 1:
        counts = np.concatenate([counts.sum(axis=2, keepdims=True), counts], axis=2)
    shape = counts[:, 1:].shape[:-1]
    now, then = (
        Sides.counts(detractors=part[..., 0].ravel(), passives=part[..., 1].ravel(), promoters=part[..., 2].ravel())
        for part in (counts[:, 1:], counts[:, :-1])
    )
    return differences(now, then).p.reshape(shape)


@pytest.mark.parametrize(
    ("window", "answers", "segments"), [("week", 60, 1), ("week", 60, 3), ("month", 250, 6), ("quarter", 30, 1)]
)
def test_where_nothing_changes_few_years_bring_any_alert(window: str, answers: int, segments: int):
    p = chances(answers=answers, segments=segments, window=window, years=200)
    told = sum(any(any(looks.told(look, window=window)) for look in year) for year in p)
    each_for_itself = sum(any((benjamini_hochberg(look) <= 0.10).any() for look in year) for year in p)
    most = 0.10 + 2.33 * (0.10 * 0.90 / 200) ** 0.5  # as chance may have it in 200 years
    assert told / 200 <= most
    assert each_for_itself / 200 > 2 * most  # what looking again and again brings


def test_a_great_change_is_told_and_what_stands_beside_it_is_not():
    assert looks.told([1e-6, 1e-7, 0.4], window="week") == [True, True, False]
    assert looks.told([0.01], window="quarter") == [True]
    assert looks.told([0.01], window="week") == [False]
    assert looks.told([], window="week") == []
