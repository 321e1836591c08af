"""Passives moved. Do passives whom we asked what would make it a 9 move more than the others?

Reads passives of the period and the next answer of the same person, whichever survey asked, within a window of days.
Nudged is who got the letter before they answered again; they are compared with passives of exactly the same score who
got none (methods §11), so that what would have come anyway is taken out. Ranges are a delete-a-group jackknife over
accounts, both sides together.
Assumes: of those with the same score, who was nudged was not chosen by what one knew of how they would go on;
association, not proof (grade C). Refuses: nobody nudged answered again, or nobody else had their score.
"""

from __future__ import annotations

import ibis

from nineplus.analyses._coming_back import WITHIN_DAYS, figures, in_words, lift, outcomes, pairs, warnings
from nineplus.analyses._following import hidden
from nineplus.mart.dataset import Dataset
from nineplus.model import Grade, Result, refuse
from nineplus.plugs import analysis
from nineplus.stats.recovery import Outcome
from nineplus.stats.scale import DETRACTOR_TO, PROMOTER_FROM

NAME, TITLE = "passives-moved", "Do passives move when they are asked what would make it a 9?"
PASSIVES = tuple(range(DETRACTOR_TO + 1, PROMOTER_FROM))


@analysis(
    NAME,
    title=TITLE,
    needs={"nudges"},
    options_help={
        "within_days": "the next answer counts if it came within so many days",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def passives_moved(data: Dataset, *, within_days: int = WITHIN_DAYS, confidence: float = 0.95) -> Result:
    nudges = (data.unfiltered or data).nudges
    if nudges is None:
        return refuse(NAME, TITLE, "Nobody was nudged here: letters are kept where nineplus runs.")
    reached: ibis.Table = nudges.group_by("response").agg(at=nudges.nudged_at.min())
    found = pairs(data, reached, before=PASSIVES, by=None, within_days=within_days)
    moved = lift(found.whole, before=PASSIVES, outcome=Outcome.PROMOTER, confidence=confidence)
    if moved is None:
        return refuse(NAME, TITLE, in_words(None, came=""))
    if reason := hidden(data, moved.compared):
        return refuse(NAME, TITLE, reason)
    score = lift(found.whole, before=PASSIVES, outcome=Outcome.MEAN, confidence=confidence)
    return Result(
        name=NAME,
        title=TITLE,
        says=in_words(moved, came="became promoters"),
        estimate=moved.lift,
        tables=(outcomes({"Promoters, in 100": moved, "Mean score": score}),),
        figures={
            **figures(moved),
            "score_lift": score and score.lift.value,
            "score_low": score and score.lift.low,
            "score_high": score and score.lift.high,
            "within_days": within_days,
        },
        evidence=Grade.C,
        assumptions=(
            "Of those with the same score, who was nudged was not chosen by what one knew of how they would go on.",
            f"The next answer came within {within_days} days, whichever survey asked.",
        ),
        warnings=warnings(moved),
        method="Promoters among those nudged minus expected of exactly the same score; delete-a-group jackknife over "
        "accounts",
    )
