"""Answers of one account resemble each other. What are n of them worth?

Moments of accounts in, design effect, effective n and interval out, for many groups at once. With W_a the
sum of weights of account a and Z_a its sum of weight times y (y = -1, 0, +1), the moments are
G accounts, SW = sum W_a, SW2 = sum W_a², SZ = sum Z_a, SWZ = sum W_a Z_a, SZ2 = sum Z_a².
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from nineplus.stats.nps import NpsArrays, nps_many

Array = npt.NDArray[np.float64]

UNKNOWN_ICC = 0.3
"""Likeness within accounts that is assumed where nothing is known (methods §0)."""
FEW_ACCOUNTS = 5.0
"""Below this many effective accounts a number is called dominated by few accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Account moments of k groups: arrays of shape (k,). `n` counts answers; weights are scaled to mean 1.

    `promoters` and `detractors` are weighted counts, so that promoters + detractors <= SW.
    Without weights every W_a is the account's number of answers and SW = n.
    """

    n: Array
    G: Array
    SW: Array
    SW2: Array
    SZ: Array
    SWZ: Array
    SZ2: Array
    promoters: Array
    detractors: Array

    @classmethod
    def of(cls, **columns: Any) -> Moments:
        return cls(**{part.name: np.asarray(columns[part.name], dtype=float) for part in fields(cls)})

    @classmethod
    def independent(cls, *, detractors: Any, passives: Any, promoters: Any) -> Moments:
        """Every answer is its own account: what is left when nobody knows who belongs together."""
        D, S, P = (np.asarray(part, dtype=float) for part in (detractors, passives, promoters))
        n = D + S + P
        return cls(n=n, G=n, SW=n, SW2=n, SZ=P - D, SWZ=P - D, SZ2=P + D, promoters=P, detractors=D)

    def __len__(self) -> int:
        return len(self.n)

    def __getitem__(self, which: Any) -> Moments:
        """The groups of an index array, a mask or a slice."""
        return Moments(**{part.name: getattr(self, part.name)[which] for part in fields(self)})


@dataclass(frozen=True, slots=True)
class Worth:
    """What k groups of answers are worth. Arrays of shape (k,).

    `variance` is that of e = p - d on the scale -1..1 with the design effect in it (V_srs deff);
    `accounts` is the effective number of accounts G* = SW² / SW2; `df` the degrees of freedom for t.
    """

    p: Array
    d: Array
    deff: Array
    n_eff: Array
    accounts: Array
    df: Array
    variance: Array

    @property
    def few(self) -> npt.NDArray[np.bool_]:
        """Dominated by few accounts?"""
        return self.accounts < FEW_ACCOUNTS


def worth(moments: Moments, *, icc: Any = UNKNOWN_ICC) -> Worth:
    """How much information do clustered, weighted answers carry?

    V_lin = G/(G-1) (SZ2 - 2 e SWZ + e² SW2) / SW²; V_srs = (p + d - e²) / n;
    deff = max(1, V_lin / V_srs); n_eff = n / deff; G* = SW² / SW2; t with G* - 1 degrees.
    Where all agree (V_srs = 0) or one account answered alone, nothing can be measured inside the group:
    deff = 1 + (SW2/SW - 1) icc, with `icc` that of the parent group.
    Where every account answered once, with equal weight, nothing is clustered: deff = 1 and the normal
    takes the place of t (df = inf), which is the plain interval of one NPS.
    NaN shares for empty groups. Source: methods §0; agrees with R survey::svymean.
    """
    m = moments
    with np.errstate(invalid="ignore", divide="ignore"):
        p, d = m.promoters / m.SW, m.detractors / m.SW
        e = p - d
        residual = np.maximum(m.SZ2 - 2 * e * m.SWZ + e * e * m.SW2, 0.0)
        v_lin = np.where(m.G > 1, m.G / (m.G - 1) * residual / m.SW**2, np.nan)
        v_srs = np.maximum(p + d - e * e, 0.0) / m.n
        accounts = m.SW**2 / m.SW2
        assumed = 1 + np.maximum(m.SW2 / m.SW - 1, 0.0) * np.asarray(icc, dtype=float)
        measured = np.maximum(1.0, v_lin / v_srs)
        deff = np.where((v_srs < 1e-12) | np.isnan(v_lin), assumed, measured)
        single = _single(m)
        deff = np.where(single, 1.0, deff)
        deff = np.where(m.n > 0, deff, np.nan)
        n_eff = np.where(m.n > 0, m.n / deff, 0.0)
    df = np.where(single, np.inf, accounts - 1)
    return Worth(p, d, deff, n_eff, accounts, df, v_srs * deff)


def _single(m: Moments) -> npt.NDArray[np.bool_]:
    """One answer per account, all of the same weight."""
    return np.isclose(m.G, m.n) & np.isclose(m.SW2 * m.G, m.SW**2)


def icc_of(moments: Moments) -> float:
    """How alike are answers of one account, in these data (0..1)?

    Inverts deff = 1 + (SW2/SW - 1) icc on the first group of `moments`; UNKNOWN_ICC where it cannot be seen
    (no account answered twice, all agree, or one account only).
    """
    first = moments[:1]
    found = worth(first)
    crowd = float(first.SW2[0] / first.SW[0] - 1) if first.SW[0] else 0.0
    if crowd <= 1e-9 or first.G[0] < 2 or not found.variance[0] > 0:
        return UNKNOWN_ICC
    return float(np.clip((found.deff[0] - 1) / crowd, 0.0, 1.0))


def clustered_nps(
    moments: Moments, *, icc: Any = UNKNOWN_ICC, confidence: float = 0.95, method: str = "score"
) -> tuple[NpsArrays, Worth]:
    """NPS of many groups with intervals that know accounts: section 1's interval with n_eff and t(G* - 1)."""
    found = worth(moments, icc=icc)
    m = moments
    arrays = nps_many(
        detractors=m.detractors,
        passives=np.maximum(m.SW - m.promoters - m.detractors, 0.0),
        promoters=m.promoters,
        confidence=confidence,
        method=method,
        n_eff=found.n_eff,
        df=found.df,
    )
    return arrays._replace(n=m.n), found
