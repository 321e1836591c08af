"""Small linear classifiers on sentence vectors: ridge regression, its own cross-validation, and calibrated chances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Head:
    """One row of weights per label. `score` is near +1 where the label holds and near -1 where it does not."""

    weights: np.ndarray  # labels × width
    offsets: np.ndarray  # labels
    out_of_sample: np.ndarray  # examples × labels: what each example scored when it was left out

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """n × labels."""
        return vectors @ self.weights.T + self.offsets


def ridge(
    *, vectors: np.ndarray, targets: np.ndarray, penalty: float, weights: np.ndarray | None = None, centred: bool = True
) -> Head:
    """Fit targets (examples × labels) on vectors (examples × width) with a ridge `penalty`.

    Solved in the examples (n × n), so it is quick for a few thousand. The predictions with each example left out cost
    nothing more, y - a / (K⁻¹)ᵢᵢ; they are exact but for the centre, which is that of all. Source: Rasmussen & Williams
    2006, eq. 5.12.
    """
    vectors = vectors.astype(np.float64)
    size = np.ones(len(vectors)) if weights is None else weights
    centre = np.average(vectors, axis=0, weights=size) * centred
    mean = np.average(targets, axis=0, weights=size) * centred
    moved = vectors - centre
    kernel = moved @ moved.T
    inverse = np.linalg.inv(kernel + penalty * np.diag(1 / size))
    dual = inverse @ (targets - mean)
    left_out = targets - dual / np.diag(inverse)[:, None]
    rows = dual.T @ moved
    return Head(rows.astype(np.float32), (mean - rows @ centre).astype(np.float32), left_out)


def chance(logit: np.ndarray | float) -> np.ndarray:
    """The logistic function, without overflow."""
    return 0.5 * (1 + np.tanh(np.asarray(logit) / 2))


def logistic(
    *,
    features: np.ndarray,
    truth: np.ndarray,
    penalty: float = 1.0,
    offset: np.ndarray | None = None,
    constant_penalty: float = 1e-6,
) -> np.ndarray:
    """Coefficients (the last is the constant) of a penalised logistic regression.

    The constant hardly is, unless `constant_penalty` says so.

    features n × k, truth n of 0 and 1, `offset` a logit that is already known (n). Newton's method.
    """
    design = np.column_stack([features, np.ones(len(features))])
    known = np.zeros(len(design)) if offset is None else offset
    ridge_diagonal = np.full(design.shape[1], penalty)
    ridge_diagonal[-1] = constant_penalty
    found = np.zeros(design.shape[1])
    for _ in range(50):
        p = chance(design @ found + known)
        slope = design.T @ (truth - p) - ridge_diagonal * found
        curve = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge_diagonal)
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < 1e-5:
            break
    return found
