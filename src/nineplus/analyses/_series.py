"""A2 over calendar windows: every window, and the accounts that answered in two of them. One query.

A contact counts once per window, with the latest answer; answers without a contact all count. From the sums
over accounts of products for every pair of windows, windows can be merged and compared exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nineplus.analyses import _periods
from nineplus.analyses._aggregates import answers, numbers, period_numbers, texts
from nineplus.analyses._words import label
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.stats.clusters import Moments
from nineplus.stats.compare import account_covariance
from nineplus.stats.scale import DETRACTOR_TO, HIGHEST, PROMOTER_FROM

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

Array = npt.NDArray[np.float64]

_SLOTS = 16
"""Room for a score in the low digits of an instant: one 64-bit maximum finds the latest answer and its score."""


@dataclass(frozen=True, slots=True)
class Series:
    """T groups of windows in time order. `first`, `last` number the windows of a group (`_periods`).

    `n`, `P`, `D`, `S`, `raw` are answers, promoters, detractors, score sums, answers before contacts were counted
    once: (T,). `G`, `WW`, `WZ`, `ZZ` are sums over accounts that stand in both t and u: (T, T), `WZ[t, u]` of
    W_t Z_u. `G` of merged windows is a lower bound, which can only widen an interval. `newest` is the day of
    the last answer, `oldest` that of the first.
    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    n: Array
    P: Array
    D: Array
    S: Array
    raw: Array
    G: Array
    WW: Array
    WZ: Array
    ZZ: Array
    newest: date
    oldest: date

    def __len__(self) -> int:
        return len(self.n)

    @property
    def moments(self) -> Moments:
        return Moments(
            n=self.n,
            G=np.diag(self.G),
            SW=self.n,
            SW2=np.diag(self.WW),
            SZ=self.P - self.D,
            SWZ=np.diag(self.WZ),
            SZ2=np.diag(self.ZZ),
            promoters=self.P,
            detractors=self.D,
        )

    @property
    def mean(self) -> Array:
        return self.S / self.n

    @property
    def gap_before(self) -> npt.NDArray[np.bool_]:
        """Is there a window without answers right before this group?"""
        return np.concatenate([[False], self.first[1:] > self.last[:-1] + 1])

    def merged(self, groups: Sequence[Sequence[int]]) -> Series:
        """The same answers in coarser groups: each a list of neighbouring indices, in order; others are left out."""
        M = np.zeros((len(groups), len(self)))
        for row, members in enumerate(groups):
            M[row, list(members)] = 1.0
        return Series(
            first=np.array([self.first[members[0]] for members in groups], dtype=np.int64),
            last=np.array([self.last[members[-1]] for members in groups], dtype=np.int64),
            n=M @ self.n,
            P=M @ self.P,
            D=M @ self.D,
            S=M @ self.S,
            raw=M @ self.raw,
            G=self._accounts(groups, M),
            WW=M @ self.WW @ M.T,
            WZ=M @ self.WZ @ M.T,
            ZZ=M @ self.ZZ @ M.T,
            newest=self.newest,
            oldest=self.oldest,
        )

    def _accounts(self, groups: Sequence[Sequence[int]], M: Array) -> Array:
        """Accounts in unions of windows are known exactly for one or two, else at least (Bonferroni)."""
        found = np.minimum(M @ self.G @ M.T, self.G.sum())
        for row, members in enumerate(groups):
            inside = self.G[np.ix_(list(members), list(members))]
            own = np.diag(inside)
            found[row, row] = max(own.max(), own.sum() - np.triu(inside, 1).sum())
        return found

    def covariance(self, t: int, u: int) -> float:
        """Covariance of the NPS of two groups through accounts in both (scale -1..1)."""
        e = (self.P - self.D) / self.n
        together = self.G[t, t] + self.G[u, u] - self.G[t, u]
        return float(
            account_covariance(
                G=max(together, self.G[t, t], self.G[u, u]),
                SW_first=self.n[t],
                SW_second=self.n[u],
                e_first=e[t],
                e_second=e[u],
                SWW=self.WW[t, u],
                SWZ=self.WZ[t, u],
                SZW=self.WZ[u, t],
                SZZ=self.ZZ[t, u],
            )
        )


def latest(data: Dataset, *, window: str, by: Sequence[Attribute] = ()) -> ibis.Table:
    """One row per contact and window: `_t`, `cluster`, `bucket`, `score`, `raw` (answers behind it), `_k0`, `_k1` ….

    Of two answers at the very same instant the lower score counts, whatever order the engine reads them in.
    """
    import ibis

    rows = answers(data)
    rows = rows.mutate(
        _t=_periods.column(rows, window),
        _who=ibis.ifelse(rows.contact.isnull(), rows.response, rows.contact).hash(),
        _when=_periods.microseconds(rows.answered_at) * _SLOTS + (HIGHEST - rows.score.cast("int64")),
        **{f"_k{i}": rows[attribute.column].fill_null("") for i, attribute in enumerate(by)},
    )
    keys = [f"_k{i}" for i in range(len(by))]
    people = rows.aggregate(
        by=["_t", "_who"],
        _last=rows._when.max(),
        _first=rows._when.min(),
        cluster=rows.cluster.argmax(rows._when),
        bucket=rows.bucket.argmax(rows._when),
        raw=rows.count(),
        **{key: rows[key].argmax(rows._when) for key in keys},
    )
    return people.select(
        "_t",
        "cluster",
        "bucket",
        "raw",
        "_first",
        "_last",
        *keys,
        score=HIGHEST - (people._last % _SLOTS + _SLOTS) % _SLOTS,
    )


