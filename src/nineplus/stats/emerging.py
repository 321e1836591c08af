"""What is talked about more than it was? Counts per theme and week in, what rose beyond chance out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nineplus.stats.multiplicity import benjamini_hochberg

BASELINE, GAP = 26, 2
"""Weeks that say what is usual, and weeks between them and the one looked at: a slow rise is not its own norm."""
FALSE = 0.10
"""Of all themes that are said to rise so many may be false."""
LEAST, LIFT = 5, 1.5
"""Fewer mentions, or less than so many times the usual, are not told whatever chance says."""
_CALM = 4.0
"""Weeks' worth of evidence that the pooled dispersion has against a theme's own."""


class Rising(NamedTuple):
    """One theme in the week looked at. `expected` mentions at its usual rate; `lift` is observed over expected.

    `p` one-sided; `q` after Benjamini and Hochberg over all themes; `rises`: q, number and lift all say so.
    """

    theme: int
    observed: int
    expected: float
    lift: float
    p: float
    q: float
    rises: bool


def rising(counts: Any, volumes: Any, *, baseline: int = BASELINE, gap: int = GAP) -> list[Rising]:
    """Which themes rose in the last week, beyond chance and in earnest? One entry per theme, in their order.

    `counts` (themes, weeks): distinct accounts that mention the theme, oldest week first, the last one looked at.
    `volumes` (weeks,): distinct accounts that commented. The usual rate is that of up to `baseline` weeks that end
    `gap` weeks before. Expected m = rate x volume; the count is negative binomial with variance
    m + phi m^2 + m^2/(c + 1/2), the last term for a rate known from c mentions only. phi of a theme is its excess over
    Poisson by moments, pulled towards the pooled one and never below it: a calm history is not calm by nature.

    Raises ValueError for shapes that do not fit, negative counts, or fewer than 4 weeks of baseline.
    Source: after Noufaily et al. 2013 (improved Farrington), with Benjamini and Hochberg 1995.
    """
    c, v = np.asarray(counts, dtype=float), np.asarray(volumes, dtype=float)
    if c.ndim != 2 or v.shape != (c.shape[1],):
        raise ValueError("Counts are themes by weeks, and there is one volume for each week.")
    if (c < 0).any() or (v < 0).any():
        raise ValueError("Mentions cannot be negative.")
    last = c.shape[1] - 1
    weeks = slice(max(0, last - gap - baseline), last - gap)
    past, seen = c[:, weeks], v[weeks]
    if past.shape[1] < 4 or seen.sum() <= 0:
        raise ValueError("What is usual takes at least 4 weeks with comments before the gap.")
    told = past.sum(axis=1)
    # A theme never heard before has no rate; half a mention stands for it.
    rate = np.maximum(told, 0.5) / seen.sum()
    phi = _dispersion(past, seen, told / seen.sum())
    expected = rate * v[last]
    variance = expected + phi * expected**2 + expected**2 / (told + 0.5)
    p = _tail(c[:, last], expected, variance)
    q = benjamini_hochberg(p)
    lift = np.divide(c[:, last], expected, out=np.zeros_like(expected), where=expected > 0)
    found = (q <= FALSE) & (c[:, last] >= LEAST) & (lift >= LIFT)
    return [
        Rising(
            theme,
            int(c[theme, last]),
            float(m),
            float(lift[theme]),
            float(p[theme]),
            float(q[theme]),
            bool(found[theme]),
        )
        for theme, m in enumerate(expected)
    ]


def _dispersion(
    past: npt.NDArray[np.float64], seen: npt.NDArray[np.float64], rate: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Excess variance over Poisson, per theme: E[(x - m)^2 - m] = phi m^2 at each week."""
    m = rate[:, None] * seen[None, :]
    excess = ((past - m) ** 2 - m).sum(axis=1)
    square = (m**2).sum(axis=1)
    pooled = max(float(excess.sum() / square.sum()), 0.0) if square.sum() > 0 else 0.0
    own = np.divide(excess, square, out=np.zeros_like(excess), where=square > 0)
    # Weeks with expected mentions are what a theme's own figure rests on.
    worth = np.minimum(m, 1.0).sum(axis=1)
    return np.maximum((own * worth + pooled * _CALM) / (worth + _CALM), pooled)


def _tail(
    observed: npt.NDArray[np.float64], mean: npt.NDArray[np.float64], variance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """P(X >= observed), X negative binomial with that mean and variance; 1 where nothing is expected or observed."""
    from scipy.special import betainc

    p = np.ones_like(mean)
    known = (mean > 0) & (observed > 0)
    m, s = mean[known], variance[known]
    size = m**2 / (s - m)
    p[known] = betainc(observed[known], size, 1 - m / s)
    return p
