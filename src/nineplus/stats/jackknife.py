"""Account-clustered inference whose cost ignores the number of rows: the delete-a-group jackknife.

Accounts are dealt into buckets; any smooth statistic of summed aggregates is computed on all buckets and on
all but one. Not for medians, maxima or ranks. Knows nothing of where the sums came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nineplus.stats.quantiles import reach

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Replicates:
    """Statistics on all buckets together, `value` (k), and with each bucket left out, `without` (buckets, k)."""

    value: Array
    without: Array
    df: float

    @property
    def covariance(self) -> Array:
        """Var = (B-1)/B * sum_b (T_without_b - T)(T_without_b - T)', k by k. Source: Kott 2001."""
        buckets = len(self.without)
        away = self.without - self.value
        return (buckets - 1) / buckets * away.T @ away if buckets > 1 else np.full((len(self.value),) * 2, np.nan)

    @property
    def error(self) -> Array:
        """Standard errors (k); not a number with fewer than two buckets."""
        buckets = len(self.without)
        if buckets < 2:
            return np.full(self.value.shape, np.nan)
        return np.sqrt((buckets - 1) / buckets * np.square(self.without - self.value).sum(axis=0))

    def interval(self, *, confidence: float = 0.95) -> tuple[Array, Array]:
        """Lower and upper ends (k), Student's t on `df`; not a number with fewer than two buckets."""
        half = reach(confidence, self.df) * self.error
        return self.value - half, self.value + half

    def p_values(self) -> Array:
        """Two-sided p against zero (k): 1 where the statistic and its error are both zero."""
        from scipy.special import stdtr  # pages load this module; few of them need it

        error = self.error
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(error > 0, self.value / error, np.where(self.value == 0, 0.0, np.inf))
        return np.where(np.isnan(error), np.nan, 2 * stdtr(max(self.df, 1e-9), -np.abs(t)))

    def of(self, statistic: Statistic) -> Replicates:
        """A further statistic of these: `statistic` takes (..., k) and gives (..., m)."""
        return Replicates(statistic(self.value[None])[0], statistic(self.without), self.df)


def jackknife(statistic: Statistic, *, sums: ArrayLike, sizes: ArrayLike) -> Replicates:
    """How much would these statistics move if other accounts had answered?

    `sums` (buckets, ...) are the additive aggregates of each bucket, `sizes` (buckets) its responses.
    `statistic` takes a stack of summed aggregates (r, ...) and gives (r, k). Empty buckets do not count.
    Degrees of freedom are B* - 1, B* = (sum n_b)^2 / sum n_b^2: few large accounts are few, whatever the rows.

    Raises ValueError when every bucket is empty. Assumes: buckets answer independently of each other.
    Source: Kott 2001, The delete-a-group jackknife; methods, shared machinery.
    """
    count = np.asarray(sizes, dtype=float)
    full = count > 0
    if not full.any():
        raise ValueError("A jackknife needs at least one bucket with responses.")
    parts = np.asarray(sums, dtype=float)[full]
    total = parts.sum(axis=0)
    value = statistic(total[None])[0]
    without = statistic(total - parts) if len(parts) > 1 else np.empty((0, *value.shape))
    return Replicates(value=value, without=without, df=effective_buckets(count) - 1)


def effective_buckets(sizes: ArrayLike) -> float:
    """B* = (sum n_b)^2 / sum n_b^2: how many equal buckets these sizes are worth. 0 when all are empty."""
    count = np.asarray(sizes, dtype=float)
    square = float(np.square(count).sum())
    return float(count.sum()) ** 2 / square if square else 0.0
