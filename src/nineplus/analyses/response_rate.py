"""Response rate. Of those who were asked, how many answered, and where is silence?

Reads invitations: one contact counts once per survey and month of asking, answered when a score came. Asks that
never arrived (bounced), were skipped or only planned are not in the denominator; asks of the last 14 days are
left out, because their answers may still come. The interval is Wilson's, with
what the asks are worth after likeness within accounts (jackknife over account buckets, methods §0).
Assumes: accounts answer independently of each other; an ask without word of delivery arrived.
Refuses: without invitations, or when none is old enough.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._words import label
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.shares import clustered_share

NAME, TITLE = "response-rate", "Who answers, and who stays silent?"
ARRIVED = ("sent", "delivered", "opened", "answered", "declined", "expired")
FATES = ("planned", "skipped", "bounced", "sent", "delivered", "opened", "declined", "expired", "answered")
STILL_OPEN = timedelta(days=14)

Cells = dict[tuple[Any, ...], npt.NDArray[np.float64]]
"""Per cell an array (buckets, 2): contacts asked, contacts who answered."""


@analysis(
    NAME,
    title=TITLE,
    needs={"invitations"},
    options_help={"by": "also by this attribute", "confidence": "level of the intervals, 0 to 1"},
)
def response_rate(data: Dataset, *, by: str | None = None, confidence: float = 0.95) -> Result:
    if data.invitations is None:
        return refuse(NAME, TITLE, "Who was asked is not known here: a response rate needs invitations.")
    newest = data.invitations.sent_at.max().to_pyarrow().as_py()
    if newest is None:
        return refuse(NAME, TITLE, "Nobody was asked in this selection.")
    until = (data.snapshot.made_at if data.snapshot else newest) - STILL_OPEN
    attribute = data.attribute(by) if by else None
    keys = ["survey", "month", *([attribute.column] if attribute and attribute.column != "survey" else [])]
    counted = _counted(data.invitations, keys, until)
    if not counted:
        return refuse(NAME, TITLE, f"Nobody was asked more than {STILL_OPEN.days} days ago: answers may still come.")
    whole = _estimate(sum(counted.values()), confidence)
    tables = [
        _table("by_survey", "By survey", "survey", _grouped(counted, 0), confidence),
        _table("by_month", "By month of asking", "month", _grouped(counted, 1), confidence),
    ]
    if attribute:
        position = keys.index(attribute.column)
        tables.insert(0, _table("by_value", f"By {attribute.label}", "value", _grouped(counted, position), confidence))
    tables.append(_fates(data.invitations))
    answered = whole.value or 0.0
    return Result(
        name=NAME,
        title=TITLE,
        says=f"{answered:.0f} % of those who were asked answered ({whole.low:.0f} to {whole.high:.0f}): "
        f"{sum(counted.values())[:, 1].sum():,.0f} of {whole.n:,.0f}."
        if whole.low is not None and whole.high is not None
        else f"{answered:.0f} % of those who were asked answered, of {whole.n:,.0f}.",
        estimate=whole,
        tables=tuple(tables),
        figures={"rate": answered / 100, "n": int(whole.n)},
        assumptions=(
            "Accounts answer independently of each other.",
            "An ask without word of its delivery arrived.",
        ),
        method=f"Contacts who answered over contacts reached, asked more than {STILL_OPEN.days} days ago; "
        "Wilson interval, account-clustered by a jackknife over buckets",
    )


def _counted(invitations: ibis.Table, keys: list[str], until: Any) -> Cells:
    """One query: contacts asked and answered per cell and bucket."""
    rows = invitations.filter(invitations.fate.isin(ARRIVED), invitations.sent_at < ibis.literal(until))
    person = ibis.coalesce(rows.contact, rows.invitation)
    each = rows.mutate(person=person).group_by([*keys, "bucket", "person"]).agg(answered=ibis._.score.notnull().any())
    table = each.group_by([*keys, "bucket"]).agg(asked=ibis._.count(), answered=ibis._.answered.sum()).to_pyarrow()
    cells: Cells = {}
    for row in table.to_pylist():
        cell = cells.setdefault(tuple(row[key] for key in keys), np.zeros((BUCKETS, 2)))
        cell[row["bucket"]] += (row["asked"], row["answered"] or 0)
    return cells


def _grouped(counted: Cells, position: int) -> dict[Any, npt.NDArray[np.float64]]:
    groups: dict[Any, npt.NDArray[np.float64]] = {}
    for key, sums in counted.items():
        groups[key[position]] = groups.get(key[position], np.zeros((BUCKETS, 2))) + sums
    return groups


def _estimate(sums: Any, confidence: float) -> Estimate:
    """Per cent who answered; no interval where all accounts lie in one bucket."""
    share = clustered_share(hits=sums[:, 1], sizes=sums[:, 0], confidence=confidence)
    return Estimate(
        value=100 * share.value,
        low=None if share.low is None else 100 * share.low,
        high=None if share.high is None else 100 * share.high,
        n=share.n,
        n_eff=share.n_eff,
        confidence=confidence,
        method="wilson",
        unit="percent",
    )


def _table(name: str, title: str, column: str, groups: dict[Any, npt.NDArray[np.float64]], confidence: float) -> Table:
    shown = {value: sums for value, sums in groups.items() if sums[:, 0].sum() >= PRIVACY_MINIMUM}
    month = column == "month"
    rows = [
        {
            column: value if month else label(value),
            "rate": float(sums[:, 1].sum() / sums[:, 0].sum()),
            "interval": _estimate(sums, confidence),
            "asked": int(sums[:, 0].sum()),
        }
        for value, sums in sorted(shown.items(), key=lambda item: str(item[0]))
    ]
    hidden = len(groups) - len(shown)
    return Table(
        name=name,
        title=title,
        columns=(
            Column(column, title.removeprefix("By ").capitalize(), Kind.MONTH if month else Kind.TEXT),
            Column("rate", "Answered", Kind.SHARE),
            Column("interval", "Per cent, with interval", Kind.ESTIMATE),
            Column("asked", "Contacts asked", Kind.COUNT),
        ),
        rows=tuple(rows),
        figure=None if month else Figure(kind="bars", label=column, value="rate"),
        note=f"{hidden} with fewer than {PRIVACY_MINIMUM} contacts left out." if hidden else "",
    )


def _fates(invitations: ibis.Table) -> Table:
    """What became of every ask, the skipped ones with their reasons."""
    counted = invitations.group_by("fate", "reason").agg(n=ibis._.count()).to_pyarrow().to_pylist()
    counted.sort(key=lambda row: (FATES.index(row["fate"]) if row["fate"] in FATES else len(FATES), -row["n"]))
    return Table(
        name="fates",
        title="What became of every ask",
        columns=(Column("fate", "Fate"), Column("reason", "Reason"), Column("n", "Asks", Kind.COUNT)),
        rows=tuple(
            {
                "fate": (row["fate"] or "unknown").capitalize(),
                "reason": (row["reason"] or "").replace("_", " "),
                "n": row["n"],
            }
            for row in counted
        ),
    )
