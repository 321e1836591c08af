"""Who is best? Ranks with their uncertainty, because a rank without it is gossip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Ranks:
    """k groups; rank 1 is the highest value. `low` and `high` bound the rank; shares are probabilities 0..1."""

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    best: npt.NDArray[np.float64]
    top3: npt.NDArray[np.float64]


def ranks(
    values: Any,
    errors: Any,
    *,
    covariance: Any = None,
    confidence: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Ranks:
    """Between which ranks may each group truly stand?

    Draws from the groups' posteriors (normal: `values` and `errors`, both (k,)), ranks every draw, and takes
    the middle `confidence` of ranks. `covariance` (k, k) instead of errors where groups are estimated together:
    what moves two of them alike does not change their order. The same seed gives the same answer.
    Source: methods §2.
    """
    mean = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(seed).standard_normal((draws, len(mean)))
    if covariance is None:
        drawn = mean + np.asarray(errors, dtype=float) * drawn
    else:
        size, way = np.linalg.eigh(np.asarray(covariance, dtype=float))
        drawn = mean + drawn @ (way * np.sqrt(np.maximum(size, 0))).T
    place = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1
    tail = (1 - confidence) / 2
    low = np.quantile(place, tail, axis=0, method="lower").astype(np.int64)
    high = np.quantile(place, 1 - tail, axis=0, method="higher").astype(np.int64)
    return Ranks(low, high, (place == 1).mean(axis=0), (place <= 3).mean(axis=0))
