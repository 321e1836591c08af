"""A3: sums of products of binned facts and of the score, per bucket. One small answer for a whole regression.

Every pair of facts must be counted together, per bucket. Pairs are covered by few sets of several facts each, and
where a response lies in a set is one key of 16 bits: its bucket, and some bits for each fact of the set. One statement
makes the keys and counts each (docs/decisions/0010): bit operations and counting small numbers in a plain array cost
an engine next to nothing; sums of products cost one expression per pair, and checked arithmetic five times a bit
operation. Rows never travel; counts are whole numbers, so the answer does not depend on order or engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from random import Random

import ibis
import ibis.expr.operations as ops
import numpy as np
import numpy.typing as npt

from nineplus.mart.schema import BUCKETS
from nineplus.stats.scale import DETRACTOR_TO, POINTS, PROMOTER_FROM

Array = npt.NDArray[np.float64]

_BUCKET_BITS = (BUCKETS - 1).bit_length()
KEY_BITS = 16 - _BUCKET_BITS
"""Bits of a key beside the bucket. 16 in all: an engine counts what the type itself bounds in a plain array."""


_TRIES = 12


@dataclass(frozen=True, slots=True)
class Factor:
    """One binned fact. `code` is the bin of a response, 0 .. len(levels)-1 and never null.

    `asked`: the code is so cheap that asking for the highest one first pays, if that saves a bit.
    """

    name: str
    levels: tuple[str, ...]
    code: ibis.Value
    asked: bool = False


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
        half = self.moments.reshape(-1, width + 2) @ turn  # one product of matrices, not one for each bucket
        half = half.reshape(-1, width + 2, len(groups) + 2).transpose(0, 2, 1).reshape(-1, width + 2) @ turn
        moments = half.reshape(-1, len(groups) + 2, len(groups) + 2)
        return replace(self, moments=moments, columns=tuple(name for name, _ in groups))


def cross_products(responses: ibis.Table, factors: Sequence[Factor]) -> CrossProducts:
    """How often do two bins of two facts meet, and with what scores, in every bucket?

    `responses` needs `score` (null: left out) and `bucket` (0..63). Cost: one scan that makes the keys; memory in
    the engine two bytes per row and set of `cover`.
    """
    rows = responses.filter(responses.score.notnull())
    score = ibis.cases((rows.score >= PROMOTER_FROM, 2), (rows.score > DETRACTOR_TO, 1), else_=0).cast("int16")
    everything = [*factors, Factor("score", ("detractor", "passive", "promoter"), score)]
    sizes = [len(factor.levels) for factor in everything]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    counted = np.zeros((BUCKETS, starts[-1] + 1, starts[-1] + 1))
    done: set[tuple[int, int]] = set()
    for cells in _cells(rows, everything):
        for i, j in [*combinations(cells.chosen, 2), *((i, i) for i in cells.chosen)]:
            if (i, j) not in done:
                done.add((i, j))
                both = cells.together(i, j)
                left, right = _span(starts, i, both.shape[1]), _span(starts, j, both.shape[2])
                counted[:, left, right] = both
                counted[:, right, left] = both.transpose(0, 2, 1)
    columns = tuple((factor.name, level) for factor in factors for level in factor.levels)
    return CrossProducts(moments=_moments(counted), columns=columns)


def _moments(counted: Array) -> Array:
    """Joint counts of all bins, the score's three last, as sums of products of (1, X, y in points)."""
    detractors, promoters = counted[:, -3, :], counted[:, -1, :]
    moments = np.empty((len(counted), counted.shape[1] - 2, counted.shape[2] - 2))
    moments[:, 1:-1, 1:-1] = counted[:, 1:-3, 1:-3]
    ones, y = counted[:, -3:, :].sum(axis=1), POINTS * (promoters - detractors)  # every answer has one group
    for place, sums in ((0, ones), (-1, y)):
        moments[:, place, 1:-1] = moments[:, 1:-1, place] = sums[:, 1:-3]
        moments[:, place, 0] = sums[:, -3:].sum(axis=1)
        moments[:, place, -1] = POINTS * (sums[:, -1] - sums[:, -3])
    return moments


@lru_cache(maxsize=64)
def cover(widths: tuple[int, ...], *, room: int = KEY_BITS) -> tuple[tuple[int, ...], ...]:
    """Few sets of factors such that every two factors meet in one, each of at most `room` bits.

    The best of some greedy tries that break ties (and near ties) differently, the same ones every time.
    Two factors that are too large together still make a set of their own.
    """
    random = Random(room)  # noqa: S311 - no secret
    return min((_try(widths, room, random) for _ in range(_TRIES)), key=len)


def _try(widths: Sequence[int], room: int, random: Random) -> tuple[tuple[int, ...], ...]:
    """Start from the largest pair not yet met, add the factor that brings most new pairs for its width."""
    everyone = range(len(widths))
    unmet = set(combinations(everyone, 2))
    if not unmet:
        return tuple((i,) for i in everyone)
    sets = []
    while unmet:
        first, second = max(sorted(unmet), key=lambda pair: widths[pair[0]] + widths[pair[1]] + random.random())
        chosen, left = {first, second}, room - widths[first] - widths[second]
        while True:
            gains = {
                k: sum((min(i, k), max(i, k)) in unmet for i in chosen) / widths[k] * (1 + random.random() / 3)
                for k in everyone
                if k not in chosen and widths[k] <= left
            }
            best = max(gains, key=lambda k: gains[k], default=0)
            if not gains.get(best):
                break
            chosen.add(best)
            left -= widths[best]
        sets.append(tuple(sorted(chosen)))
        unmet -= set(combinations(sets[-1], 2))
    return tuple(sets)


