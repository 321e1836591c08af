"""A2 by group with its complement: every group, all others, and the accounts that stand on both sides. One query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nineplus.analyses._aggregates import Cells, across_accounts, by_account, cells_of, counted, numbers
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.stats.clusters import Moments, Worth
from nineplus.stats.compare import account_covariance, correlation

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Split:
    """k groups, the rest of each, and sums over accounts of products of both (`WW`, `WZ`, `ZW`, `ZZ`, each (k,))."""

    groups: Cells
    rest: Moments
    whole: Moments
    shared: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.groups)

    def correlation(self, groups: Worth, rest: Worth) -> Array:
        """r between each group's NPS and that of its rest."""
        covariance = account_covariance(
            G=self.whole.G[0],
            SW_first=self.groups.moments.SW,
            SW_second=self.rest.SW,
            e_first=groups.p - groups.d,
            e_second=rest.p - rest.d,
            SWW=self.shared["WW"],
            SWZ=self.shared["WZ"],
            SZW=self.shared["ZW"],
            SZZ=self.shared["ZZ"],
        )
        return correlation(covariance=covariance, variance_first=groups.variance, variance_second=rest.variance)


def split(data: Dataset, *, by: Sequence[Attribute]) -> Split:
    """Cut the answers into groups by one attribute or several crossed.

    The account's totals ride along as a window over the inner group, so that a group's rest needs no second scan:
    sum (W_T - W_k)² = SW2_T - 2 sum W_k W_T + SW2_k, and the whole is the sum over groups of sum W_k W_T.
    """
    inner, rows, keys = by_account(data, by=by)
    inner = inner.mutate(Z=inner.P - inner.D)
    inner = inner.mutate(
        WT=inner.W.sum().over(group_by="cluster").cast("int64"),
        ZT=inner.Z.sum().over(group_by="cluster").cast("int64"),
        groups=inner.count().over(group_by="cluster"),
    )
    table = across_accounts(
        inner,
        keys,
        WWT=(inner.W * inner.WT).sum(),
        WZT=(inner.W * inner.ZT).sum(),
        ZWT=(inner.Z * inner.WT).sum(),
        ZZT=(inner.Z * inner.ZT).sum(),
        only=(inner.groups == 1).sum(),
        part=(1.0 / inner.groups).sum(),
    ).to_pyarrow()
    cells = cells_of(table, by=by)
    m = cells.moments
    WWT, WZT, ZWT, ZZT, only, part = (numbers(table, name) for name in ("WWT", "WZT", "ZWT", "ZZT", "only", "part"))
    sums = {
        "n": m.n, "SW": m.SW, "SZ": m.SZ, "promoters": m.promoters, "detractors": m.detractors,
        "SW2": WWT, "SWZ": WZT, "SZ2": ZZT, "G": part,
    }  # fmt: skip
    whole = Moments.of(**{name: [np.round(values.sum())] for name, values in sums.items()})
    rest = Moments(
        n=whole.n - m.n,
        G=whole.G - only,
        SW=whole.SW - m.SW,
        SW2=whole.SW2 - 2 * WWT + m.SW2,
        SZ=whole.SZ - m.SZ,
        SWZ=whole.SWZ - WZT - ZWT + m.SWZ,
        SZ2=whole.SZ2 - 2 * ZZT + m.SZ2,
        promoters=whole.promoters - m.promoters,
        detractors=whole.detractors - m.detractors,
    )
    shared = {"WW": WWT - m.SW2, "WZ": WZT - m.SWZ, "ZW": ZWT - m.SWZ, "ZZ": ZZT - m.SZ2}
    return Split(counted(cells, rows, keys, table), rest, whole, shared)
