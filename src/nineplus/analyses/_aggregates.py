"""What analyses push to the engine: one aggregate query, a small answer. Rows never travel.

A1, the histogram cube: cells of attributes x period -> eleven counts.
A2, account moments: an inner group by account and cell, an outer group by cell (methods §0).
Everything summed is a whole number, so that order and engine cannot change a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nineplus.analyses import _periods
from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import BadFilter
from nineplus.model.result import NOT_KNOWN
from nineplus.stats.clusters import UNKNOWN_ICC, Moments, Worth, clustered_nps, icc_of
from nineplus.stats.nps import NpsArrays
from nineplus.stats.scale import BINS, DETRACTOR_TO, PROMOTER_FROM, Histogram

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

UNKNOWN = NOT_KNOWN
FEW_RESPONSES = 30.0
"""Below this effective n a number gets no rank and no colour (methods §1)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Account moments of k cells. `keys` maps attribute slugs to their k values (None: not known).

    `period` holds window numbers (`_periods`) when asked for; `score_sum` sums raw scores;
    `respondents` is a lower bound of distinct people, exact where it matters (below the privacy minimum).
    """

    keys: Mapping[str, npt.NDArray[np.object_]]
    period: npt.NDArray[np.int64] | None
    moments: Moments
    score_sum: npt.NDArray[np.float64]
    respondents: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.moments)

    def __getitem__(self, which: Any) -> Cells:
        return Cells(
            keys={slug: values[which] for slug, values in self.keys.items()},
            period=None if self.period is None else self.period[which],
            moments=self.moments[which],
            score_sum=self.score_sum[which],
            respondents=self.respondents[which],
        )

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Mean score per cell, 0..10."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.score_sum / self.moments.n

    def nps(self, *, confidence: float, method: str, icc: float = UNKNOWN_ICC) -> tuple[NpsArrays, Worth]:
        return clustered_nps(self.moments, icc=icc, confidence=confidence, method=method)


def attributes_of(data: Dataset, by: str | None) -> list[Attribute]:
    """`by` is one slug or several, separated by commas. Raises BadFilter for an unknown one."""
    slugs = [slug.strip() for slug in (by or "").split(",") if slug.strip()]
    return [data.attribute(slug) for slug in dict.fromkeys(slugs)]


def answers(data: Dataset) -> ibis.Table:
    """The responses that carry a score."""
    return data.responses.filter(data.responses.score.notnull())


def cube(
    data: Dataset, *, by: Sequence[Attribute] = (), period: str | None = None, clusters: str = "accounts"
) -> Cells:
    """How many answers of whom, in every cell of attributes x calendar window?

    One query. `clusters="accounts"` groups by account first, so that every cell's interval knows accounts.
    `"buckets"` groups by the jackknife's buckets of accounts instead: as honest, a little wider (at most 63
    degrees of freedom), and several times faster where accounts x cells are millions. `"none"` takes every
    answer as independent and costs one plain scan. No row comes back for an empty cell;
    without `by` and `period` there is one cell, or none when there are no answers.
    """
    if clusters not in _CLUSTER:
        raise BadFilter(f"Clusters are {' or '.join(_CLUSTER)}, not {clusters!r}.")
    inner, rows, keys = by_account(data, by=by, period=period, clusters=clusters)
    table = (inner if clusters == "none" else across_accounts(inner, keys)).to_pyarrow()
    return counted(cells_of(table, by=by, period=period, independent=clusters == "none"), rows, keys, table)


def cube_and_total(
    data: Dataset, *, by: Sequence[Attribute] = (), period: str | None = None, clusters: str
) -> tuple[Cells, Cells]:
    """`cube` and `total` of the same answers: from one scan where clusters are buckets, whose cells are few."""
    import ibis

    if clusters != "buckets":
        cells = cube(data, by=by, period=period, clusters=clusters)
        whole = added_up(cells) if clusters == "none" else None
        return cells, total(data, clusters=clusters) if whole is None or _doubtful(whole) else whole
    inner, rows, keys = by_account(data, by=by, period=period, clusters=clusters)
    few = ibis.memtable(inner.to_pyarrow())
    table = across_accounts(few, keys).to_pyarrow()
    cells = counted(cells_of(table, by=by, period=period), rows, keys, table)
    buckets = few.group_by("bucket").agg(**{name: few[name].sum().cast("int64") for name in "WPDS"})
    return cells, cells_of(across_accounts(buckets, []).to_pyarrow())


def counted(cells: Cells, rows: ibis.Table, keys: Sequence[str], table: pa.Table) -> Cells:
    """With people counted one by one, where accounts leave open whether they are enough."""
    return replace(cells, respondents=people(rows, keys, table)) if _doubtful(cells) else cells


def _doubtful(cells: Cells) -> bool:
    return bool(((cells.respondents < PRIVACY_MINIMUM) & (cells.moments.n >= PRIVACY_MINIMUM)).any())


MANY_ANSWERS = 2_000_000
"""Above these, account x cell groups outgrow the processor's caches: the 64 buckets of accounts serve as well."""


