"""Did following up help, or would they have come back by themselves? Counts of score pairs in, a lift out.

Whoever gave a low score gives a higher one next time, whatever is done: part of a low score is a bad day (regression to
the mean). So those who were followed up are compared with those of exactly the same score who were not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nineplus.model import Estimate
from nineplus.stats.jackknife import jackknife
from nineplus.stats.scale import BINS, DETRACTOR_TO, POINTS, PROMOTER_FROM, NoAnswers

Array = NDArray[np.float64]
FEWEST = 5
"""So many of one score who were left alone say what to expect of it."""
_SCORES = np.arange(BINS)


class Outcome(Enum):
    """What of the next score counts: NPS points, 0 to 100 for no detractor any more, for a promoter now, the score."""

    NPS = "nps"
    RECOVERED = "recovered"
    PROMOTER = "promoter"
    MEAN = "mean"

    @property
    def worth(self) -> Array:
        """The value of each next score, 0 to 10."""
        promoter, detractor = _SCORES >= PROMOTER_FROM, _SCORES <= DETRACTOR_TO
        if self is Outcome.MEAN:
            return _SCORES.astype(float)
        if self is Outcome.RECOVERED:
            return np.where(detractor, 0.0, POINTS)
        if self is Outcome.PROMOTER:
            return np.where(promoter, POINTS, 0.0)
        return np.where(promoter, POINTS, 0.0) - np.where(detractor, POINTS, 0.0)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came of those who were followed up, in the unit of the outcome.

    `lift` is observed minus expected; `n` who were followed up, `compared` of them those with enough others of their
    score to compare with, `others` those others.
    """

    lift: Estimate
    observed: float
    expected: float
    n: int
    compared: int
    others: int


def recovery(
    *,
    followed: ArrayLike,
    alone: ArrayLike,
    before: Collection[int] = range(DETRACTOR_TO + 1),
    outcome: Outcome = Outcome.NPS,
    confidence: float = 0.95,
) -> Recovery:
    """How much better is the next answer of those followed up than that of others with exactly the same score?

    `followed` and `alone` are counts (buckets, 11, 11) of pairs [score before, next score] of people who were and who
    were not followed up in between; accounts are dealt into the buckets. Scores of which fewer than FEWEST were left
    alone are not compared. Delete-a-group jackknife over accounts, both tables together, so the uncertainty of what
    is expected counts too.

    Raises NoAnswers when nobody can be compared. Assumes: of those with the same score, whom one followed up was not
    chosen by what one knew of how they would go on (evidence grade C). Source: methods §9, regression to the mean: with
    no effect this says -0.2 to +0.2 where before/after says +32 to +56.
    """
    sums = np.stack([np.asarray(followed, dtype=float), np.asarray(alone, dtype=float)], axis=1)
    total = sums.sum(axis=0)
    wanted = np.isin(_SCORES, list(before))
    n = int(total[0][wanted].sum())
    usable = wanted & (total[0].sum(axis=1) > 0) & (total[1].sum(axis=1) >= FEWEST)
    compared = int(total[0][usable].sum())
    if not compared:
        raise NoAnswers("Nobody who was followed up answered again and has others of their score to compare with.")

    def told(tables: Array) -> Array:
        """(r, 2, 11, 11) to (r, 3): lift, observed, expected."""
        went = tables[:, :, usable, :]
        sizes = went.sum(axis=3)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.nan_to_num((went @ outcome.worth) / sizes)
        weights = sizes[:, 0] * (sizes[:, 1] > 0)
        whole = np.maximum(weights.sum(axis=1), 1e-12)
        observed, expected = ((weights * means[:, group]).sum(axis=1) / whole for group in (0, 1))
        return np.column_stack([observed - expected, observed, expected])

    both = jackknife(told, sums=sums, sizes=sums[:, :, usable, :].sum(axis=(1, 2, 3)))
    low, high = both.interval(confidence=confidence)
    known = bool(np.isfinite(low[0]) and np.isfinite(high[0])) and compared > 1
    lift = Estimate(
        value=float(both.value[0]),
        low=float(low[0]) if known else None,
        high=float(high[0]) if known else None,
        n=compared,
        n_eff=compared,
        confidence=confidence,
        method="jackknife",
        unit="score" if outcome is Outcome.MEAN else "points",
    )
    others = int(total[1][usable].sum())
    return Recovery(lift, float(both.value[1]), float(both.value[2]), n, compared, others)
