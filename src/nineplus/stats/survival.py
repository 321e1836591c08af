"""How long until it happens, when for some it has not happened yet? Counts by time in, a curve out.

Durations are in any unit of the caller's. Those still waiting count for as long as they have waited: leaving them out
would say that everybody is quick who is ever done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nineplus.stats.quantiles import reach
from nineplus.stats.scale import NoAnswers

_HALF = 0.5 + 1e-9
"""A product of shares that is a half may come out a little more."""


@dataclass(frozen=True, slots=True)
class Survival:
    """The share for whom it has not happened, just after each of the `times`, with its interval. Shares are in 0..1."""

    times: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    events: int
    longest: float

    @property
    def median(self) -> float | None:
        """When it has happened for half of them; None when that is not known yet."""
        return next((at for at, left in zip(self.times, self.share, strict=True) if left <= _HALF), None)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Where that time may lie: where the interval of the curve crosses a half (Brookmeyer and Crowley 1982)."""
        first = next((at for at, left in zip(self.times, self.low, strict=True) if left <= _HALF), None)
        last = next((at for at, left in zip(self.times, self.high, strict=True) if left <= _HALF), None)
        return first, last

    def happened_by(self, at: float) -> tuple[float, float, float] | None:
        """For what share it has happened by then, with its interval; None beyond what was seen of anybody."""
        if at > self.longest and not (self.share and self.share[-1] == 0):
            return None
        place = bisect_right(self.times, at) - 1
        if place < 0:
            return 0.0, 0.0, 0.0
        return 1 - self.share[place], 1 - self.high[place], 1 - self.low[place]


def survival(*, events: Mapping[float, int], waiting: Mapping[float, int], confidence: float = 0.95) -> Survival:
    """For what share has it not happened yet, as time goes by?

    `events` counts by duration those to whom it happened, `waiting` those to whom it has not, by how long they have
    waited. Of the same duration, those to whom it happened come first. Kaplan and Meier's estimate; Greenwood's
    variance on the scale log(-log share), which keeps the interval within 0..1. Raises NoAnswers for nobody.
    Source: Kaplan and Meier 1958; Kalbfleisch and Prentice 1980, 1.7. Check: Freireich 1963 as in the test.
    """
    at_risk = n = sum(events.values()) + sum(waiting.values())
    if n <= 0:
        raise NoAnswers("Nobody was followed.")
    z = float(reach(confidence))
    share, spread = 1.0, 0.0
    times, shares, lows = [], [], []
    highs: list[float] = []
    for at in sorted({*events, *waiting}):
        happened = events.get(at, 0)
        if happened:
            share *= 1 - happened / at_risk
            left = at_risk - happened
            spread = spread + happened / (at_risk * left) if left else float("inf")
            # Nobody is left of whom the interval could speak: its upper end stays where it was known last.
            low, high = _limits(share, spread, z) if left else (0.0, highs[-1] if highs else 1.0)
            times.append(at)
            shares.append(share)
            lows.append(low)
            highs.append(high)
        at_risk -= happened + waiting.get(at, 0)
    return Survival(
        tuple(times), tuple(shares), tuple(lows), tuple(highs), n, sum(events.values()), max((*events, *waiting))
    )


def _limits(share: float, spread: float, z: float) -> tuple[float, float]:
    error = z * sqrt(spread) / abs(log(share))
    return exp(log(share) * exp(error)), exp(log(share) * exp(-error))


@dataclass(frozen=True, slots=True)
class Compared:
    """To how many of each group it happened, to how many it would if all were alike, and how unlikely that is."""

    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi2: float
    df: int
    p: float


def logrank(groups: Sequence[tuple[Mapping[float, int], Mapping[float, int]]]) -> Compared | None:
    """Does it happen as soon in each group? Each is (events, waiting) as in `survival`; None: nothing to compare.

    The log-rank test: at each time, what happened in a group against its share of those who still waited, with the
    hypergeometric variance. Assumes: those who stopped waiting for another reason were as likely to be next.
    Source: Mantel 1966; Peto and Peto 1972. Check: Freireich 1963, chi-squared 16.79 on 1 degree of freedom.
    """
    from scipy.special import chdtrc  # pages load this module; few of them need it

    times = np.array(sorted({at for events, _ in groups for at in events}))
    if len(groups) < 2 or not len(times):
        return None
    happened = np.array([[events.get(at, 0) for at in times] for events, _ in groups], dtype=float)
    risk = np.array([_at_risk(*group, times) for group in groups])
    d, n = happened.sum(axis=0), risk.sum(axis=0)
    share = risk / n
    expected = (share * d).sum(axis=1)
    scale = d * np.divide(n - d, n - 1, out=np.zeros(n.shape), where=n > 1)
    covariance = np.diag((share * scale).sum(axis=1)) - (share * scale) @ share.T
    away = (happened.sum(axis=1) - expected)[:-1]  # the last follows from the others
    known = covariance[:-1, :-1]
    df = int(np.linalg.matrix_rank(known, hermitian=True))
    if df == 0:
        return None
    chi2 = float(away @ np.linalg.pinv(known, hermitian=True) @ away)
    observed = tuple(map(float, happened.sum(axis=1)))
    return Compared(observed, tuple(map(float, expected)), chi2, df, float(chdtrc(df, chi2)))


def _at_risk(events: Mapping[float, int], waiting: Mapping[float, int], times: NDArray[np.float64]) -> Any:
    """How many of a group still waited just before each of these times."""
    ends = sorted({*events, *waiting})
    ended = np.concatenate([[0], np.cumsum([events.get(at, 0) + waiting.get(at, 0) for at in ends])])
    return ended[-1] - ended[np.searchsorted(ends, times, side="left")]
