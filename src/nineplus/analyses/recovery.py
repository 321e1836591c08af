"""Recovery. Do unhappy customers come back because somebody followed up, or would they have anyway?

Reads detractors of the period and the next answer of the same person, whichever survey asked, within a window of days.
Part of a low score is a bad day, so those whom a person reached in a case before they answered again are compared with
those of exactly the same score whom nobody reached (methods §9): recovery minus expected. Ranges are a
delete-a-group jackknife over accounts, both sides together.
Assumes: of those with the same score, whom one followed up was not chosen by what one knew of how they would go on;
association, not proof (grade C). Refuses: nobody followed up answered again, or nobody else had their score.
"""

from __future__ import annotations

import ibis

from nineplus.analyses._coming_back import WITHIN_DAYS, Pairs, figures, in_words, lift, outcomes, pairs, warnings
from nineplus.analyses._following import NEEDS, OWN, hidden, left_out, shown
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Figure, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.recovery import Outcome
from nineplus.stats.scale import DETRACTOR_TO

NAME, TITLE = "recovery", "Do unhappy customers come back because of follow-up?"
DETRACTORS = tuple(range(DETRACTOR_TO + 1))


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "by": "team, priority, cause, reason, or an attribute of the customer",
        "within_days": "the next answer counts if it came within so many days",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def recovery(
    data: Dataset, *, by: str | None = None, within_days: int = WITHIN_DAYS, confidence: float = 0.95
) -> Result:
    if not data.has("follow_ups"):
        return refuse(NAME, TITLE, "There are no cases here: follow-ups are kept where nineplus runs.")
    found = pairs(data, _reached(data), before=DETRACTORS, by=by, within_days=within_days)
    whole = lift(found.whole, before=DETRACTORS, outcome=Outcome.RECOVERED, confidence=confidence)
    if whole is None:
        return refuse(NAME, TITLE, in_words(None, came="recovered"))
    if reason := hidden(data, whole.compared):
        return refuse(NAME, TITLE, reason)
    more = {
        title: lift(found.whole, before=DETRACTORS, outcome=outcome, confidence=confidence)
        for title, outcome in (("NPS", Outcome.NPS), ("Mean score", Outcome.MEAN))
    }
    return Result(
        name=NAME,
        title=TITLE,
        says=in_words(whole, came="recovered"),
        estimate=whole.lift,
        tables=(
            outcomes({"No detractor any more, in 100": whole, **more}),
            *((_by(found, data, by, confidence),) if by else ()),
        ),
        figures={**figures(whole), "within_days": within_days},
        evidence=Grade.C,
        assumptions=(
            "Of those with the same score, whom one followed up was not chosen by how they would go on.",
            f"The next answer came within {within_days} days, whichever survey asked.",
        ),
        warnings=warnings(whole),
        method="Recovered minus expected of exactly the same score; delete-a-group jackknife over accounts",
    )


def _reached(data: Dataset) -> ibis.Table:
    """response, when a person first reached them, and in what case: of all cases, whenever they were opened."""
    rows = (data.unfiltered or data).follow_ups
    assert rows is not None
    rows = rows.filter(rows.contacted_at.notnull(), rows.response.notnull())
    return rows.group_by("response").agg(
        at=rows.contacted_at.min(), **{name: rows[name].argmin(rows.contacted_at) for name in OWN}
    )


def _by(found: Pairs, data: Dataset, by: str, confidence: float) -> Table:
    title = OWN.get(by) or data.attribute(by).label
    sizes = {value: float(counts[0].sum()) for value, counts in found.groups.items()}
    rows = []
    for value, counts in shown(found.groups, sizes):
        one = lift(counts, before=DETRACTORS, outcome=Outcome.RECOVERED, confidence=confidence)
        if one is not None:
            rows.append(
                {
                    "value": value,
                    "n": one.compared,
                    "observed": one.observed,
                    "expected": one.expected,
                    "lift": one.lift,
                }
            )
    of = "with all others of their score" if by in OWN else f"with others of their score and {title.lower()}"
    return Table(
        name="by_value",
        title=f"By {title.lower()}",
        columns=(
            Column("value", title),
            Column("n", "Compared", Kind.COUNT),
            Column("observed", "Recovered, in 100", Kind.NUMBER),
            Column("expected", "To be expected", Kind.NUMBER),
            Column("lift", "Difference", Kind.ESTIMATE),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="value", value="lift") if len(rows) > 1 else None,
        note=f"Compared {of}. {left_out(sizes)}".strip(),
    )
