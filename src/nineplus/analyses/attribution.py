"""Attribution. Which tickets stand behind the scores, and for how many answers do we know?

Reads counts of answers by tier and by the reason for a miss. T1: the survey was launched by that ticket;
T2: the same contact's ticket, handled before the answer, in the window; T3: only the account's; T0: none.
Coverage is the share of T1 and T2 among answers with a score, with Wilson's interval,
account-clustered.
Precision is the share of T1 and T2 links that people found right in a random sample, from 100 judged on, with
Wilson's interval. Assumes: what was judged stands for the rest.
Refuses: when there are no tickets, or no answers.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np

from nineplus.analyses._aggregates import answers, attributes_of
from nineplus.analyses._links import among
from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._words import between, label, many, points
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS, TIERS
from nineplus.model import Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.linking import ENOUGH, Precision
from nineplus.stats.nps import wilson
from nineplus.stats.shares import clustered_share

NAME, TITLE = "attribution", "Which tickets stand behind the scores?"
REASONS = {
    "no_contact": "The answer names no contact",
    "no_ticket": "No ticket of this contact",
    "only_later": "Tickets only after the answer",
    "left_out": "Only tickets that the rule leaves out",
    "not_looked_for": "A ticket in time, but the rule looks only at those a survey was sent for",
    "outside_window": "Tickets only outside the window",
    "not_resolved": "No ticket answered or resolved before the answer",
    "unknown_ticket": "The survey names a ticket that is not there",
}
COVERED = ("T1", "T2")
LOW_COVERAGE = 0.40


@analysis(
    NAME,
    title=TITLE,
    needs={"tickets"},
    version=2,
    options_help={"by": "attribute to cut coverage by", "confidence": "level of the interval, 0 to 1"},
)
def attribution(data: Dataset, *, by: str | None = None, confidence: float = 0.95) -> Result:
    if not data.has("tickets"):
        return refuse(NAME, TITLE, "There are no tickets: import them to see which service stands behind a score.")
    chosen = attributes_of(data, by)
    own = {f"by_{one.slug}": one for one in chosen if one.slug != "survey"}
    rows = answers(data)
    rows = rows.mutate(**{name: rows[one.column].cast("string") for name, one in own.items()})
    counted = (
        rows.mutate(tier=rows.tier.fill_null("T0"))
        .group_by("tier", "miss", "survey", "month", "bucket", *own)
        .agg(n=ibis._.count(), several=ibis._.count(where=ibis._.tickets_in_window > 1))
        .to_pyarrow()
        .to_pylist()
    )
    n = sum(row["n"] for row in counted)
    if not n:
        return refuse(NAME, TITLE, "There are no answers with a score.")
    covered = sum(row["n"] for row in counted if row["tier"] in COVERED)
    coverage = _coverage(counted, confidence)
    misses = _misses(counted)
    right = among(_links(counted), data, confidence=confidence)
    several = sum(row["several"] for row in counted if row["tier"] in COVERED)
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(coverage, covered, n, misses),
        estimate=coverage,
        tables=(
            _tiers(counted, n),
            _reasons(misses, n - covered),
            *((_checked(data, counted, right),) if data.judged else ()),
            *(
                _by(counted, name, f"By {one.label.lower()}", one.label, confidence=confidence)
                for name, one in own.items()
            ),
            _by(counted, "survey", "By survey", "Survey", confidence=confidence),
            _by(counted, "month", "By month", "Month", confidence=confidence),
        ),
        figures={
            "coverage": covered / n,
            "coverage_low": None if coverage.low is None else coverage.low / 100,
            "coverage_high": None if coverage.high is None else coverage.high / 100,
            "n": n,
            "linked": covered,
            "window_days": data.window_days,
            "rule_version": data.rule and data.rule.version,
            "several_tickets": several,
            "judged": sum(one.right + one.wrong for one in data.judged if one.tier in COVERED),
            "precision": right and right.value,
            "precision_low": right and right.interval.low,
            "precision_high": right and right.interval.high,
        }
        | {tier: sum(row["n"] for row in counted if row["tier"] == tier) for tier in TIERS},
        assumptions=(
            _precise(data, right),
            "Wrong links shrink the effects of service nearly one for one.",
            f"{many(several, 'answer')} of {covered:,} had several tickets in the window: facts are those of the "
            "ticket that was asked about, else of the latest one.",
        ),
        warnings=tuple(_warnings(covered / n)),
        method="Share of answers tied to a ticket by the survey or the contact"
        + (f" within {many(data.window_days, 'day')}" if data.window_days else "")
        + ", Wilson interval, account-clustered by a jackknife over buckets",
    )


def _coverage(counted: list[dict[str, Any]], confidence: float) -> Estimate:
    """Per cent of these answers with a T1 or T2 link."""
    sums = np.zeros((2, BUCKETS))
    for row in counted:
        sums[:, row["bucket"]] += row["n"] * (row["tier"] in COVERED), row["n"]
    share = clustered_share(hits=sums[0], sizes=sums[1], confidence=confidence)
    low, high = (None if end is None else 100 * end for end in (share.low, share.high))
    return Estimate(100 * share.value, low, high, share.n, share.n_eff, confidence, "wilson", unit="percent")


def _says(coverage: Estimate, covered: int, n: int, misses: list[tuple[str, int]]) -> str:
    interval = "" if coverage.interval is None else f" ({between(coverage)})"
    start = (
        f"{points(coverage.value, like=coverage)} % of answers{interval} are tied to the ticket "
        f"that came before them: {covered:,} of {n:,}."
    )
    if not misses:
        return start
    reason, count = misses[0]
    return f"{start} Most often missing because: {_reason(reason).lower()} ({count:,})."


def _links(counted: list[dict[str, Any]]) -> dict[str, int]:
    return {tier: sum(row["n"] for row in counted if row["tier"] == tier) for tier in COVERED}


def _precise(data: Dataset, right: Precision | None) -> str:
    judged = sum(one.right + one.wrong for one in data.judged if one.tier in COVERED)
    if right is None:
        return (
            f"Links are right: {many(judged, 'link')} of the {ENOUGH} it takes have been judged by hand, so this is "
            "coverage, not precision."
        )
    low, high = right.interval
    return f"Of {judged} links judged by hand {right.value:.0%} ({low:.0%} to {high:.0%}) are right."


def _checked(data: Dataset, counted: list[dict[str, Any]], right: Precision | None) -> Table:
    links, rows = _links(counted), []
    for one in data.judged:
        seen = one.right + one.wrong
        low, high = wilson(one.right, seen) if seen else (None, None)
        value = 100 * one.right / seen if seen else None
        ends = (None, None) if low is None else (100 * low, 100 * high)
        rows.append(
            {
                "tier": one.tier,
                "meaning": TIERS.get(one.tier, one.tier),
                "precision": Estimate(value, *ends, seen, seen, 0.95, "wilson", unit="percent"),
                "judged": seen,
                "unsure": one.unsure,
                "links": links.get(one.tier),
            }
        )
    return Table(
        name="precision",
        title="How many links are right, judged by hand",
        columns=(
            Column("meaning", "Tied by"),
            Column("precision", "Right, %", Kind.ESTIMATE),
            Column("judged", "Judged", Kind.COUNT),
            Column("unsure", "Could not be said", Kind.COUNT),
            Column("links", "Links", Kind.COUNT),
            Column("tier", "Code"),
        ),
        rows=tuple(rows),
        note=""
        if right
        else f"Fewer than {ENOUGH} links that results count on are judged: too few to speak of precision.",
    )


def _reason(code: str) -> str:
    return REASONS.get(code, code.replace("_", " ").capitalize())


def _misses(counted: list[dict[str, Any]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for row in counted:
        if row["tier"] not in COVERED:
            code = row["miss"] or "no_ticket"
            found[code] = found.get(code, 0) + row["n"]
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _tiers(counted: list[dict[str, Any]], n: int) -> Table:
    rows = []
    for tier, meaning in TIERS.items():
        count = sum(row["n"] for row in counted if row["tier"] == tier)
        rows.append({"tier": tier, "meaning": meaning, "n": count, "share": count / n})
    return Table(
        name="tiers",
        title="How answers are tied to tickets",
        columns=(
            Column("meaning", "Tied by"),
            Column("n", "Answers", Kind.COUNT),
            Column("share", "Share", Kind.SHARE),
            Column("tier", "Code"),
        ),
        rows=tuple(rows),
        figure=Figure(kind="bars", label="meaning", value="share"),
    )


def _reasons(misses: list[tuple[str, int]], missed: int) -> Table:
    return Table(
        name="misses",
        title="Why the others are not",
        columns=(
            Column("reason", "Reason"),
            Column("n", "Answers", Kind.COUNT),
            Column("share", "Share of misses", Kind.SHARE),
        ),
        rows=tuple(
            {"reason": _reason(code), "code": code, "n": count, "share": count / missed} for code, count in misses
        ),
    )


def _by(counted: list[dict[str, Any]], key: str, title: str, head: str, *, confidence: float) -> Table:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in counted:
        groups.setdefault(row[key], []).append(row)
    rows = []
    for value, own in sorted(groups.items(), key=lambda item: (item[0] is None, item[0])):
        n = sum(row["n"] for row in own)
        if n < PRIVACY_MINIMUM:
            continue
        share = _coverage(own, confidence)
        why = _misses(own)
        shown = value if key == "month" else label(value)
        rows.append({key: shown, "coverage": share, "n": n, "why": _reason(why[0][0]) if why else "–"})
    return Table(
        name=key if key.startswith("by_") else f"by_{key}",
        title=title,
        columns=(
            Column(key, head, Kind.MONTH if key == "month" else Kind.TEXT),
            Column("coverage", "Coverage, %", Kind.ESTIMATE),
            Column("n", "Answers", Kind.COUNT),
            Column("why", "Most often missing because"),
        ),
        rows=tuple(rows),
        note=f"Rows of fewer than {PRIVACY_MINIMUM} answers are left out.",
    )


def _warnings(coverage: float) -> list[str]:
    said = []
    if coverage < LOW_COVERAGE:
        said.append(
            f"Coverage is low ({100 * coverage:.0f} %): what is said of drivers describes the linked answers only."
        )
    return said
