"""Least squares from cross-products. Sums in, coefficients out; no rows are needed, and none are seen.

A moment matrix is the sum over rows of z z', z = (1, x_1 .. x_p, y), so it is (p+2) by (p+2) and additive.
Functions take a stack of them (..., p+2, p+2), which is what the jackknife hands over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLLINEAR = 1e-9
"""Share of a column's variance not explained by the columns already taken, below which it is dropped."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the columns; a dropped column has 0 and its name in `dropped`."""

    names: tuple[str, ...]
    kept: tuple[int, ...]
    intercept: float
    coefficients: Array
    r2: float
    n: float

    @property
    def dropped(self) -> tuple[str, ...]:
        return tuple(name for i, name in enumerate(self.names) if i not in self.kept)


def ols(moments: Array, *, names: Sequence[str], priority: Sequence[int] | None = None) -> Fit:
    """What does each column add to y, the others held equal?

    `priority` (p): of collinear columns the one with the lower number stays. Raises ValueError when the
    matrix does not fit the names. Agrees with row-level least squares to 1e-8.
    """
    if moments.shape != (len(names) + 2,) * 2:
        raise ValueError(f"{len(names)} columns need a {len(names) + 2} square moment matrix, not {moments.shape}.")
    spread = centred(moments)
    kept = independent(spread[:-1, :-1], priority=priority)
    coefficients = slopes(spread, kept=kept)
    n, means = moments[0, 0], moments[0, 1:] / max(moments[0, 0], 1)
    total = spread[-1, -1]
    explained = coefficients @ spread[:-1, -1]
    return Fit(
        names=tuple(names),
        kept=tuple(kept),
        intercept=float(means[-1] - coefficients @ means[:-1]),
        coefficients=coefficients,
        r2=float(explained / total) if total > 0 else 0.0,
        n=float(n),
    )


def centred(moments: Array) -> Array:
    """Sums of squares and products about the means, (..., p+1, p+1), y last. Zero where n is zero."""
    n = np.maximum(moments[..., :1, :1], 1)
    first = moments[..., 1:, :1]
    return moments[..., 1:, 1:] - first @ np.swapaxes(first, -1, -2) / n


def independent(spread: Array, *, priority: Sequence[int] | None = None) -> list[int]:
    """The columns that say something of their own: pivoted Cholesky of the correlation matrix.

    Within one priority the column with most variance left is taken first; the order of the answer is the
    order of the columns.
    """
    size = len(spread)
    scale = np.sqrt(np.diag(spread))
    usable = scale > 0
    scale = np.where(usable, scale, 1)
    rest = spread / np.outer(scale, scale)
    left = np.where(usable, np.diag(rest), 0.0)
    rank = np.zeros(size, dtype=int) if priority is None else np.asarray(priority)
    kept: list[int] = []
    for level in np.unique(rank):
        while True:
            candidates = np.flatnonzero((rank == level) & (left > COLLINEAR))
            if not len(candidates):
                break
            pivot = candidates[np.argmax(left[candidates])]
            row = rest[pivot].copy()
            rest = rest - np.outer(row, row) / row[pivot]
            left = np.minimum(left, np.diag(rest))
            left[pivot] = 0
            kept.append(int(pivot))
    return sorted(kept)


def slopes(spread: Array, *, kept: Sequence[int]) -> Array:
    """Coefficients (..., p) of a stack of centred matrices; columns not kept get 0.

    A replicate that lost the only rows of a column gives that column 0 rather than noise.
    """
    columns = np.asarray(kept, dtype=int)
    answer = np.zeros((*spread.shape[:-2], spread.shape[-1] - 1))
    if not len(columns):
        return answer
    correlation, scale = _standardised(spread, columns)
    product = spread[..., columns, -1] / scale
    answer[..., columns] = _solved(correlation, product[..., None])[..., 0] / scale
    return answer


def partial_out(spread: Array, *, columns: Sequence[int]) -> Array:
    """What is left of the other columns and y once these columns have explained what they can (Schur complement)."""
    gone = np.asarray(columns, dtype=int)
    stay = np.setdiff1d(np.arange(spread.shape[-1]), gone)
    remaining = spread[..., stay[:, None], stay]
    if not len(gone):
        return remaining
    correlation, scale = _standardised(spread, gone)
    across = spread[..., gone[:, None], stay] / scale[..., None]
    return remaining - np.swapaxes(across, -1, -2) @ _solved(correlation, across)


def inflation(spread: Array, *, blocks: Sequence[Sequence[int]]) -> Array:
    """Variance inflation of each block by the others, on the scale of one column's VIF.

    For a block of m columns: det(R_block) det(R_rest) / det(R), to the power 1/m (Fox & Monette 1992, their
    GVIF^(1/2m) squared). Blocks must be free of dropped columns; an empty block has 1.
    """
    everything = [column for block in blocks for column in block]
    scale = np.sqrt(np.diag(spread))[everything]
    correlation = spread[np.ix_(everything, everything)] / np.outer(scale, scale)
    whole = _log_determinant(correlation)
    answer = np.ones(len(blocks))
    start = 0
    for i, block in enumerate(blocks):
        inside = np.arange(start, start + len(block))
        start += len(block)
        if not len(block):
            continue
        outside = np.setdiff1d(np.arange(len(everything)), inside)
        apart = _log_determinant(correlation[np.ix_(inside, inside)])
        apart += _log_determinant(correlation[np.ix_(outside, outside)])
        answer[i] = np.exp((apart - whole) / len(block))
    return answer


def _log_determinant(matrix: Array) -> float:
    return float(np.linalg.slogdet(matrix)[1]) if len(matrix) else 0.0


def _standardised(spread: Array, columns: NDArray[np.int_]) -> tuple[Array, Array]:
    """Correlations of these columns and their scales; a column without variance stands alone, so it gets 0."""
    block = spread[..., columns[:, None], columns]
    scale = np.sqrt(np.maximum(np.diagonal(block, axis1=-2, axis2=-1), 0))
    scale = np.where(scale > 1e-9, scale, 1)
    correlation = block / (scale[..., :, None] * scale[..., None, :])
    inside = np.arange(len(columns))
    correlation[..., inside, inside] = 1
    return correlation, scale


def _solved(correlation: Array, right: Array) -> Array:
    """correlation^-1 right; by least norm for a replicate in which columns became collinear.

    Cholesky's diagonal tells: an eigensolve for every replicate would cost fifty times more.
    """
    try:
        left = np.diagonal(np.linalg.cholesky(correlation), axis1=-2, axis2=-1).min(axis=-1)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(correlation, rcond=1e-10, hermitian=True) @ right
    if (left**2 > COLLINEAR).all():
        return np.linalg.solve(correlation, right)
    return np.linalg.pinv(correlation, rcond=1e-10, hermitian=True) @ right


def classical_variance(spread: Array, *, kept: Sequence[int], n: float) -> Array:
    """Covariance (p, p) of the coefficients if all rows were independent; zero for columns not kept.

    s² (X'X)^-1 with s² on n - k - 1 degrees of freedom. Beside the clustered one it gives the design effect.
    """
    columns = np.asarray(kept, dtype=int)
    answer = np.zeros((len(spread) - 1,) * 2)
    if not len(columns) or n - len(columns) - 1 <= 0:
        return answer
    left = partial_out(spread[None], columns=columns)[0][-1, -1]
    correlation, scale = _standardised(spread, columns)
    inverse = _solved(correlation, np.eye(len(columns)))
    answer[np.ix_(columns, columns)] = left / (n - len(columns) - 1) * inverse / np.outer(scale, scale)
    return answer
