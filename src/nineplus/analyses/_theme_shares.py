"""Of the answers whose comment says something: what share speaks of a theme, group by group, and is a share other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nineplus.analyses._themes import Counts, coded, said, worded
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Estimate
from nineplus.stats.jackknife import effective_buckets, jackknife
from nineplus.stats.multiplicity import benjamini_hochberg
from nineplus.stats.quantiles import reach
from nineplus.stats.shares import clustered_share

if TYPE_CHECKING:
    from ibis.expr import types as ir

Array = npt.NDArray[np.float64]

ANY, POSITIVE, NEGATIVE = range(3)
"""What is counted of a theme in a group: answers that speak of it, those that do well, those that do badly."""
EXPECTED = 3.0
"""Mentions expected on both sides below which a share is not compared: nothing is known of chance."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """`hits` (T, g, BUCKETS, 3): answers that speak of a theme, well, badly; `people` (T, g) who do.

    `sizes` (g, BUCKETS): answers whose comment says something; `of_people` (g). `keys` are the g groups.
    """

    keys: tuple[Any, ...]
    hits: Array
    people: Array
    sizes: Array
    of_people: Array


def spoken(data: Dataset, counted: Counts, *, level: str, group: ir.Value) -> Spoken:
    """Counts by theme, group and bucket: two queries. `group` is a column of `data.responses`; null is a group."""
    words = worded(data, group=group)
    sizes = words.group_by("group", "bucket").agg(n=words.count(), people=words.person.nunique())
    rows = coded(said(data, level=level, group=group), counted)
    hits = rows.group_by("code", "group", "bucket").agg(
        n=rows.count(), p=rows.positive.sum(), m=rows.negative.sum(), people=rows.person.nunique()
    )
    by_size, by_hit = sizes.to_pyarrow().to_pylist(), hits.to_pyarrow().to_pylist()
    keys = sorted({row["group"] for row in by_size}, key=lambda key: (key is None, key))
    place = {key: i for i, key in enumerate(keys)}
    found = Spoken(
        tuple(keys),
        np.zeros((len(counted), len(keys), BUCKETS, 3)),
        np.zeros((len(counted), len(keys))),
        np.zeros((len(keys), BUCKETS)),
        np.zeros(len(keys)),
    )
    for row in by_size:
        found.sizes[place[row["group"]], row["bucket"]] = row["n"]
        found.of_people[place[row["group"]]] += row["people"]
    for row in by_hit:
        if row["code"] >= 0 and row["group"] in place:
            at = row["code"], place[row["group"]]
            found.hits[(*at, row["bucket"])] = row["n"], row["p"], row["m"]
            found.people[at] += row["people"]  # nobody is in two buckets
    return found


def share(hits: Array, sizes: Array, *, confidence: float) -> Estimate:
    """Per cent of the answers in `sizes` (BUCKETS), of which `hits` (BUCKETS)."""
    if sizes.sum() <= 0:
        return Estimate(None, None, None, 0, 0, confidence, "wilson", "percent")
    found = clustered_share(hits=hits, sizes=sizes, confidence=confidence)
    ends = [None if end is None else 100 * end for end in (found.low, found.high)]
    return Estimate(100 * found.value, *ends, found.n, found.n_eff, confidence, "wilson", "percent")


class Away(NamedTuple):
    """k differences of shares in per cent, their standard errors, and degrees of freedom."""

    value: Array
    error: Array
    df: float

    def p_values(self) -> Array:
        from scipy.special import stdtr  # every start finds this module; few need it

        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.error > 0, np.abs(self.value) / self.error, 0.0)
        return 2 * stdtr(max(self.df, 1e-9), -ratio)  # type: ignore[no-any-return]

    def estimate(self, j: int, n: float, confidence: float) -> Estimate:
        half = float(reach(confidence, self.df) * self.error[j])
        value = float(self.value[j]) + 0.0
        return Estimate(
            value, max(value - half, -100.0), min(value + half, 100.0), n, n, confidence, "jackknife", "percent"
        )


def against(hits: Array, sizes: Array, others: Array, others_sizes: Array) -> Away:
    """k shares less those of the others, in per cent: `hits` and `others` (k, BUCKETS), sizes (BUCKETS).

    Accounts on both sides are left out of both at once, so what they share is accounted for. The error is at least
    that of independent answers of one and the same share: where nobody speaks of a theme, chance is not nil.
    """
    k = len(hits)
    sums = np.concatenate([sizes[:, None], others_sizes[:, None], hits.T, others.T], axis=1)

    def statistic(total: Array) -> Array:
        own, other = np.maximum(total[:, :1], 1), np.maximum(total[:, 1:2], 1)
        return 100 * (total[:, 2 : 2 + k] / own - total[:, 2 + k :] / other)

    found = jackknife(statistic, sums=sums, sizes=sizes + others_sizes)
    n, m = sizes.sum(), others_sizes.sum()
    rate = (hits.sum(axis=1) + others.sum(axis=1)) / max(n + m, 1)
    least = 100 * np.sqrt(rate * (1 - rate) * (1 / max(n, 1) + 1 / max(m, 1)))
    df = min(effective_buckets(sizes), effective_buckets(others_sizes)) - 1
    return Away(found.value, np.fmax(found.error, least), df)


def comparable(hits: Array, sizes: float, others: Array, others_sizes: float) -> npt.NDArray[np.bool_]:
    """Are enough mentions expected on both sides? `hits` and `others` (k,)."""
    rate = (hits + others) / max(sizes + others_sizes, 1)
    least = min(sizes, others_sizes)
    return (rate * least >= EXPECTED) & ((1 - rate) * least >= EXPECTED)


TONES_OF_SHARES = ("any", "positive", "negative")


@dataclass(frozen=True, slots=True)
class Cell:
    """One theme in one group, against all other groups. `residual` is adjusted (Haberman), as if answers were
    independent; `p` is adjusted for all cells, None where chance cannot be told."""

    theme: int
    group: int
    share: Estimate
    negative: Estimate
    difference: Estimate
    mentions: int
    residual: float
    p: float | None
    apart: bool

    @property
    def order(self) -> tuple[bool, float]:
        """Told apart first, then by size."""
        return not self.apart, -abs(self.difference.value or 0.0)


def compared(
    found: Spoken, themes: Sequence[int], *, tone: str, shown: Sequence[int], q: float, confidence: float
) -> list[Cell]:
    """Every theme in every shown group against all other groups, false alarms controlled over all cells."""
    place = TONES_OF_SHARES.index(tone)
    hits, sizes = found.hits[..., place], found.sizes
    whole, everyone = hits.sum(axis=1), sizes.sum(axis=0)
    p = np.full((len(themes), len(shown)), np.nan)
    made: list[tuple[int, int, Away]] = []
    for g, group in enumerate(shown):
        own, rest = hits[list(themes), group], (whole - hits[:, group])[list(themes)]
        away = against(own, sizes[group], rest, everyone - sizes[group])
        enough = comparable(own.sum(axis=1), sizes[group].sum(), rest.sum(axis=1), (everyone - sizes[group]).sum())
        p[:, g] = np.where(enough, away.p_values(), np.nan)
        made += [(t, g, away) for t in range(len(themes))]
    adjusted = benjamini_hochberg(p.ravel()).reshape(p.shape)
    cells = []
    for t, g, away in made:
        theme, group = themes[t], shown[g]
        n = float(sizes[group].sum())
        apart_by = away.estimate(t, n, confidence)
        known = not np.isnan(adjusted[t, g])
        cells.append(
            Cell(
                theme=theme,
                group=group,
                share=share(hits[theme, group], sizes[group], confidence=confidence),
                negative=share(found.hits[theme, group, :, NEGATIVE], sizes[group], confidence=confidence),
                difference=apart_by,
                mentions=int(hits[theme, group].sum()),
                residual=_residual(hits[theme, group].sum(), whole[theme].sum(), n, everyone.sum()),
                p=float(adjusted[t, g]) if known else None,
                apart=bool(known and adjusted[t, g] <= q and apart_by.excludes_zero),
            )
        )
    return sorted(cells, key=lambda cell: cell.order)


def _residual(both: float, theme: float, group: float, n: float) -> float:
    """(observed - expected) / its standard error under independence. Source: Haberman 1973."""
    expected = theme * group / n
    variance = expected * (1 - theme / n) * (1 - group / n)
    return float((both - expected) / np.sqrt(variance)) if variance > 0 else 0.0
