"""What does each theme of the comments go with, in NPS points? Summed cross-products in, an exact sum out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nineplus.stats.jackknife import Replicates, jackknife
from nineplus.stats.regression import centred, independent, slopes

Array = npt.NDArray[np.float64]

FEW = 30
"""Mentions below which an effect is drawn towards zero: nothing is made of a handful."""


@dataclass(frozen=True, slots=True)
class Impacts:
    """For k columns (a theme in one tone, or `no comment`).

    `effects`: NPS points of answers with that mention against those without, the other mentions equal. `impacts`:
    effect times share of all answers, so that `base` + their sum is NPS, exactly. `shares` (k) 0 to 1, `mentions` (k)
    answers. `drawn` (k): the factor by which a rare one's effect was drawn towards zero, 1 for all others. `dropped`:
    columns that cannot be told from others; their effect is 0.
    """

    columns: tuple[str, ...]
    effects: Replicates
    impacts: Replicates
    base: Replicates
    shares: Array
    mentions: Array
    drawn: Array
    dropped: tuple[str, ...]


def theme_impacts(sums: Array, *, columns: Sequence[str], few: int = FEW) -> Impacts:
    """How many NPS points go with each theme, others held equal?

    `sums` (buckets, k+2, k+2): sums of z z' per bucket of accounts, z = (1, one indicator per column, y), y being -100,
    0 or 100. Least squares on all columns at once; intervals by leaving out one bucket of accounts at a time.
    An association: that mending a theme would bring its points takes an experiment or a comparison over time.

    Raises ValueError when sums and columns do not fit or there are no answers.
    Source: methods, themes; additivity: with an intercept the residuals of least squares sum to zero.
    """
    k = len(columns)
    if sums.ndim != 3 or sums.shape[1:] != (k + 2, k + 2):
        raise ValueError(f"{k} columns need buckets of {k + 2} square sums, not {sums.shape}.")
    whole = sums.sum(axis=0)
    spread = centred(whole)
    kept = independent(spread[:-1, :-1], priority=list(np.argsort(np.argsort(-whole[0, 1:-1]))))
    mentions = whole[0, 1:-1]
    drawn = np.minimum(mentions / few, 1.0)

    def statistic(totals: Array) -> Array:
        n = totals[:, 0, 0]
        effects = slopes(centred(totals), kept=kept) * drawn
        impacts = effects * totals[:, 0, 1:-1] / n[:, None]
        base = totals[:, 0, -1] / n - impacts.sum(axis=1)
        return np.concatenate([effects, impacts, base[:, None]], axis=1)

    found = jackknife(statistic, sums=sums, sizes=sums[:, 0, 0])
    return Impacts(
        columns=tuple(columns),
        effects=found.of(lambda all: all[..., :k]),
        impacts=found.of(lambda all: all[..., k : 2 * k]),
        base=found.of(lambda all: all[..., 2 * k :]),
        shares=mentions / whole[0, 0],
        mentions=mentions,
        drawn=drawn,
        dropped=tuple(name for i, name in enumerate(columns) if i not in kept),
    )
