"""Small groups borrow strength: estimates pulled towards all groups as far as their own noise demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FEWEST = 5
"""With fewer groups there is nothing to learn the spread from: no pooling."""
PSEUDO_RESPONSES = 3.0


@dataclass(frozen=True, slots=True)
class Pooled:
    """k estimates after pooling, in the unit of the input; `kept` = 1 - B is the share of the own deviation left.

    `tau2` is the variance of true values between groups: 0 means that no differences can be detected.
    """

    value: Array
    error: Array
    kept: Array
    mean: float
    tau2: float
    pooled: bool

    @property
    def detectable(self) -> bool:
        return not self.pooled or self.tau2 > 0

    def interval(self, z: float) -> tuple[Array, Array]:
        return self.value - z * self.error, self.value + z * self.error


def smoothed_variance(*, variance: Any, n: Any) -> Array:
    """Variance of one answer per group, steadied by 3 pseudo-responses of the pool. (k,), any unit squared.

    (n_i V_i + 3 V_pool) / (n_i + 3), V_pool the mean of V weighted by n. A group that agrees entirely is thus
    never taken as certain. NaN where nothing is known at all. Source: methods §2.
    """
    V, size = np.asarray(variance, dtype=float), np.asarray(n, dtype=float)
    whole = size.sum()
    common = float((size * V).sum() / whole) if whole else float("nan")
    return (size * V + PSEUDO_RESPONSES * common) / (size + PSEUDO_RESPONSES)


def paule_mandel(values: Any, variances: Any) -> float:
    """How much do true values differ between groups? tau², from estimates and their variances, both (k,).

    Solves sum (y_i - m)² / (v_i + tau²) = k - 1 with m the weighted mean; 0 when the spread is no more than noise.
    Raises ValueError unless every variance is positive. Source: Paule and Mandel 1982; R metafor, method "PM".
    """
    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    if not (v > 0).all():
        raise ValueError("Every variance is positive.")
    if len(y) < 2:
        return 0.0

    def excess(tau2: float) -> float:
        weight = 1 / (v + tau2)
        mean = (weight * y).sum() / weight.sum()
        return float((weight * (y - mean) ** 2).sum()) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.var(y) * len(y))
    while excess(high) > 0:
        high *= 2
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return 0.5 * (low + high)


def pool(values: Any, variances: Any) -> Pooled:
    """What is the best guess for each group, given all groups?

    Normal–normal partial pooling: B_i = min(1, v_i / (v_i + tau²) (k-3)/(k-1)), estimate
    y_i - B_i (y_i - m); variance by Morris: v_i (1 - (1 - w_i / sum w) B_i) + c_i (y_i - m)² with
    c_i = 2 B_i² / (k-3) (v̄ + tau²) / (v_i + tau²), v̄ weighted by w_i = 1 / (v_i + tau²).
    Fewer than 5 groups are returned as they are. Values (k,) and variances (k,) in one unit and its square.
    Source: Efron and Morris 1975; Morris 1983; methods §2.
    """
    y, v = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    k = len(y)
    if k < FEWEST:
        mean = float(np.average(y, weights=1 / v)) if k else float("nan")
        return Pooled(y, np.sqrt(v), np.ones(k), mean, float("nan"), pooled=False)
    tau2 = paule_mandel(y, v)
    weight = 1 / (v + tau2)
    mean = float((weight * y).sum() / weight.sum())
    B = np.minimum(1.0, v * weight * (k - 3) / (k - 1))
    typical = float((weight * v).sum() / weight.sum())
    chance = 2 / (k - 3) * B**2 * (typical + tau2) * weight
    variance = v * (1 - (1 - weight / weight.sum()) * B) + chance * (y - mean) ** 2
    return Pooled(y - B * (y - mean), np.sqrt(variance), 1 - B, mean, tau2, pooled=True)
