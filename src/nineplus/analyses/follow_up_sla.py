"""Promises kept. Of the customers whose time had come, how many heard from a person in time?

Reads cases opened in the period, each once. Due are those whose promised time is over, open or closed. Kept: contacted
by then. A case that somebody closed without a contact counts as due and not kept, whatever was said on closing it: how
many they are is told beside. The promised time is working time, and stands still while the customer is waited for.
Wilson's interval on what the cases are worth after likeness within accounts (jackknife over buckets).
Assumes: accounts are independent of each other. Refuses: when no first contact was due.
Describes what happened: no effect is claimed, so it bears no evidence grade.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses._following import NEEDS, cases, cut, few, hidden, left_out, looked, shown
from nineplus.analyses._words import between, many, points
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.shares import clustered_share

NAME, TITLE = "follow-up-sla", "How often is the promise to follow up kept?"

Sums = npt.NDArray[np.float64]
"""(buckets, 3): cases that were due, in which the promise was kept, that were closed without a contact."""


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
    due, kept, unheard = (int(part) for part in whole.sum(axis=0))
    range_ = f" ({between(share)})" if share.interval else ""
    return Result(
        name=NAME,
        title=TITLE,
        says=f"Of {due:,} customers whose time had come {kept:,} heard from a person in time: "
        f"{points(share.value or 0.0, like=share)} %{range_}."
        + (f" {many(unheard, 'case')} closed without anybody reaching them count as not in time." if unheard else ""),
        estimate=share,
        tables=(_by(groups, title, confidence),),
        figures={
            "share": kept / due,
            "low": None if share.low is None else share.low / 100,
            "high": None if share.high is None else share.high / 100,
            "kept": kept,
            "due": due,
            "closed_unreached": unheard,
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
    """One query: due, kept and closed without a contact, by group and bucket."""
    rows = cases(data)
    # Of those whose time has not come only the quick ones are known: they would say that everybody is.
    rows = rows.filter(rows.due_at <= ibis.literal(looked(data)))
    # whoever is open and was not contacted by now is late
    kept = (~rows.breached.fill_null(True)).sum()
    unheard = (rows.contacted_at.isnull() & rows.closed_at.notnull()).sum()
    rows = rows.mutate(_k=rows[column])
    found = rows.group_by("_k", "bucket").agg(due=rows.count(), kept=kept, unheard=unheard)
    counted = found.to_pyarrow().to_pylist()
    groups: dict[Any, Sums] = {}
    for row in counted:
        groups.setdefault(row["_k"], np.zeros((BUCKETS, 3)))[row["bucket"]] += (
            row["due"],
            row["kept"] or 0,
            row["unheard"] or 0,
        )
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
            "unheard": int(sums[:, 2].sum()),
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
            Column("unheard", "Closed without contact", Kind.COUNT),
            Column("due", "Due", Kind.COUNT),
            Column("share", "In time, %", Kind.ESTIMATE),
        ),
        rows=rows,
        note=left_out(sizes),
    )
