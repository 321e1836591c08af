"""Promises kept. Of the customers whose time had come, how many heard from a person in time?

Reads cases opened in the period, each once. Due are those that were contacted, and those whose promised time is over,
open or closed. Kept: contacted by then; the promised time is working time, and stands still while the customer is
waited for. Wilson's interval on what the cases are worth after likeness within accounts (jackknife over buckets).
Assumes: accounts are independent of each other. Refuses: when no first contact was due.
Describes what happened: no effect is claimed, so it bears no evidence grade.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses._following import NEEDS, cases, cut, few, hidden, left_out, looked, shown
from nineplus.analyses._words import between, points
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.shares import clustered_share

NAME, TITLE = "follow-up-sla", "How often is the promise to follow up kept?"

Sums = npt.NDArray[np.float64]
"""(buckets, 2): cases that were due, cases in which the promise was kept."""


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "by": "team, priority, cause, reason, or an attribute of the customer",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def follow_up_sla(data: Dataset, *, by: str | None = None, confidence: float = 0.95) -> Result:
    if not data.has("follow_ups"):
        return refuse(NAME, TITLE, "There are no cases here: follow-ups are kept where nineplus runs.")
    column, title = cut(data, by or "team")
    groups = _kept(data, column)
    if not groups:
        return refuse(NAME, TITLE, "No first contact was due in this selection.")
    whole: Sums = np.sum(list(groups.values()), axis=0)
    if reason := hidden(data, whole[:, 0].sum()):
        return refuse(NAME, TITLE, reason)
    share = _estimate(whole, confidence)
    due, kept = (int(part) for part in whole.sum(axis=0))
    range_ = f" ({between(share)})" if share.interval else ""
    return Result(
        name=NAME,
        title=TITLE,
        says=f"Of {due:,} customers whose time had come {kept:,} heard from a person in time: "
        f"{points(share.value or 0.0, like=share)} %{range_}.",
        estimate=share,
        tables=(_by(groups, title, confidence),),
        figures={
            "share": kept / due,
            "low": None if share.low is None else share.low / 100,
            "high": None if share.high is None else share.high / 100,
            "kept": kept,
            "due": due,
        },
        assumptions=(
            "Accounts are independent of each other; cases of one account may be alike.",
            "Describes what happened: no effect is claimed, so it bears no evidence grade.",
        ),
        warnings=few(due, "cases that were due"),
        method="Cases contacted by the promised time over cases due; Wilson interval, account-clustered by a jackknife "
        "over buckets",
    )


def _kept(data: Dataset, column: str) -> dict[Any, Sums]:
    """One query: due and kept by group and bucket."""
    rows = cases(data)
    late = rows.contacted_at.isnull() & (rows.due_at <= ibis.literal(looked(data))) & rows.closed_at.isnull()
    rows = rows.mutate(_k=rows[column], _late=ibis.coalesce(rows.breached, late))
    # Of those whose time has not come only the quick ones are known: they would say that everybody is.
    rows = rows.filter(rows.due_at <= ibis.literal(looked(data)), rows.breached.notnull() | rows._late)
    counted = rows.group_by("_k", "bucket").agg(due=rows.count(), kept=(~rows._late).sum()).to_pyarrow().to_pylist()
    groups: dict[Any, Sums] = {}
    for row in counted:
        groups.setdefault(row["_k"], np.zeros((BUCKETS, 2)))[row["bucket"]] += row["due"], row["kept"] or 0
    return groups


def _estimate(sums: Sums, confidence: float) -> Estimate:
    """Per cent kept; no interval where all accounts lie in one bucket."""
    share = clustered_share(hits=sums[:, 1], sizes=sums[:, 0], confidence=confidence)
    low, high = (None if end is None else 100 * end for end in (share.low, share.high))
    return Estimate(100 * share.value, low, high, share.n, share.n_eff, confidence, "wilson", unit="percent")


def _by(groups: dict[Any, Sums], title: str, confidence: float) -> Table:
    sizes = {value: float(sums[:, 0].sum()) for value, sums in groups.items()}
    rows = tuple(
        {
            "value": value,
            "share": _estimate(sums, confidence),
            "kept": int(sums[:, 1].sum()),
            "due": int(sums[:, 0].sum()),
        }
        for value, sums in shown(groups, sizes)
    )
    return Table(
        name="by_value",
        title=f"By {title.lower()}",
        columns=(
            Column("value", title),
            Column("kept", "In time", Kind.COUNT),
            Column("due", "Due", Kind.COUNT),
            Column("share", "In time, %", Kind.ESTIMATE),
        ),
        rows=rows,
        note=left_out(sizes),
    )
