"""Are two NPS really different? Differences with intervals, and p-values that never disagree with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nineplus.model import Estimate
from nineplus.stats.clusters import Worth
from nineplus.stats.nps import lower_limit, score_limits
from nineplus.stats.quantiles import reach, reach_of_tail
from nineplus.stats.scale import POINTS

Array = npt.NDArray[np.float64]

_SMALLEST_P = 1e-12
_P_STEPS = 26  # p to six digits
_END_STEPS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """One side of k comparisons: shares p and d, effective answers, degrees of freedom (inf: normal). (k,)"""

    p: Array
    d: Array
    n_eff: Array
    df: Array

    @classmethod
    def of(cls, worth: Worth) -> Sides:
        return cls(p=worth.p, d=worth.d, n_eff=worth.n_eff, df=worth.df)

    @classmethod
    def counts(cls, *, detractors: Any, passives: Any, promoters: Any) -> Sides:
        """Independent answers, as counts."""
        D, S, P = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (detractors, passives, promoters))
        n = D + S + P
        with np.errstate(invalid="ignore", divide="ignore"):
            return cls(p=P / n, d=D / n, n_eff=n, df=np.full(n.shape, np.inf))


class Differences(NamedTuple):
    """k differences first minus second, NPS points, NaN where a side has no answers. p is two-sided."""

    value: Array
    low: Array
    high: Array
    p: Array

    def estimate(self, index: int, *, n: float, n_eff: float, confidence: float) -> Estimate:
        value, low, high = (float(part[index]) for part in self[:3])
        method = "mover"
        if np.isnan(value):
            return Estimate(None, None, None, n=n, n_eff=n_eff, confidence=confidence, method=method)
        return Estimate(value, low, high, n=n, n_eff=n_eff, confidence=confidence, method=method)


def differences(first: Sides, second: Sides, *, correlation: Any = 0.0, confidence: float = 0.95) -> Differences:
    """By how much does the first NPS exceed the second, and could that be chance?

    MOVER on score intervals: with difference D = e1 - e2 and limits (l, u) of each side,
    L = D - sqrt((e1-l1)² + (u2-e2)² - 2 r (e1-l1)(u2-e2)), U likewise from the other ends. `correlation` r
    (scalar or (k,)) is that of the two estimates, from accounts on both sides; 0 when they share none.
    p inverts the interval: p < 1 - confidence exactly when the interval leaves out 0.
    Source: Zou and Donner 2008; methods §2 (worst measured coverage 94.6 for n from 5 to 300).
    """
    r = np.clip(np.broadcast_to(np.asarray(correlation, dtype=float), first.p.shape), -1.0, 1.0)
    reaches = tuple(reach(confidence, side.df) for side in (first, second))
    low, high = _mover(first, second, r, reaches)
    value = (first.p - first.d) - (second.p - second.d)
    return Differences(POINTS * value, POINTS * low, POINTS * high, _p_values(first, second, r, value))


def _mover(first: Sides, second: Sides, r: Array, reaches: tuple[Any, Any]) -> tuple[Array, Array]:
    e1, e2 = first.p - first.d, second.p - second.d
    l1, u1 = score_limits(first.p * first.n_eff, first.d * first.n_eff, first.n_eff, reaches[0])
    l2, u2 = score_limits(second.p * second.n_eff, second.d * second.n_eff, second.n_eff, reaches[1])
    down = _joined(e1 - l1, u2 - e2, r)
    up = _joined(u1 - e1, e2 - l2, r)
    return e1 - e2 - down, e1 - e2 + up


def _joined(a: Array, b: Array, r: Array) -> Array:
    return np.sqrt(np.maximum(a * a + b * b - 2 * r * a * b, 0.0))


def _p_values(first: Sides, second: Sides, r: Array, value: Array) -> Array:
    """The smallest 1 - confidence whose interval leaves out 0, by bisection on its logarithm.

    Turned so that the higher side comes first: then only its lower end and the upper end of the other matter.
    """
    higher, lower = (_chosen(value < 0, b, a) for a, b in ((first, second), (second, first)))
    P = np.stack([higher.p * higher.n_eff, lower.d * lower.n_eff])  # minus the upper end is the mirrored lower end
    D = np.stack([higher.d * higher.n_eff, lower.p * lower.n_eff])
    n, df = np.stack([higher.n_eff, lower.n_eff]), np.stack([higher.df, lower.df])
    away = np.stack([higher.p - higher.d, lower.d - lower.p])
    small, large = np.full(value.shape, np.log(_SMALLEST_P)), np.zeros(value.shape)
    for _ in range(_P_STEPS):
        middle = 0.5 * (small + large)
        near, far = away - lower_limit(P, D, n, reach_of_tail(np.exp(middle) / 2, df), steps=_END_STEPS)
        leaves_out = np.abs(value) > _joined(near, far, r)
        large = np.where(leaves_out, middle, large)
        small = np.where(leaves_out, small, middle)
    p = np.where(value == 0, 1.0, np.exp(large))
    return np.where(np.isnan(value), np.nan, p)


def _chosen(which: npt.NDArray[np.bool_], yes: Sides, no: Sides) -> Sides:
    return Sides(
        **{name: np.where(which, getattr(yes, name), getattr(no, name)) for name in Sides.__dataclass_fields__}
    )


def correlation(*, covariance: Any, variance_first: Any, variance_second: Any) -> Array:
    """r of two estimates from their covariance and variances; 0 where a variance is 0 or unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.asarray(covariance, dtype=float) / np.sqrt(np.asarray(variance_first) * np.asarray(variance_second))
    return np.clip(np.where(np.isfinite(r), r, 0.0), -1.0, 1.0)


