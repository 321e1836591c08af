"""What the same people said next, of those followed up and of those who were not, by score (methods §9, §11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses._following import FEW, OWN
from nineplus.analyses._words import many
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Kind, Table
from nineplus.stats.recovery import FEWEST, Outcome, Recovery, recovery
from nineplus.stats.scale import BINS, NoAnswers

WITHIN_DAYS = 730
"""The next answer counts if it came within so many days."""

Counts = npt.NDArray[np.float64]
"""(2, buckets, 11, 11): pairs of scores of those followed up, of those left alone."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of scores of all, and by group; a group's are compared with `alone` of the group, else of all."""

    whole: Counts
    groups: Mapping[Any, Counts]


def pairs(
    data: Dataset, reached: ibis.Table, *, before: Collection[int], by: str | None, within_days: int = WITHIN_DAYS
) -> Pairs:
    """Answers of the selection with those scores, and the next answer of the same person, whichever survey asked.

    `reached` has response, at (when they were followed up), and for each of OWN a column: followed up is who was
    reached before they answered again. Groups by an attribute have both sides, groups by what a case is only one.
    """
    rows = data.responses.filter(data.responses.score.isin(list(before)), data.responses.contact.notnull())
    column = None if by is None or by in OWN else data.attribute(by).column
    chosen = rows.select("response", "score", "bucket", since="answered_at", **({"_k": rows[column]} if column else {}))
    found = chosen.inner_join(_next(data), "response").left_join(reached, "response")
    soon = found.next_at.epoch_seconds() - found.since.epoch_seconds() <= timedelta(days=within_days).total_seconds()
    # whoever was reached before this answer only, in a case that it joined, was neither followed up nor left alone
    found = found.filter(soon, found["at"].isnull() | (found["at"] >= found.since)).mutate(
        followed=(found["at"] < found.next_at).fill_null(False)
    )
    if by in OWN:
        found = found.mutate(_k=found[by])
    keys = ["bucket", "score", "next_score", "followed", *(["_k"] if by else [])]
    whole, groups = np.zeros((2, BUCKETS, BINS, BINS)), dict[Any, Counts]()
    for row in found.group_by(keys).agg(n=found.count()).to_pyarrow().to_pylist():
        cell = (0 if row["followed"] else 1, row["bucket"], row["score"], row["next_score"])
        whole[cell] += row["n"]
        if by and (row["followed"] or column):
            groups.setdefault(row["_k"], np.zeros_like(whole))[cell] += row["n"]
    if by in OWN:
        for mine in groups.values():
            mine[1] = whole[1]
    return Pairs(whole, groups)


def _next(data: Dataset) -> ibis.Table:
    """response, next_at, next_score: of all answers, because the next one lies outside of most periods."""
    rows = (data.unfiltered or data).responses
    rows = rows.filter(rows.contact.notnull(), rows.score.notnull(), rows.answered_at.notnull())
    later = ibis.window(group_by="contact", order_by=["answered_at", "response"])
    told = rows.select(
        "response", next_at=rows.answered_at.lead().over(later), next_score=rows.score.lead().over(later)
    )
    return told.filter(told.next_at.notnull())


def lift(counts: Counts, *, before: Collection[int], outcome: Outcome, confidence: float) -> Recovery | None:
    """None when nobody can be compared."""
    try:
        return recovery(followed=counts[0], alone=counts[1], before=before, outcome=outcome, confidence=confidence)
    except NoAnswers:
        return None


def in_words(found: Recovery | None, *, came: str) -> str:
    """The lift of a share in a sentence; `came` is what the share did."""
    if found is None:
        return "Nobody can be compared yet: it takes customers who answered again, and others of the same score."
    said = (
        f"Of {found.compared:,} who answered again {found.observed:.0f} in 100 {came}; "
        f"{found.expected:.0f} were to be expected of others with the same score"
    )
    value, low, high = found.lift.value, found.lift.low, found.lift.high
    if value is None or low is None or high is None:
        return said + "."
    sure = "more" if low > 0 else "fewer" if high < 0 else "no difference that can be told apart"
    return f"{said}: {value:+z.0f} ({low:+z.0f} to {high:+z.0f}), {sure}."


def warnings(found: Recovery) -> tuple[str, ...]:
    said = []
    if found.compared < FEW:
        said.append(f"Few can be compared: {found.compared:,} (fewer than {FEW}); read the interval, not the number.")
    if found.n > found.compared:
        gone = many(found.n - found.compared, "answer")
        said.append(f"{gone} left out: fewer than {FEWEST} others had that score and were left alone.")
    return tuple(said)


def outcomes(found: Mapping[str, Recovery | None]) -> Table:
    """What came of those followed up, by what is counted."""
    return Table(
        name="outcomes",
        title="At the next answer",
        columns=(
            Column("outcome", "At the next answer"),
            Column("lift", "Difference", Kind.ESTIMATE),
            Column("observed", "Followed up", Kind.NUMBER),
            Column("expected", "To be expected", Kind.NUMBER),
        ),
        rows=tuple(
            {"outcome": name, "observed": one.observed, "expected": one.expected, "lift": one.lift}
            for name, one in found.items()
            if one is not None
        ),
    )


def figures(found: Recovery) -> dict[str, Any]:
    return {
        "n": found.n,
        "compared": found.compared,
        "others": found.others,
        "observed": found.observed,
        "expected": found.expected,
        "lift": found.lift.value,
        "low": found.lift.low,
        "high": found.lift.high,
    }
