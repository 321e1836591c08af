"""A3: sums of products of binned facts and of the score, per bucket. One small answer for a whole regression.

Facts are binned in the engine into small whole numbers, once. Every pair of facts must then be counted
together, per bucket. Pairs are covered by few group-bys of several facts each (docs/decisions/0010), because a
group-by costs the engine a scan of small integers, while sums of products cost one expression per pair.
Rows never travel; counts are whole numbers, so the answer does not depend on order or engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log, prod

import ibis
import ibis.expr.operations as ops
import numpy as np
import numpy.typing as npt

from nineplus.mart.schema import BUCKETS
from nineplus.stats.scale import DETRACTOR_TO, POINTS, PROMOTER_FROM

Array = npt.NDArray[np.float64]

MOST_CELLS = 1 << 16
"""Possible cells (buckets included) of one group-by. Small enough for an engine to count in a plain array."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One binned fact. `code` is the bin of a response, 0 .. len(levels)-1 and never null."""

    name: str
    levels: tuple[str, ...]
    code: ibis.Value


@dataclass(frozen=True, slots=True)
class CrossProducts:
    """Sums of z z' per bucket, z = (1, one column per level of every factor, y in NPS points).

    `moments` (BUCKETS, p+2, p+2); `columns` names factor and level of the p columns.
    """

    moments: Array
    columns: tuple[tuple[str, str], ...]

    @property
    def sizes(self) -> Array:
        """Responses per bucket."""
        return self.moments[:, 0, 0]

    @property
    def counts(self) -> Array:
        """Responses per column."""
        return self.moments[:, 0, 1:-1].sum(axis=0)

    def of(self, factor: str) -> list[int]:
        return [i for i, (name, _) in enumerate(self.columns) if name == factor]

    def merged(self, groups: Sequence[tuple[tuple[str, str], Sequence[int]]]) -> CrossProducts:
        """New columns, each the sum of old ones (indicators of disjoint bins add up). Others are left out."""
        width = len(self.columns)
        turn = np.zeros((width + 2, len(groups) + 2))
        turn[0, 0] = turn[-1, -1] = 1
        for j, (_, members) in enumerate(groups):
            turn[[1 + i for i in members], 1 + j] = 1
        return replace(self, moments=turn.T @ self.moments @ turn, columns=tuple(name for name, _ in groups))


def cross_products(responses: ibis.Table, factors: Sequence[Factor]) -> CrossProducts:
    """How often do two bins of two facts meet, and with what scores, in every bucket?

    `responses` needs `score` (null: left out) and `bucket` (0..63). Cost: one scan that bins, then one
    group-by of small integers for every set of `cover`; memory in the engine about one byte per row and factor.
    """
    rows = responses.filter(responses.score.notnull())
    promoter, detractor = rows.score >= PROMOTER_FROM, rows.score <= DETRACTOR_TO
    score = Factor("score", ("detractor", "passive", "promoter"), promoter.cast("int8") - detractor.cast("int8") + 1)
    everything = [*factors, score]
    coded = rows.select(
        _bucket=rows.bucket.cast("int8"),
        **{f"f{i}": _small(factor) for i, factor in enumerate(everything)},
    )
    sizes = [len(factor.levels) for factor in everything]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    counted = np.zeros((BUCKETS, starts[-1] + 1, starts[-1] + 1))
    with coded.cache() as held:
        done: set[tuple[int, int]] = set()
        for chosen in cover(_occurring(held, len(sizes))):
            cells = _Cells.of(held, chosen)
            for i, j in [*combinations(chosen, 2), *((i, i) for i in chosen)]:
                if (i, j) not in done:
                    done.add((i, j))
                    both = cells.together(i, j, sizes[i], sizes[j])
                    left, right = _span(starts, i), _span(starts, j)
                    counted[:, left, right] = both
                    counted[:, right, left] = both.transpose(0, 2, 1)
    columns = tuple((factor.name, level) for factor in factors for level in factor.levels)
    return CrossProducts(moments=_moments(counted), columns=columns)


def _moments(counted: Array) -> Array:
    """Joint counts of all bins, the score's three last, as sums of products of (1, X, y in points)."""
    size = counted.shape[-1] - 1
    turn = np.zeros((size + 1, size - 3 + 2))
    turn[1 : size - 2, 1:-1] = np.eye(size - 3)
    turn[-3:, 0] = 1  # every answer has one group
    turn[-3:, -1] = -POINTS, 0, POINTS
    return turn.T @ counted @ turn


def cover(sizes: Sequence[int], *, most: int = MOST_CELLS // BUCKETS) -> list[list[int]]:
    """Few sets of factors such that every two factors meet in one, each with at most `most` possible cells.

    Greedy: start from the largest pair not yet met, add the factor that brings most new pairs for its size.
    Two factors that are too large together still make a set of their own.
    """
    everyone = range(len(sizes))
    unmet = set(combinations(everyone, 2))
    if not unmet:
        return [[i] for i in everyone]
    sets = []
    while unmet:
        chosen = list(max(sorted(unmet), key=lambda pair: sizes[pair[0]] * sizes[pair[1]]))
        while True:
            room = most / prod(sizes[i] for i in chosen)
            gains = [
                (sum((min(i, k), max(i, k)) in unmet for i in chosen) / log(1 + sizes[k]), -k)
                for k in everyone
                if k not in chosen and sizes[k] <= room
            ]
            best = max(gains, default=(0.0, 0))
            if best[0] <= 0:
                break
            chosen.append(-best[1])
        sets.append(sorted(chosen))
        unmet -= set(combinations(sets[-1], 2))
    return sets


@dataclass(frozen=True, slots=True)
class _Cells:
    """The non-empty cells of one group-by: their bucket, their bins, their answers."""

    bucket: npt.NDArray[np.int64]
    bins: dict[int, npt.NDArray[np.int64]]
    n: Array

    @classmethod
    def of(cls, held: ibis.Table, chosen: Sequence[int]) -> _Cells:
        keys = ["_bucket", *(f"f{i}" for i in chosen)]
        answer = held.group_by(keys).agg(n=held.count()).to_pyarrow()
        whole = {name: answer[name].to_numpy().astype(np.int64) for name in answer.column_names}
        return cls(whole["_bucket"], {i: whole[f"f{i}"] for i in chosen}, whole["n"].astype(float))

    def together(self, i: int, j: int, size_i: int, size_j: int) -> Array:
        place = (self.bucket * size_i + self.bins[i]) * size_j + self.bins[j]
        return np.bincount(place, self.n, BUCKETS * size_i * size_j).reshape(BUCKETS, size_i, size_j)


def _occurring(held: ibis.Table, count: int) -> list[int]:
    """How many bins lie between the lowest and the highest of each factor: fewer possible cells, fewer sets."""
    ends = {f"{end}{i}": getattr(held[f"f{i}"], end)() for i in range(count) for end in ("min", "max")}
    found = held.agg(**ends).to_pyarrow().to_pylist()[0]
    return [found[f"max{i}"] - found[f"min{i}"] + 1 if found[f"min{i}"] is not None else 1 for i in range(count)]


def _small(factor: Factor) -> ibis.Value:
    """In few bits in the engine too: where Ibis takes a number for int8 already, it writes no cast."""
    code = factor.code
    kind = "int16" if len(factor.levels) > 127 else "int8"
    return code if isinstance(code.op(), ops.Field) and str(code.type()) == kind else code.cast("int64").cast(kind)


def _span(starts: npt.NDArray[np.int_], i: int) -> slice:
    return slice(1 + int(starts[i]), 1 + int(starts[i + 1]))
