"""Score against words. How many answers score one way and speak the other?

Reads what was read in comments, per bucket of accounts: an answer contradicts itself when its words are surely bad and
its score is 9 or 10, or surely good and its score is 4 or below. Wilson intervals, account-clustered. Such answers are
often slips on the scale, taken the wrong way round, or irony: they are worth a call, not a correction.
Assumes: accounts answer independently of each other. Refuses: comments that were not read, none with words.
"""

from __future__ import annotations

import numpy as np

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._theme_shares import share
from nineplus.analyses._themes import NEEDS, nothing_read, worded
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, spread
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis

NAME, TITLE = "contradictions", "Do score and words agree?"
_KINDS = {"high": "High score, bad words", "low": "Low score, good words"}


@analysis(NAME, title=TITLE, needs=NEEDS, options_help={"confidence": "level of the intervals, 0 to 1"})
def contradictions(data: Dataset, *, confidence: float = 0.95) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    rows = worded(data)
    against = rows.contradicts.fill_null(False)
    table = (
        rows.group_by("bucket")
        .agg(
            n=rows.count(),
            people=rows.person.nunique(),
            high=rows.count(where=against & (rows.y > 0)),
            low=rows.count(where=against & (rows.y <= 0)),
        )
        .to_pyarrow()
        .to_pylist()
    )
    if sum(row["people"] for row in table) < PRIVACY_MINIMUM:
        return refuse(NAME, TITLE, f"Fewer than {PRIVACY_MINIMUM} people said anything here.")
    sums = {name: np.zeros(BUCKETS) for name in ("n", *_KINDS)}
    for row in table:
        for name, column in sums.items():
            column[row["bucket"]] = row[name]
    both = share(sums["high"] + sums["low"], sums["n"], confidence=confidence)
    told = sums["high"].sum() + sums["low"].sum()
    return Result(
        name=NAME,
        title=TITLE,
        says=f"{spread(both, '%')} of the {both.n:,.0f} answers with words score one way and speak the other."
        if told
        else f"None of the {both.n:,.0f} answers with words scores one way and speaks the other.",
        estimate=both,
        tables=(
            Table(
                name="contradictions",
                title="Answers whose words say the opposite of their score",
                columns=(
                    Column("kind", "Kind"),
                    Column("share", "Share", Kind.ESTIMATE, "Per cent of the answers with words."),
                    Column("answers", "Answers", Kind.COUNT),
                ),
                rows=tuple(
                    {
                        "kind": title,
                        "share": share(sums[name], sums["n"], confidence=confidence),
                        "answers": int(sums[name].sum()),
                    }
                    for name, title in _KINDS.items()
                ),
                figure=Figure("bars", label="kind", value="share"),
                note="Often a slip on the scale, or irony: worth a call, not a correction.",
            ),
        ),
        figures={"n": int(both.n), "contradictions": int(told)},
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            "Only words that leave little doubt are held against a score: there may be more.",
        ),
        method="Wilson interval, account-clustered by a jackknife over buckets",
    )
