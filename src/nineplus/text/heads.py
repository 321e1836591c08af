"""Small classifiers on sentence vectors: ridge regression, plain or by nearness, each with its own cross-validation."""

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


@dataclass(frozen=True, slots=True)
class NearHead:
    """As Head, of what the examples near a vector say: an example weighs exp(-narrow · squared distance)."""

    rows: np.ndarray  # examples × width, of unit length
    duals: np.ndarray  # examples × labels
    offsets: np.ndarray  # labels
    out_of_sample: np.ndarray  # examples × labels
    narrow: float

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """n × labels."""
        return _near(vectors @ self.rows.T, self.narrow) @ self.duals + self.offsets


def near_ridge(
    *, vectors: np.ndarray, targets: np.ndarray, penalty: float, narrow: float, weights: np.ndarray | None = None
) -> NearHead:
    """Kernel ridge regression with a Gaussian kernel on vectors of unit length; else as `ridge`."""
    size = np.ones(len(vectors)) if weights is None else weights
    mean = np.average(targets, axis=0, weights=size)
    dual, left_out = _solved(_near(vectors @ vectors.T, narrow).astype(np.float64), size, penalty, targets, mean)
    return NearHead(vectors.astype(np.float32), dual.astype(np.float32), mean.astype(np.float32), left_out, narrow)


def _near(likeness: np.ndarray, narrow: float) -> np.ndarray:
    near: np.ndarray = np.exp((2 * narrow) * (likeness - 1))
    return near


def _solved(
    kernel: np.ndarray, size: np.ndarray, penalty: float, targets: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The weights of the examples, and what each scores when it is left out."""
    inverse = np.linalg.inv(kernel + penalty * np.diag(1 / size))
    dual = inverse @ (targets - mean)
    return dual, targets - dual / np.diag(inverse)[:, None]


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
    dual, left_out = _solved(moved @ moved.T, size, penalty, targets, mean)
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
