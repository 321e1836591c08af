"""How many standard errors an interval reaches, for a normal or for few accounts."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from nineplus.model import BadFilter

FARTHEST = 1e9
"""Stands for infinity: with no degree of freedom left, everything is possible."""


def reach(confidence: float, df: Any = None) -> Any:
    """Two-sided critical value: z, or t where `df` (scalar or array; inf = normal) is given.

    No degree of freedom (df <= 0) gives FARTHEST, so that the interval covers the whole scale.
    Raises BadFilter (a ValueError) when `confidence` is not strictly between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise BadFilter(f"Confidence is a share between 0 and 1, not {confidence!r}.")
    if df is None or np.isposinf(df).all():  # the common case must not wait for SciPy to be imported
        return -NormalDist().inv_cdf((1 - confidence) / 2)
    return reach_of_tail(np.float64((1 - confidence) / 2), df)


def reach_of_tail(tail: Any, df: Any = None) -> Any:
    """Critical value that leaves `tail` (array of shares below one half) on each side."""
    from scipy.special import ndtri, stdtrit

    if df is None:
        return -ndtri(tail)
    free, tail = np.broadcast_arrays(np.asarray(df, dtype=float), np.asarray(tail, dtype=float))
    some = np.maximum(free, 1e-3)  # below this t overflows; such cells are FARTHEST anyway
    with np.errstate(all="ignore"):
        found = np.where(np.isinf(free), -ndtri(tail), -stdtrit(some, tail))
    return np.where((free <= 0) | ~np.isfinite(found), FARTHEST, np.minimum(found, FARTHEST))