def series(data: Dataset, *, window: str) -> Series:
    """All windows that have answers, one group each."""
    rows = latest(data, window=window)
    inner = rows.aggregate(
        by=["_t", "cluster"],
        W=rows.count(),
        P=rows.count(where=rows.score >= PROMOTER_FROM),
        D=rows.count(where=rows.score <= DETRACTOR_TO),
        S=rows.score.sum().cast("int64"),
        raw=rows.raw.sum().cast("int64"),
        newest=rows._last.max(),
        oldest=rows._first.min(),
    )
    inner = inner.mutate(Z=inner.P - inner.D)
    other = inner.view().select("cluster", u="_t", V="W", Y="Z")
    pairs = inner.join(other, "cluster")
    pairs = pairs.filter(pairs._t <= pairs.u)
    table = pairs.aggregate(
        by=["_t", "u"],
        G=pairs.count(),
        WW=(pairs.W * pairs.V).sum(),
        WZ=(pairs.W * pairs.Y).sum(),
        ZW=(pairs.Z * pairs.V).sum(),
        ZZ=(pairs.Z * pairs.Y).sum(),
        **{name: pairs[name].sum() for name in ("W", "P", "D", "S", "raw")},
        newest=pairs.newest.max(),
        oldest=pairs.oldest.min(),
    ).to_pyarrow()
    t, u = (period_numbers(table, name, window) for name in ("_t", "u"))
    windows = np.unique(t)
    rows_, columns = np.searchsorted(windows, t), np.searchsorted(windows, u)
    own = t == u
    vector = {
        name: _vector(rows_[own], numbers(table, name)[own], len(windows)) for name in ("W", "P", "D", "S", "raw")
    }
    square = {
        name: _square(rows_, columns, numbers(table, name), numbers(table, mirrored), len(windows))
        for name, mirrored in (("G", "G"), ("WW", "WW"), ("WZ", "ZW"), ("ZZ", "ZZ"))
    }
    return Series(
        first=windows, last=windows, n=vector["W"], P=vector["P"], D=vector["D"], S=vector["S"], raw=vector["raw"],
        **square, newest=_day(max(_when(table, "newest"), default=0)),
        oldest=_day(min(_when(table, "oldest"), default=0)),
    )  # fmt: skip


def _when(table: pa.Table, name: str) -> list[int]:
    return [value for value in table[name].to_pylist() if value is not None]


def _day(when: int) -> date:
    return date(1970, 1, 1) + timedelta(microseconds=when // _SLOTS)


def _vector(index: npt.NDArray[np.int64], values: Array, size: int) -> Array:
    found = np.zeros(size)
    found[index] = values
    return found


def _square(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], upper: Array, lower: Array, size: int
) -> Array:
    found = np.zeros((size, size))
    found[columns, rows] = lower
    found[rows, columns] = upper
    return found


@dataclass(frozen=True, slots=True)
class TwoSpans:
    """Answers of two spans of windows by jackknife bucket and value: `n`, `e` (sum of y) are (buckets, 2, values)."""

    values: list[str]
    n: Array
    e: Array


def two_spans(
    data: Dataset, *, by: Sequence[Attribute], window: str, spans: tuple[tuple[int, int], tuple[int, int]]
) -> TwoSpans:
    """How many answered what in two spans (first and last window number each), value by value and bucket by bucket?"""
    rows = latest(data, window=window, by=by)
    keys = [f"_k{i}" for i in range(len(by))]
    table = rows.aggregate(
        by=["_t", "bucket", *keys],
        W=rows.count(),
        P=rows.count(where=rows.score >= PROMOTER_FROM),
        D=rows.count(where=rows.score <= DETRACTOR_TO),
    ).to_pyarrow()
    t = period_numbers(table, "_t", window)
    names = np.array(
        [" · ".join(label(part) for part in key) for key in zip(*(texts(table, key) for key in keys), strict=True)]
    )
    chosen = np.full(len(t), -1)
    for side, (first, last) in enumerate(spans):
        chosen[(t >= first) & (t <= last)] = side
    inside = chosen >= 0
    values, value = np.unique(names[inside], return_inverse=True)
    buckets, bucket = np.unique(numbers(table, "bucket")[inside], return_inverse=True)
    shape = (len(buckets), 2, len(values))
    n, e = np.zeros(shape), np.zeros(shape)
    where = (bucket, chosen[inside], value)
    np.add.at(n, where, numbers(table, "W")[inside])
    np.add.at(e, where, (numbers(table, "P") - numbers(table, "D"))[inside])
    return TwoSpans(values.tolist(), n, e)
