"""How far back does a ticket count, and how many links are right? From sums and from counts; no rows are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nineplus.model.estimate import Interval
from nineplus.stats.jackknife import Replicates, jackknife
from nineplus.stats.nps import wilson
from nineplus.stats.regression import centred, slopes

Array = NDArray[np.float64]

ENOUGH = 100
"""Links judged by hand below which no precision is given (methods, attribution)."""


class Fit(NamedTuple):
    """Slopes (k columns, in the unit of y) and last of them R squared, with jackknife replicates."""

    slopes: Replicates
    r2: Replicates


def fit(moments: Array, *, columns: Sequence[int]) -> Fit:
    """Least squares of y on some columns of the moments (buckets, p+2, p+2), z = (1, x, y).

    A column that does not vary has slope 0. Source: methods, drivers and shared machinery.
    """
    at = np.array([0, *(1 + column for column in columns), moments.shape[-1] - 1])
    chosen = moments[:, at[:, None], at]
    kept = range(len(columns))

    def statistic(total: Array) -> Array:
        spread = centred(total)
        found = slopes(spread, kept=kept)
        explained = (found * spread[:, :-1, -1]).sum(axis=1)
        whole = np.maximum(spread[:, -1, -1], 1e-12)
        return np.concatenate([found, (explained / whole)[:, None]], axis=1)

    both = jackknife(statistic, sums=chosen, sizes=chosen[:, 0, 0])
    split = len(columns)
    return Fit(
        Replicates(both.value[:split], both.without[:, :split], both.df),
        Replicates(both.value[split:], both.without[:, split:], both.df),
    )


class HalfLife(NamedTuple):
    """The half-life (index) that explains most, and all that cannot be told from it (itself among them)."""

    best: int
    alike: tuple[int, ...]


def half_life(fits: Sequence[Fit], *, confidence: float = 0.95) -> HalfLife:
    """Which of the half-lives explains the scores best? `fits` one per candidate; the largest R squared wins.

    Alike are those whose R squared is less by no more than the jackknife's interval of the difference. Measured
    (methods): with 2,000 answers the true one of six is the best in about three of four samples.
    """
    value = np.array([one.r2.value[0] for one in fits])
    best = int(np.argmax(value))
    without = np.stack([one.r2.without[:, 0] for one in fits], axis=1)
    behind = Replicates(value[best] - value, without[:, [best]] - without, fits[best].r2.df)
    low, _ = behind.interval(confidence=confidence)
    return HalfLife(best, tuple(int(place) for place in np.flatnonzero(~(low > 0))))


class Precision(NamedTuple):
    """What share of links is right, 0..1, and its standard error."""

    value: float
    interval: Interval
    judged: int
    error: float


def precision(
    *, right: Sequence[int], wrong: Sequence[int], links: Sequence[int], confidence: float = 0.95
) -> Precision | None:
    """What share of all links is right, judged by tier (right + wrong of each) and weighed by how many there are?

    Wilson's interval on the answers that the stratified sample is worth, at most as many as were judged. None with
    fewer than ENOUGH judged, or a tier of more than a twentieth of the links of which none was.
    Source: Wilson 1927; Cochran 1977, stratified sampling.
    """
    good, bad, size = (np.asarray(part, dtype=float) for part in (right, wrong, links))
    seen = good + bad
    judged = int(seen.sum())
    if judged < ENOUGH or size.sum() <= 0 or ((seen == 0) & (size > 0.05 * size.sum())).any():
        return None
    used = seen > 0
    weight = np.where(used, size, 0.0)
    weight /= weight.sum()
    share = np.where(used, good / np.maximum(seen, 1), 0.0)
    value = float((weight * share).sum())
    # a tier in which all agree is not known without error: one right and one wrong more, as Agresti & Coull
    careful = (good + 1) / (seen + 2)
    variance = float((weight**2 * careful * (1 - careful) / np.maximum(seen, 1))[used].sum())
    worth = judged if value in (0.0, 1.0) else min(judged, value * (1 - value) / variance)
    return Precision(value, wilson(value * worth, worth, confidence=confidence), judged, variance**0.5)


def unshrunk(*, effect: float, error: float, right: Precision) -> tuple[float, float]:
    """An effect as it would be if all links were right, and its standard error.

    Wrong links shrink effects nearly one for one (methods: 20 % wrong, -35 becomes -28), so it is divided by the
    share that is right; the errors of both are joined by the delta method.
    """
    value = effect / right.value
    return value, float(np.hypot(error / right.value, effect * right.error / right.value**2))
