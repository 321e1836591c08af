"""Shares of answers of accounts: how far may the true ones lie from them?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nineplus.stats.clusters import UNKNOWN_ICC, Moments, worth
from nineplus.stats.jackknife import jackknife
from nineplus.stats.nps import wilson
from nineplus.stats.scale import NoAnswers


class Share(NamedTuple):
    """A share with its interval, all in 0..1; `low` and `high` are None when everything lies in one bucket."""

    value: float
    low: float | None
    high: float | None
    n: float
    n_eff: float


def clustered_share(*, hits: ArrayLike, sizes: ArrayLike, confidence: float = 0.95) -> Share:
    """What share of `sizes` are `hits`, counted by bucket of accounts (buckets)?

    Wilson's interval on n / deff answers with Student's t: deff = max(1, V_jackknife / (p (1 - p) / n)), and 1 where
    all agree, so that a share of all or none keeps its width. Raises NoAnswers when all sizes are 0.
    Source: Wilson 1927; Kott 2001; methods, shared machinery.
    """
    count, found = np.asarray(sizes, dtype=float), np.asarray(hits, dtype=float)
    n = float(count.sum())
    if n <= 0:
        raise NoAnswers("A share of nothing is not available.")
    rate = jackknife(
        lambda total: total[:, 1:] / np.maximum(total[:, :1], 1), sums=np.stack([count, found], axis=1), sizes=count
    )
    value, error = float(rate.value[0]), float(rate.error[0])
    if not np.isfinite(error) or rate.df <= 0:
        return Share(value, None, None, n, n)
    naive = value * (1 - value) / n
    n_eff = n / max(1.0, error**2 / naive) if naive > 0 else n
    low, high = wilson(value * n_eff, n_eff, confidence=confidence, df=rate.df)
    return Share(value, low, high, n, n_eff)


def clustered_shares(moments: Moments, *, icc: float = UNKNOWN_ICC, confidence: float = 0.95) -> list[Share]:
    """What share of the answers are hits, for each of k kinds of hit, and how far may the true shares lie?

    `moments` are account moments with y = 1 for a hit and 0 otherwise: `promoters` counts hits, `detractors` is 0.
    Wilson's interval on n / deff answers, Student's t on the effective accounts less one; where every account
    answered once, the plain interval. `icc` is the likeness within accounts borrowed where a kind has all answers
    or none. Raises NoAnswers when a group is empty.
    Source: Wilson 1927; methods, shared machinery.
    """
    found = worth(moments, icc=icc)
    shares = []
    for hits, n, n_eff, df in zip(moments.promoters, moments.n, found.n_eff, found.df, strict=True):
        if n <= 0:
            raise NoAnswers("A share of nothing is not available.")
        value = float(hits / n)
        if df <= 0:
            shares.append(Share(value, None, None, float(n), float(n_eff)))
            continue
        low, high = wilson(value * float(n_eff), float(n_eff), confidence=confidence, df=float(df))
        shares.append(Share(value, low, high, float(n), float(n_eff)))
    return shares