def account_covariance(
    *,
    G: Any,
    SW_first: Any,
    SW_second: Any,
    e_first: Any,
    e_second: Any,
    SWW: Any,
    SWZ: Any,
    SZW: Any,
    SZZ: Any,
) -> Array:
    """Covariance of two NPS (scale -1..1) through accounts that stand on both sides.

    G/(G-1) sum_a (Z_a1 - e1 W_a1)(Z_a2 - e2 W_a2) / (SW1 SW2), written in sums over accounts of products:
    SWW = sum W_a1 W_a2, SWZ = sum W_a1 Z_a2, SZW = sum Z_a1 W_a2, SZZ = sum Z_a1 Z_a2. Arrays or scalars.
    0 where a side is empty or there is one account only. Source: methods §2.
    """
    G, e1, e2 = (np.asarray(part, dtype=float) for part in (G, e_first, e_second))
    with np.errstate(invalid="ignore", divide="ignore"):
        crossed = SZZ - e2 * SZW - e1 * SWZ + e1 * e2 * SWW
        found = G / (G - 1) * crossed / (np.asarray(SW_first, dtype=float) * np.asarray(SW_second, dtype=float))
    return np.where(np.isfinite(found), found, 0.0)


def explained(n: npt.ArrayLike, promoters: npt.ArrayLike, detractors: npt.ArrayLike) -> float:
    """What share of the differences between answers lies between groups, 0..1? A guide to where to look first.

    Counts per group (k,). Epsilon squared of y = -1, 0, +1: (SS_between - (k-1) MS_within) / SS_total, so that many
    small groups gain nothing by chance; answers count as independent. 0 where nothing differs or nothing is left
    to compare with. Source: Kelley 1935.
    """
    size, P, D = (np.asarray(part, dtype=float) for part in (n, promoters, detractors))
    size, P, D = size[size > 0], P[size > 0], D[size > 0]
    total, freedom = size.sum(), size.sum() - len(size)
    if len(size) < 2 or freedom <= 0:
        return 0.0
    mean = (P - D).sum() / total
    everything = (P + D).sum() - total * mean**2
    between = (size * ((P - D) / size - mean) ** 2).sum()
    if everything <= 0:
        return 0.0
    return float(max(0.0, between - (len(size) - 1) * (everything - between) / freedom) / everything)
