"""How sure effects of themes in points are: what is too little, intervals, and which are told from zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from nineplus.analyses import _theme_model as model
from nineplus.analyses._themes import Totals
from nineplus.analyses._words import many
from nineplus.model import Estimate
from nineplus.stats.jackknife import Replicates
from nineplus.stats.multiplicity import benjamini_hochberg

NEEDED, FIRM = 100, 500
"""Answers with words below which nothing is said, and below which what is said is a candidate (methods: tested from
500 on)."""
FEWEST_GROUPS = 10.0
FALSE_ALARMS = 0.10


def too_little(whole: Totals) -> str:
    """Why nothing can be said of what themes cost; empty when something can."""
    if whole.words < NEEDED:
        return (
            f"What themes cost takes at least {NEEDED} scored answers whose comment says something; "
            f"these data have {whole.words:,.0f} of {many(whole.n, 'answer')}."
        )
    if whole.groups < FEWEST_GROUPS:
        return (
            f"The answers weigh as those of {whole.groups:.1f} groups of accounts; intervals need at least "
            f"{FEWEST_GROUPS:.0f}."
        )
    spread = whole.everything.sum(axis=0)
    if spread[2] - spread[1] ** 2 / spread[0] < 1e-6:
        return "All answers fall into one group: there is nothing for themes to explain."
    return ""


def told_from_zero(of: Replicates, *, confidence: float) -> Any:
    """By its own interval, and among all with false alarms controlled."""
    low, high = of.interval(confidence=confidence)
    with np.errstate(invalid="ignore"):
        return ((low > 0) | (high < 0)) & (benjamini_hochberg(of.p_values()) <= FALSE_ALARMS)


def estimate(of: Replicates, j: int, n: float, confidence: float) -> Estimate:
    """Not available for a column that cannot be told from others: it is zero however many are left out."""
    if of.value[j] == 0 and not of.without[:, j].any():
        return Estimate(None, None, None, n, n, confidence, "jackknife")
    low, high = (float(end[j]) for end in of.interval(confidence=confidence))
    known = not (np.isnan(low) or np.isnan(high))
    return Estimate(
        float(of.value[j]) + 0.0, low if known else None, high if known else None, n, n, confidence, "jackknife"
    )


def by_theme(columns: model.Columns, of: Replicates, themes: list[str]) -> Replicates:
    """Sums over the tones of each theme."""
    turn = np.zeros((len(of.value), len(themes)))
    for j, theme in enumerate(themes):
        turn[columns.of(theme), j] = 1
    return of.of(lambda each: each @ turn)
