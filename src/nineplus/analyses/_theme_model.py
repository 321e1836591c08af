"""From pairs of themes to the sums that the regression on themes needs (stats.themes), bucket by bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._themes import TONES, Counts, Totals, coded, said
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.stats.scale import POINTS
from nineplus.stats.themes import Impacts, theme_impacts

if TYPE_CHECKING:
    pass

Array = npt.NDArray[np.float64]

OTHERS = ""
"""Stands for the themes that too few people speak of in that tone, together."""
NO_COMMENT, UNREAD = "no comment", "not read"


@dataclass(frozen=True, slots=True)
class Columns:
    """k columns: `(theme, tone)`, or one of NO_COMMENT and UNREAD with no tone; and their sums (BUCKETS, k+2, k+2)."""

    names: tuple[tuple[str, str], ...]
    sums: Array

    def of(self, theme: str) -> list[int]:
        return [i for i, (name, _) in enumerate(self.names) if name == theme]

    def impacts(self) -> Impacts:
        return theme_impacts(self.sums, columns=[f"{theme} {tone}".strip() for theme, tone in self.names])


def columns(data: Dataset, counted: Counts, whole: Totals, *, level: str) -> Columns:
    """Every theme in every tone in which enough people speak of it, the rest of each tone together, and silence.

    Answers with words and no theme are what all others are compared with.
    """
    pairs = _pairs(data, counted, level=level)
    names, turn = merged(counted)
    k = len(names)
    moments = np.zeros((BUCKETS, k + 2, k + 2))
    moments[:, 1 : k + 1, 1 : k + 1] = turn.T @ pairs.both @ turn
    moments[:, 0, 1 : k + 1] = moments[:, 1 : k + 1, 0] = pairs.n @ turn
    moments[:, -1, 1 : k + 1] = moments[:, 1 : k + 1, -1] = pairs.y @ turn
    moments[:, 0, 0] = whole.everything[:, 0]
    moments[:, 0, -1] = moments[:, -1, 0] = whole.everything[:, 1]
    moments[:, -1, -1] = whole.everything[:, 2]
    found = Columns(tuple(names), moments)
    for name, sums in ((NO_COMMENT, whole.wordless), (UNREAD, whole.unread)):
        if sums[:, 0].sum() > 0:
            found = _beside(found, name, sums)
    return found


def _beside(found: Columns, name: str, sums: Array) -> Columns:
    """A further column of answers that speak of nothing."""
    wider = np.insert(np.insert(found.sums, -1, 0.0, axis=1), -1, 0.0, axis=2)
    wider[:, 0, -2] = wider[:, -2, 0] = wider[:, -2, -2] = sums[:, 0]
    wider[:, -1, -2] = wider[:, -2, -1] = sums[:, 1]
    return Columns((*found.names, (name, "")), wider)


def merged(counted: Counts) -> tuple[list[tuple[str, str]], Array]:
    """The columns that are kept, and how they are summed from all themes in all tones (3 T, k).

    Of those that too few speak of, the mentions of each tone are summed: the column counts them. A sum that is itself
    of too few is left out: those answers are as if they had no theme.
    """
    enough = counted.people_by_tone >= PRIVACY_MINIMUM
    names = [(counted.themes[i], TONES[s]) for i, s in np.argwhere(enough)]
    turn = np.zeros((3 * len(counted), len(names) + len(TONES)))
    for j, (i, s) in enumerate(np.argwhere(enough)):
        turn[3 * i + s, j] = 1
    for s, tone in enumerate(TONES):
        few = np.flatnonzero(~enough[:, s] & (counted.by_tone[:, s] > 0))
        if counted.people_by_tone[few, s].sum() >= PRIVACY_MINIMUM and len(few) > 1:
            turn[3 * few + s, len(names)] = 1
            names.append((OTHERS, tone))
    return names, turn[:, : len(names)]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Of all themes in all tones (3 T): answers with both, answers, and their NPS points, by bucket."""

    both: Array
    n: Array
    y: Array


def _pairs(data: Dataset, counted: Counts, *, level: str) -> _Pairs:
    """Which themes meet in one answer? A join of mentions with themselves: what never meets costs nothing."""
    size = len(TONES) * len(counted)
    both, y = np.zeros((BUCKETS, size, size)), np.zeros((BUCKETS, size))
    if not size:
        return _Pairs(both, y, y)
    rows = coded(said(data, level=level), counted)
    left = rows.select("response", "bucket", "y", a="code", ap="positive", am="negative", an="neither")
    right = rows.select("response", b="code", bp="positive", bm="negative", bn="neither")
    met = left.inner_join(right, [left.response == right.response, left.a <= right.b])
    tones = {f"{s}{t}": met.count(where=met[f"a{s}"] & met[f"b{t}"]) for s in "pmn" for t in "pmn"}
    sums = {f"y{s}": met.y.sum(where=met[f"a{s}"]) for s in "pmn"}
    table = met.group_by("bucket", "a", "b").agg(**tones, **sums).to_pyarrow()
    bucket, a, b = (table[name].to_numpy().astype(int) for name in ("bucket", "a", "b"))
    for s, first in enumerate("pmn"):
        alone = a == b
        given = np.nan_to_num(table[f"y{first}"].combine_chunks().cast("float64").to_numpy(zero_copy_only=False))
        y[bucket[alone], 3 * a[alone] + s] = POINTS * given[alone]
        for t, second in enumerate("pmn"):
            n = table[first + second].to_numpy()
            both[bucket, 3 * a + s, 3 * b + t] = n
            both[bucket, 3 * b + t, 3 * a + s] = n
    return _Pairs(both, np.diagonal(both, axis1=1, axis2=2), y)
