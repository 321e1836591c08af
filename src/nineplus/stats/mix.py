"""Did answers get better, or do others answer? A change of NPS split into rate and mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The change from period 0 to 1, in the unit of the rates. Arrays (..., k) by segment, totals (...)."""

    rate: Array
    mix: Array
    start: Array
    end: Array

    @property
    def change(self) -> Array:
        return self.end - self.start

    @property
    def total_rate(self) -> Array:
        return self.rate.sum(axis=-1)

    @property
    def total_mix(self) -> Array:
        return self.mix.sum(axis=-1)


def decompose(*, n0: Any, sum0: Any, n1: Any, sum1: Any) -> Decomposition:
    """How much of the change comes from the segments' own rates, how much from who answers?

    With shares s and rates r = sum / n: rate_k = mean(s_k) (r_k1 - r_k0), mix_k = (s_k1 - s_k0)(mean(r_k) - R),
    R the mean of both overall rates. Both add up exactly to the change. A segment present in one period only
    has no second rate: all of it is mix. `n*` are answers per segment (..., k), `sum*` their sums of y (for
    NPS points: 100 x (promoters - detractors)). NaN where a whole period is empty.
    Source: Kitagawa 1955; methods §5. Check: Berkeley admissions, rate 0.0360, mix -0.1777.
    """
    n0, sum0, n1, sum1 = (np.asarray(part, dtype=float) for part in (n0, sum0, n1, sum1))
    with np.errstate(invalid="ignore", divide="ignore"):
        s0, s1 = (n / n.sum(axis=-1, keepdims=True) for n in (n0, n1))
        r0, r1 = np.where(n0 > 0, sum0 / n0, np.nan), np.where(n1 > 0, sum1 / n1, np.nan)
        start, end = sum0.sum(axis=-1) / n0.sum(axis=-1), sum1.sum(axis=-1) / n1.sum(axis=-1)
    r0, r1 = np.where(n0 > 0, r0, r1), np.where(n1 > 0, r1, r0)
    r0, r1 = np.nan_to_num(r0), np.nan_to_num(r1)  # in neither period: nothing there to move
    middle = ((start + end) / 2)[..., None]
    rate = (s0 + s1) / 2 * (r1 - r0)
    mix = (s1 - s0) * ((r0 + r1) / 2 - middle)
    return Decomposition(rate, mix, start, end)


@dataclass(frozen=True, slots=True)
class MixErrors:
    """Standard errors of the two totals, in the unit of the rates."""

    rate: float
    mix: float


def independent_errors(*, n0: Any, sum0: Any, var0: Any, n1: Any, sum1: Any, var1: Any) -> MixErrors:
    """How sure are the two parts when nobody answered in both periods?

    From each period t: rate variance [sum mean(s)²/s_t v_t + Var_{s_t}(r1 - r0) / 4] / n_t and mix variance
    [Var_{s_t}(mean r) + sum (s1-s0)²/s_t v_t / 4] / n_t, added over both. `var*` are variances of one answer
    within a segment (k,). Only segments present in both periods. Accounts that answer repeatedly want the
    jackknife instead. Source: methods §5 (measured coverage 94–95).
    """
    n = [np.asarray(part, dtype=float) for part in (n0, n1)]
    v = [np.asarray(part, dtype=float) for part in (var0, var1)]
    total = [part.sum() for part in n]
    s = [part / whole for part, whole in zip(n, total, strict=True)]
    r0, r1 = np.asarray(sum0, dtype=float) / n[0], np.asarray(sum1, dtype=float) / n[1]
    rate = mix = 0.0
    for share, within, size in zip(s, v, total, strict=True):
        rate += ((((s[0] + s[1]) / 2) ** 2 / share * within).sum() + _variance(share, r1 - r0) / 4) / size
        mix += (_variance(share, (r0 + r1) / 2) + ((s[1] - s[0]) ** 2 / share * within).sum() / 4) / size
    return MixErrors(float(np.sqrt(rate)), float(np.sqrt(mix)))


def _variance(share: Array, value: Array) -> float:
    return float((share * value**2).sum() - (share * value).sum() ** 2)