def affordable(data: Dataset, *, cells: int = 1) -> str:
    """How clusters are best counted in these data: `accounts`, or `buckets` where answers are millions.

    `cells` is how many numbers are asked of every account.
    """
    known, many = data.snapshot.rows if data.snapshot else 0, MANY_ANSWERS // cells
    if known and known <= many:
        return "accounts"
    return "buckets" if data.responses.count().to_pyarrow().as_py() > many else "accounts"


_BITS = 32
_CLUSTER = {"accounts": ["cluster"], "buckets": ["bucket"], "none": []}


def by_account(
    data: Dataset, *, by: Sequence[Attribute] = (), period: str | None = None, clusters: str = "accounts"
) -> tuple[ibis.Table, ibis.Table, list[str]]:
    """The inner group (account x cell: answers W, promoters P, detractors D, score sum S), its rows, its keys."""
    import ibis

    rows, keys = _keyed(data, by, period)
    seen = {}
    if clusters == "none":  # no account is counted: the buckets met, as bits, are as few people as there can be
        seen = {"B": (ibis.literal(1, "int64") << (rows.bucket % _BITS).cast("int64")).bit_or()}
    return rows.aggregate(by=[*_CLUSTER[clusters], *keys], **_sums(rows), **seen), rows, keys


def _keyed(data: Dataset, by: Sequence[Attribute], period: str | None) -> tuple[ibis.Table, list[str]]:
    """Responses with the cell they fall into, under names that no attribute can have."""
    rows = answers(data)
    named = {f"_k{i}": rows[attribute.column] for i, attribute in enumerate(by)}
    if period:
        named["_t"] = _periods.column(rows, period)
    return rows.mutate(**named), list(named)


def _sums(rows: ibis.Table) -> dict[str, ibis.Value]:
    """64-bit sums: DuckDB's own sum of integers is 128 bits wide, and slow to multiply."""
    return {
        "W": rows.count(),
        "P": rows.count(where=rows.score >= PROMOTER_FROM),
        "D": rows.count(where=rows.score <= DETRACTOR_TO),
        "S": rows.score.sum().cast("int64"),
    }


def across_accounts(inner: ibis.Table, keys: Sequence[str], **more: ibis.Value) -> ibis.Table:
    """The outer group: moments of accounts per cell, and whatever `more` asks of the same rows."""
    Z = inner.P - inner.D
    return inner.aggregate(
        by=keys,
        G=inner.count(),
        W=inner.W.sum(),
        P=inner.P.sum(),
        D=inner.D.sum(),
        S=inner.S.sum(),
        WW=(inner.W * inner.W).sum(),
        WZ=(inner.W * Z).sum(),
        ZZ=(Z * Z).sum(),
        **more,
    )


def cells_of(
    table: pa.Table, *, by: Sequence[Attribute] = (), period: str | None = None, independent: bool = False
) -> Cells:
    """The engine's answer as cells, in its order."""
    table = table.filter(numbers(table, "W") > 0)  # a grand total of nothing is a row of engines, not an answer
    n, P, D = (numbers(table, name) for name in "WPD")
    if independent:
        moments = Moments.independent(detractors=D, passives=n - P - D, promoters=P)
        respondents = np.bitwise_count(table["B"].to_numpy()).astype(float)
    else:
        moments = Moments(
            n=n,
            G=numbers(table, "G"),
            SW=n,
            SW2=numbers(table, "WW"),
            SZ=P - D,
            SWZ=numbers(table, "WZ"),
            SZ2=numbers(table, "ZZ"),
            promoters=P,
            detractors=D,
        )
        respondents = moments.G
    return Cells(
        keys={attribute.slug: texts(table, f"_k{i}") for i, attribute in enumerate(by)},
        period=period_numbers(table, "_t", period) if period else None,
        moments=moments,
        score_sum=numbers(table, "S"),
        respondents=respondents,
    )


def people(rows: ibis.Table, keys: Sequence[str], table: pa.Table) -> npt.NDArray[np.float64]:
    """Distinct contacts per cell (an answer without a contact is a person of its own), in the order of `table`."""
    counted = rows.aggregate(
        by=keys,
        people=rows.contact.nunique() + rows.contact.isnull().sum().fill_null(0),
    )
    found = counted.to_pyarrow().to_pylist()
    people = {tuple(row[key] for key in keys): float(row["people"]) for row in found}
    return np.array([people[tuple(row[key] for key in keys)] for row in table.select(keys).to_pylist()])


