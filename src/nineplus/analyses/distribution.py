"""Distribution. How are the scores spread from 0 to 10?

Reads the histogram (methods §0, A1). Shares carry Wilson intervals in which answers count as independent:
they describe how often each score was given, and test nothing.
Refuses: no answers.
"""

from __future__ import annotations

from nineplus.analyses._aggregates import histogram, total
from nineplus.analyses._words import THOSE_WHO_ANSWERED, many, mixed_touchpoints, too_private
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.nps import wilson
from nineplus.stats.scale import BINS, group_of

TITLE = "How are the scores spread?"


@analysis("distribution", title=TITLE)
def distribution(data: Dataset) -> Result:
    """Answers per score, with shares and their intervals."""
    counted = histogram(data)
    if not counted.n:
        return refuse("distribution", TITLE, "No answers: nothing is spread.")
    if not data.filter.is_empty and (reason := too_private(data, total(data))):
        return refuse("distribution", TITLE, reason)
    rows = []
    for score, count in enumerate(counted.counts):
        low, high = wilson(count, counted.n)
        rows.append(
            {
                "score": score,
                "group": group_of(score).value,
                "count": int(count),
                "share": count / counted.n,
                "low": low,
                "high": high,
            }
        )
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
        assumptions=(THOSE_WHO_ANSWERED,),
        warnings=tuple(mixed_touchpoints(data)),
        method="Counts; Wilson intervals of shares, answers independent",
    )