@dataclass(frozen=True, slots=True)
class _Cells:
    """One set of factors, counted: `n` answers by bucket and the bins of each, in that order of axes."""

    chosen: tuple[int, ...]
    n: Array

    def together(self, i: int, j: int) -> Array:
        """How often the bins of two of the factors meet, by bucket."""
        kept = self.chosen.index(i), self.chosen.index(j)
        found = self.n.sum(axis=tuple(1 + axis for axis in range(len(self.chosen)) if axis not in kept))
        return found if i != j else np.einsum("bk,kl->bkl", found, np.eye(found.shape[1]))


def _cells(rows: ibis.Table, factors: Sequence[Factor]) -> Iterator[_Cells]:
    """Every set of `cover` counted, in one statement over these rows."""
    highest = _highest(rows, factors)
    widths = [max(1, most.bit_length()) for most in highest]
    sets = cover(tuple(widths))
    keys = _keys(rows, factors, widths, sets)
    counts = []
    for at in range(len(sets)):
        cells = keys.group_by(f"k{at}").agg(n=keys.count())  # the bare key: what is wider would be hashed
        counts.append(cells.select(at=ibis.literal(at, "int16"), key=cells[f"k{at}"].cast("int32"), n=cells.n))
    answer = (ibis.union(*counts) if len(counts) > 1 else counts[0]).to_pyarrow()
    at, key, n = (answer[name].to_numpy() for name in ("at", "key", "n"))
    for place, chosen in enumerate(sets):
        mine = at == place
        bits = [widths[i] for i in chosen]
        below = BUCKETS // 2 << max(KEY_BITS, sum(bits))
        whole = np.zeros(2 * below)
        whole[key[mine].astype(np.int64) + below] = n[mine]
        apart = whole.reshape(BUCKETS, *(1 << width for width in bits), -1)[..., 0]
        yield _Cells(tuple(chosen), apart[(slice(None), *(slice(highest[i] + 1) for i in chosen))])


def _highest(rows: ibis.Table, factors: Sequence[Factor]) -> list[int]:
    """The highest bin of each factor that occurs (of those not `asked`: that may): a bit less is a set less."""
    most = [len(factor.levels) - 1 for factor in factors]
    asked = [i for i, factor in enumerate(factors) if factor.asked]
    if asked:
        found = rows.agg(**{f"f{i}": factors[i].code.max() for i in asked}).to_pyarrow().to_pylist()[0]
        for i in asked:
            most[i] = int(found[f"f{i}"] or 0)
    return most


def _keys(
    rows: ibis.Table, factors: Sequence[Factor], widths: Sequence[int], sets: Sequence[Sequence[int]]
) -> ibis.Table:
    """One key per set: bits of the bucket (half of the buckets below zero), then each factor's, then zeros.

    Every factor is shifted up once, as far as it goes, and down to where each set has it: shifting down cannot
    overflow, so an engine does not look whether it did. A set beyond KEY_BITS gets 32 bits, and hashed.
    """
    wide = [sum(widths[i] for i in chosen) > KEY_BITS for chosen in sets]
    bucket = (rows.bucket.cast("int16") - BUCKETS // 2).cast("int16")
    columns = {"bucket": (bucket * ibis.literal(1 << KEY_BITS, "int16")).cast("int16")}
    for i in sorted({i for chosen, large in zip(sets, wide, strict=True) if not large for i in chosen}):
        columns[f"f{i}"] = _small(factors[i].code, "int16") << ibis.literal(KEY_BITS - widths[i], "int16")
    for i in sorted({i for chosen, large in zip(sets, wide, strict=True) if large for i in chosen}):
        columns[f"w{i}"] = _small(factors[i].code, "int32")
    coded = rows.select(**columns, wide=bucket.cast("int32"))

    def key(chosen: Sequence[int], large: bool) -> ibis.Value:
        made, used = (coded["wide"], 0) if large else (coded["bucket"], 0)
        for i in chosen:
            if large:
                made = made * ibis.literal(1 << widths[i], "int32") + coded[f"w{i}"]
            else:
                made = made | (coded[f"f{i}"] >> ibis.literal(used, "int16") if used else coded[f"f{i}"])
            used += widths[i]
        return made.cast("int32" if large else "int16")

    return coded.select(**{f"k{at}": key(*of) for at, of in enumerate(zip(sets, wide, strict=True))})


def _small(code: ibis.Value, kind: str) -> ibis.Value:
    """In that many bits in the engine too: where Ibis takes a number for as small already, it writes no cast."""
    honest = isinstance(code.op(), ops.Field) or str(code.type()) in ("int32", "int64")
    return code.cast(kind) if honest else code.cast("int64").cast(kind)


def _span(starts: npt.NDArray[np.int_], i: int, size: int) -> slice:
    return slice(1 + int(starts[i]), 1 + int(starts[i]) + size)