def total(data: Dataset, *, clusters: str = "accounts") -> Cells:
    """All answers as one cell (no cell when there are none)."""
    return cube(data, clusters=clusters)


def added_up(cells: Cells) -> Cells:
    """All cells as one, where every answer is independent: counts add, and no second scan is needed."""
    if not len(cells):
        return cells
    m = cells.moments
    n, P, D = (np.array([part.sum()]) for part in (m.n, m.promoters, m.detractors))
    together = Moments.independent(detractors=D, passives=n - P - D, promoters=P)
    # One person may stand in every cell: together they are at least as many as in the fullest.
    return Cells({}, None, together, np.array([cells.score_sum.sum()]), np.array([cells.respondents.max()]))


def parent_icc(whole: Cells) -> float:
    """The likeness within accounts that cells borrow where they cannot measure their own."""
    return icc_of(whole.moments) if len(whole) else UNKNOWN_ICC


def histogram_of_accounts(data: Dataset, *, clusters: str) -> tuple[Histogram, Moments, float]:
    """How often was each score given, and by how many accounts? One query, no row per account.

    Also account moments of the eleven indicators "this score was given" (shape (11,), for `clustered_shares`),
    and the likeness of whole accounts' NPS, for scores that nobody gave. `clusters` is accounts or buckets.
    """
    if clusters == "buckets":
        return _histogram_of_buckets(data)
    rows = answers(data)
    hits = {f"H{score}": rows.count(where=rows.score == score) for score in range(BINS)}
    inner = rows.aggregate(by=_CLUSTER["accounts"], **_sums(rows), **hits)
    shared = {f"W{name}": (inner.W * inner[name]).sum() for name in hits}
    square = {f"{name}{name}": (inner[name] * inner[name]).sum() for name in hits}
    table = across_accounts(inner, [], **{name: inner[name].sum() for name in hits}, **shared, **square).to_pyarrow()
    whole = cells_of(table)
    H, WH, HH = (
        np.array([numbers(table, form.format(f"H{score}"))[0] for score in range(BINS)])
        for form in ("{0}", "W{0}", "{0}{0}")
    )
    n, G, SW2 = (np.full(BINS, numbers(table, name)[0]) for name in ("W", "G", "WW"))
    moments = Moments(
        n=n, G=G, SW=n, SW2=SW2, SZ=H, SWZ=WH, SZ2=HH, promoters=H, detractors=np.zeros(BINS)
    )  # fmt: skip
    return Histogram(tuple(int(count) for count in H)), moments, parent_icc(whole)


def _histogram_of_buckets(data: Dataset) -> tuple[Histogram, Moments, float]:
    """The same from 64 buckets: one plain scan, and 64 times eleven counts come back."""
    rows = answers(data)
    table = rows.group_by("bucket", "score").agg(W=rows.count()).to_pyarrow()
    _, place = np.unique(table["bucket"].to_numpy(), return_inverse=True)
    counts = np.zeros((place.max(initial=-1) + 1, BINS))
    counts[place, table["score"].to_numpy()] = table["W"].to_numpy()
    W, H = counts.sum(axis=1), counts.sum(axis=0)
    n, G, SW2 = (np.full(BINS, float(part)) for part in (H.sum(), len(W), (W * W).sum()))
    hits = Moments(
        n=n, G=G, SW=n, SW2=SW2, SZ=H, SWZ=W @ counts, SZ2=(counts * counts).sum(axis=0),
        promoters=H, detractors=np.zeros(BINS),
    )  # fmt: skip
    P, D = counts[:, PROMOTER_FROM:].sum(axis=1), counts[:, : DETRACTOR_TO + 1].sum(axis=1)
    Z = P - D
    whole = Moments.of(
        n=n[:1], G=G[:1], SW=n[:1], SW2=SW2[:1], SZ=[Z.sum()], SWZ=[W @ Z], SZ2=[Z @ Z],
        promoters=[P.sum()], detractors=[D.sum()],
    )  # fmt: skip
    return Histogram(tuple(int(count) for count in H)), hits, icc_of(whole)


def numbers(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """A column of sums as floats (exact up to 2^53); null counts as 0."""
    return table[name].combine_chunks().cast("float64").fill_null(0).to_numpy(zero_copy_only=False)


def texts(table: pa.Table, name: str) -> npt.NDArray[np.object_]:
    """A column of attribute values; None where not known."""
    return np.array(table[name].to_pylist(), dtype=object)


def period_numbers(table: pa.Table, name: str, window: str) -> npt.NDArray[np.int64]:
    """A column of windows as numbers."""
    if window != "month":
        return table[name].combine_chunks().cast("int64").to_numpy(zero_copy_only=False)
    days = table[name].combine_chunks().cast("int32").to_numpy(zero_copy_only=False)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months + _periods.index("month", date(1970, 1, 1))
