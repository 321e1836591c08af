"""Distribution. How are the scores spread from 0 to 10?

Reads account moments of every score (methods §0, A2). Shares carry Wilson intervals with the effective number
of answers: those of one account may be alike.
Assumes: accounts answer independently of each other. Refuses: no answers.
"""

from __future__ import annotations

from nineplus.analyses._aggregates import affordable, histogram_of_accounts, total
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED, many, mixed_touchpoints, too_private
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.scale import BINS, group_of
from nineplus.stats.shares import clustered_shares

TITLE = "How are the scores spread?"


@analysis("distribution", title=TITLE)
def distribution(data: Dataset) -> Result:
    """Answers per score, with shares and their intervals."""
    counted, moments, icc = histogram_of_accounts(data, clusters=affordable(data, cells=BINS))
    if not counted.n:
        return refuse("distribution", TITLE, "No answers: nothing is spread.")
    if not data.filter.is_empty and (reason := too_private(data, total(data))):
        return refuse("distribution", TITLE, reason)
    shares = clustered_shares(moments, icc=icc)
    rows = [
        {
            "score": score,
            "group": group_of(score).value,
            "count": int(count),
            "share": share.value,
            "low": share.low,
            "high": share.high,
            "n_eff": share.n_eff,
        }
        for score, (count, share) in enumerate(zip(counted.counts, shares, strict=True))
    ]
    most = max(range(BINS), key=lambda score: counted.counts[score])
    return Result(
        name="distribution",
        title=TITLE,
        says=(
            f"Of {many(counted.n, 'answer')}, {counted.promoters / counted.n:.0%} are promoters, "
            f"{counted.passives / counted.n:.0%} passives and {counted.detractors / counted.n:.0%} detractors; "
            f"the most frequent score is {most}, the mean {counted.mean:.2f}."
        ),
        tables=(
            Table(
                name="scores",
                title="Answers by score",
                columns=(
                    Column("score", "Score", Kind.COUNT),
                    Column("group", "Group"),
                    Column("count", "Answers", Kind.COUNT),
                    Column("share", "Share", Kind.SHARE),
                    Column("low", "from", Kind.SHARE, "Lower end of the 95 % interval of the share"),
                    Column("high", "to", Kind.SHARE, "Upper end of the 95 % interval of the share"),
                    Column(
                        "n_eff",
                        "Effective answers",
                        Kind.NUMBER,
                        "What the answers are worth for this share after likeness within accounts",
                    ),
                ),
                rows=tuple(rows),
                figure=Figure("histogram", label="score", value="count"),
            ),
        ),
        figures={
            "n": int(counted.n),
            "mean": counted.mean,
            "promoters": int(counted.promoters),
            "passives": int(counted.passives),
            "detractors": int(counted.detractors),
        },
        assumptions=(ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED),
        warnings=tuple(mixed_touchpoints(data)),
        method="Counts; Wilson intervals of shares, account-clustered",
    )
