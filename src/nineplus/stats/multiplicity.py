"""Many questions at once: how many of the findings are false?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def benjamini_hochberg(p: Any) -> npt.NDArray[np.float64]:
    """Which of these p-values survive when q of all findings may be false? Adjusted p; keep those <= q.

    Adjusted p_(i) = min over j >= i of m p_(j) / j, at most 1. `p` is (m,); NaN (no comparison) stays NaN
    and does not count in m. Raises ValueError for a p outside 0..1.
    Source: Benjamini and Hochberg 1995. Check: their fifteen p-values, 4 survive at q = 0.05.
    """
    values = np.asarray(p, dtype=float)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return adjusted
    found = values[known]
    if (found < 0).any() or (found > 1).any():
        raise ValueError("A p-value is between 0 and 1.")
    order = np.argsort(found)[::-1]
    ranks = np.arange(len(found), 0, -1)
    falling = np.minimum.accumulate(found[order] * len(found) / ranks)
    adjusted[known[order]] = np.minimum(falling, 1.0)
    return adjusted
