"""Whose share of R squared is it? Shares that do not depend on the order of entry.

They rank variance explained, not what can be fixed: a secondary reading beside fixable points (methods, drivers).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from nineplus.stats.regression import partial_out

Array = NDArray[np.float64]

MOST_BLOCKS = 20
"""Above this LMG's 2^k subsets cost too much; `johnson` takes over and must be labelled as such."""


class TooManyBlocks(ValueError):
    """More blocks than LMG can enumerate; use `johnson`."""


def lmg(spread: Array, *, blocks: Sequence[Sequence[int]], controls: Sequence[int] = ()) -> Array:
    """R squared divided over blocks of columns: the average gain of a block over all orders of entry.

    `spread` (..., p+1, p+1): centred sums of products, y last, free of collinear columns. A block is the
    columns of one driver (its dummies move together). `controls` are partialled out first, so the shares add
    up to the R squared that the blocks add to the controls, as a part of the variance of y. Columns in no
    block are ignored. Answer (..., blocks).

    All subsets come from doubling: each step keeps, for every subset so far, the Schur complement with and
    without the next block. Raises TooManyBlocks over 20 blocks.
    Source: Lindeman, Merenda & Gold 1980; check: R relaimpo on swiss.
    """
    count = len(blocks)
    if count > MOST_BLOCKS:
        raise TooManyBlocks(f"{count} blocks: LMG enumerates subsets of at most {MOST_BLOCKS}.")
    left, sizes = _arranged(spread, blocks, controls)
    total = spread[..., -1, -1]
    left = left[..., None, :, :]
    for size in sizes:
        without = left[..., size:, size:]
        taken = partial_out(left, columns=range(size)) if size else without
        left = np.concatenate([without, taken], axis=-3)
    with np.errstate(divide="ignore", invalid="ignore"):
        unexplained = left[..., 0, 0] / total[..., None]  # (..., 2^k); bit j of the position: block j is in
    members = np.array([bin(subset).count("1") for subset in range(1 << count)])
    weight = np.array([1 / (count * comb(count - 1, size)) if size < count else 0 for size in range(count + 1)])
    shares = []
    for j in range(count):
        absent = np.flatnonzero((np.arange(1 << count) >> j & 1) == 0)
        gain = unexplained[..., absent] - unexplained[..., absent | (1 << j)]
        shares.append(gain @ weight[members[absent]])
    return np.stack(shares, axis=-1) if shares else np.zeros((*spread.shape[:-2], 0))


def johnson(spread: Array, *, blocks: Sequence[Sequence[int]], controls: Sequence[int] = ()) -> Array:
    """R squared divided over blocks through the nearest orthogonal columns: near LMG at the cost of one eigensolve.

    Same arguments and answer as `lmg`. Close in size to it, but the same top three only in about three cases
    of five, so label it. Source: Johnson 2000; check: R relaimpo-compatible relative weights on swiss.
    """
    left, sizes = _arranged(spread, blocks, controls)
    scale = np.sqrt(np.diagonal(left, axis1=-2, axis2=-1))
    scale = np.where(scale > 0, scale, 1)
    correlation = left / (scale[..., :, None] * scale[..., None, :])
    values, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    root = np.sqrt(np.maximum(values, 0))
    turned = np.swapaxes(vectors, -1, -2)
    nearest = (vectors * root[..., None, :]) @ turned  # loadings of the columns on their orthogonal twins
    inverse = (vectors * np.where(root > 1e-8, 1 / np.where(root > 1e-8, root, 1), 0)[..., None, :]) @ turned
    weight = (inverse @ correlation[..., :-1, -1:])[..., 0]
    each = (np.square(nearest) @ np.square(weight)[..., None])[..., 0]
    each = each * (left[..., -1, -1] / spread[..., -1, -1])[..., None]  # of all variance, not of what controls left
    ends = np.cumsum(sizes)
    parts = [each[..., end - size : end].sum(axis=-1) for end, size in zip(ends, sizes, strict=True)]
    return np.stack(parts, axis=-1) if parts else np.zeros((*spread.shape[:-2], 0))


def _arranged(spread: Array, blocks: Sequence[Sequence[int]], controls: Sequence[int]) -> tuple[Array, list[int]]:
    """Controls partialled out, then the columns in block order with y last."""
    last = spread.shape[-1] - 1
    order = np.array([*controls, *(column for block in blocks for column in block), last], dtype=int)
    chosen = spread[..., order[:, None], order]
    return partial_out(chosen, columns=range(len(controls))), [len(block) for block in blocks]
