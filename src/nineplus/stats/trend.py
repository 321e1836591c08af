"""Did the level move, or is that the month's noise? Chart limits, signals and change points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SIGMAS = 3.0
RUN = 8
"""So many periods on one side of the centre are a signal."""
SHORTEST_STRETCH = 3
RANGE_TO_SIGMA = 1.128
"""Mean moving range of two normals is 1.128 standard deviations."""
_MEDIAN_TO_SIGMA = 0.6744897501960817


@dataclass(frozen=True, slots=True)
class Chart:
    """Limits of T periods, in the unit of the values. `tau2` is real noise between periods beyond sampling."""

    centre: float
    low: Array
    high: Array
    tau2: float
    beyond: Flags
    run: Flags

    @property
    def signals(self) -> Flags:
        return self.beyond | self.run


def chart(values: Any, variances: Any, *, gap_before: Any = None) -> Chart:
    """Which periods stand out from a steady process?

    Limits m ± 3 sqrt(v_t + tau²): v_t the sampling variance of period t, m the inverse-variance mean, and
    tau² = max(0, (mean |moving range| / 1.128)² - mean adjacent sampling variance).
    Signals: beyond the limits, or 8 in a row on one side of the centre (every period of such a run is marked).
    `values`, `variances` (T,); `gap_before` (T,) is true where the period before is missing: no moving range
    and no run across it. Source: methods §4 (false alarm in 24 months 5–10 %).
    """
    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    gaps = np.zeros(len(y), dtype=bool) if gap_before is None else np.asarray(gap_before, dtype=bool)
    joined = ~gaps[1:]
    tau2 = 0.0
    if joined.any():
        sigma = np.abs(np.diff(y))[joined].mean() / RANGE_TO_SIGMA
        tau2 = max(0.0, float(sigma**2 - ((v[1:] + v[:-1]) / 2)[joined].mean()))
    weight = 1 / (v + tau2)
    centre = float((weight * y).sum() / weight.sum())
    half = SIGMAS * np.sqrt(v + tau2)
    return Chart(
        centre, centre - half, centre + half, tau2, np.abs(y - centre) > half, _runs(y > centre, y < centre, gaps)
    )


def _runs(above: Flags, below: Flags, gaps: Flags) -> Flags:
    marked = np.zeros(len(above), dtype=bool)
    for side in (above, below):
        length = 0
        for t, on in enumerate(side):
            length = (1 if gaps[t] else length + 1) if on else 0
            if length >= RUN:
                marked[t - length + 1 : t + 1] = True
    return marked


def between_variance(values: Any, variances: Any) -> float:
    """tau² from the median absolute successive difference: real noise between periods, blind to single steps."""
    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    if len(y) < 2:
        return 0.0
    sigma = np.median(np.abs(np.diff(y))) / _MEDIAN_TO_SIGMA / np.sqrt(2)
    return max(0.0, float(sigma**2 - v.mean()))


def change_points(values: Any, variances: Any, *, shortest: int = SHORTEST_STRETCH) -> list[int]:
    """When did the level change for good? Indices of the first period of each new level, in order.

    Exact dynamic programming: the stretches (each at least `shortest` periods) that minimise the sum over
    periods of (y_t - mean of its stretch)² / (v_t + tau²), plus 3 log T per change; means are weighted by
    inverse variance, tau² is `between_variance`. `values`, `variances` (T,), variances may be 0.
    Source: Auger and Lawrence 1989; methods §4 (false positives 1–5 %). Check: Nile, one change, 1898 the last
    year of the old level.
    """
    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    periods = len(y)
    spread = v + between_variance(y, v)
    if periods < 2 * shortest or not (spread > 0).all():
        return []
    penalty = 3 * np.log(periods)
    weight = 1 / spread
    W, WY, WYY = (np.concatenate([[0.0], np.cumsum(part)]) for part in (weight, weight * y, weight * y * y))
    best, cut = np.full(periods + 1, np.inf), np.zeros(periods + 1, dtype=int)
    best[0] = -penalty
    for end in range(shortest, periods + 1):
        starts = np.arange(end - shortest + 1)
        w, wy, wyy = W[end] - W[starts], WY[end] - WY[starts], WYY[end] - WYY[starts]
        cost = best[starts] + wyy - wy * wy / w + penalty
        cut[end] = starts[np.argmin(cost)]
        best[end] = cost.min()
    found = []
    end = periods
    while (end := int(cut[end])) > 0:
        found.append(end)
    return found[::-1]
