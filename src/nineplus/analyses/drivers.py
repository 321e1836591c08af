"""Service drivers. What does service do to NPS, in points, other things equal?

Reads cross-products of binned service facts of the tickets behind each answer (tiers T1 and T2), attributes and
period (A3). Where answers have several tickets, a fact is their sum, each weighed 0.5^(age / half-life of the rule),
if that explains more of the score than the ticket that was asked about (else the latest one) alone. Least squares
of the score in NPS points (-100, 0, +100) on all of them, so a coefficient is in points;
intervals from the delete-a-group jackknife over account buckets. Headline: fixable points, minus the sum over
bad bins of share x coefficient. Secondary: share of R squared (LMG, controls partialled out). Total effects
hold only earlier stages equal: first response, breach, reassignment, resolution, reopen, escalation.
Assumes: no unmeasured cause of both service and score. Evidence grade D.
Refuses: fewer than 200 answers tied to tickets, fewer than 10 effective account groups, or no variation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nineplus.analyses import _driver_model as model
from nineplus.analyses import _facts as facts
from nineplus.analyses import _several_tickets as several_tickets
from nineplus.analyses._aggregates import answers
from nineplus.analyses._crossproducts import CrossProducts, cross_products
from nineplus.analyses._driver_model import Model, bad_of, title_of
from nineplus.analyses._words import (
    ACCOUNTS_INDEPENDENT,
    EXCLUDES_ZERO,
    THOSE_WHO_ANSWERED,
    many,
    points,
    spread,
    unsigned,
)
from nineplus.mart.bins import without_ticket
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import LATER
from nineplus.model import BadFilter, Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.jackknife import Replicates, effective_buckets
from nineplus.stats.multiplicity import benjamini_hochberg
from nineplus.stats.ranks import Ranks, ranks

NAME, TITLE = "drivers", "What does service do to NPS?"
NEEDED = 200
"""Answers tied to tickets below which nothing is said."""
FIRM = 3000
"""Answers tied to tickets below which drivers are candidates: their order agrees with the truth only half (methods)."""
FEWEST_GROUPS = 10.0
MOST_CONTROLS = 10
FALSE_ALARMS = 0.10
TICKETS = ("all", "primary")
SEVERAL = 0.05
"""Share of answers with a ticket that have several, from which it is asked whether all of them explain more."""
_METHOD = "Least squares on binned facts and controls, delete-a-group jackknife over account buckets"
_CONFIDENCE_HELP = "level of the intervals, 0 to 1"


@analysis(
    NAME,
    title=TITLE,
    options_help={
        "controls": "attributes held equal, separated by commas; none: no attribute; empty: all that fit",
        "tickets": "all: those of the window together, fading with time; primary: the one asked about, else the "
        "latest; empty: whichever explains more",
        "confidence": _CONFIDENCE_HELP,
    },
)
def drivers(data: Dataset, *, controls: str | None = None, tickets: str = "", confidence: float = 0.95) -> Result:
    if tickets not in ("", *TICKETS):
        raise BadFilter(f"tickets is {' or '.join(TICKETS)} or empty, not {tickets!r}.")
    prepared = prepare(data, controls=controls, tickets=tickets)
    if isinstance(prepared, str):
        return refuse(NAME, TITLE, prepared)
    columns, linked, said = prepared
    found = model.fit(columns)
    check = model.negative_control(columns, fewest=facts.SMALLEST_BIN)
    clear = _clear(found, confidence)
    costly = clear & (found.points.value > 0)
    headline = int(np.argmax(np.where(costly, found.points.value, -np.inf))) if costly.any() else None
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(found, headline, linked, confidence, better=bool(clear.any())),
        estimate=None if headline is None else _points(found, found.points, headline, confidence),
        tables=(
            _drivers_table(found, clear, confidence),
            _effects_table(found, confidence),
            _quadrant(found, confidence),
            *((_control_table(check, found.n, confidence),) if check else ()),
        ),
        figures={
            "n": int(found.n),
            "linked": linked,
            "candidates": linked < FIRM,
            "tickets": "primary" if columns.half_life_days is None else "all",
            "half_life_days": columns.half_life_days,
            "effective_groups": found.points.df + 1,
            "negative_control_p": None if check is None or np.isnan(check.p) else check.p,
            "negative_control": _passes(check),
            "dropped": list(found.dropped),
            "controls": sorted({columns.sums.columns[at][0] for at in columns.controls} - {"ticket", LATER + "ticket"}),
        },
        evidence=Grade.D,
        assumptions=(
            "No unmeasured cause of both service and score: an adjusted association, not an experiment.",
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            "Fixable points of several drivers may be added; total effects may not, they share what they carry.",
            *said,
            *_left_out(found),
        ),
        warnings=tuple(_warnings(found, check, linked)),
        method=_METHOD,
    )


def prepare(
    data: Dataset, *, controls: str | None, tickets: str = "primary"
) -> tuple[facts.Columns, int, list[str]] | str:
    """Columns with their sums, answers tied to tickets, what was not held equal; or the sentence that refuses.

    `tickets` as in the options of the drivers.
    """
    n, linked, breaches, several = _counted(data)
    if linked < NEEDED:
        return (
            f"Drivers need at least {NEEDED} answers tied to a ticket of the same customer; these data have {linked:,} "
            f"of {many(n, 'answer')}. Their order is reliable from {FIRM:,} on."
        )
    sampled = n > facts.SAMPLE_ABOVE
    chosen = facts.controls_of(data, controls)
    said = []
    if controls is None and len(chosen) > MOST_CONTROLS:
        left = ", ".join(attribute.label for attribute in chosen[MOST_CONTROLS:])
        said.append(f"Held equal: the first {MOST_CONTROLS} attributes; not held equal: {left}.")
        chosen = chosen[:MOST_CONTROLS]
    quarters = facts.quarters_of(data, sampled=sampled)
    service = facts.service_factors(data, quarters=quarters)
    context = facts.control_factors(data, chosen, sampled=sampled)
    later = facts.later_factors(data, breaches=breaches > 0)
    crossed = cross_products(data.responses, [*service, *later, *context])
    groups = effective_buckets(crossed.sizes)
    if groups < FEWEST_GROUPS:
        return (
            f"The answers weigh as those of {groups:.1f} groups of accounts; intervals need at least "
            f"{FEWEST_GROUPS:.0f}. More accounts must answer before drivers can be told from accounts."
        )
    if _all_agree(crossed):
        return "All answers fall into one group: there is nothing for service to explain."
    columns = facts.columns_of(
        crossed,
        drivers=[factor.name for factor in (*service, *later)],
        controls=[factor.name for factor in context],
    )
    if not any(not slug.startswith(LATER) for slug in columns.bins):
        return (
            f"No service fact has two bins of at least {facts.SMALLEST_BIN} answers: "
            "service was the same for everyone, or was not recorded."
        )
    links = {factor.name: factor for factor in facts.link_factors(data, quarters=quarters)}
    everything = {factor.name: factor for factor in (*service, *later, *context)}
    sums = partial(several_tickets.summed, data, columns, factors=everything, of_link=links)
    columns, which = _of_tickets(columns, sums, tickets=tickets if links else "primary", share=several / linked)
    return columns, linked, [*said, *which.format(several=several, linked=many(linked, "answer")).splitlines()]


def _of_tickets(
    columns: facts.Columns, sums: Callable[..., facts.Columns], *, tickets: str, share: float
) -> tuple[facts.Columns, str]:
    """The columns of one ticket an answer or of all of them, and the sentence that says which. {several}, {linked}"""
    several = "{several:,} of {linked} with a ticket had several in the window" if share else ""
    one = "the facts are those of the ticket that was asked about, else of the latest one"
    if tickets == "primary" or (not tickets and share < SEVERAL):
        return columns, f"{several}: {one}." if several else ""
    large = columns.sums.sizes.sum() > facts.SAMPLE_ABOVE
    added = sums(sampled=large and not tickets)
    apart, together = (several_tickets.explained(which, sampled=large and not tickets) for which in (columns, added))
    compared = f"{100 * together:.1f} % of the score's variance against {100 * apart:.1f} %"
    if not tickets and together <= apart:
        return columns, f"{several}: {one}, which explains as much as all of them together ({compared})."
    if large and not tickets:
        added = sums(sampled=False)
    return added, (
        f"{several}: all of them count together, each half as much every {added.half_life_days} days, which explains "
        f"{compared} by one ticket alone. An effect is that of a fresh ticket."
    )


def _counted(data: Dataset) -> tuple[int, int, int, int]:
    """Answers, those tied to a ticket, those with a breach after them, those with several tickets in the window."""
    rows = answers(data)
    counts = rows.agg(
        n=rows.count(),
        linked=rows.count(where=~without_ticket(rows)),
        breaches=rows.count(where=rows.later_sla_breached),
        several=rows.count(where=(rows.tickets_in_window > 1) & ~without_ticket(rows)),
    )
    row = counts.to_pyarrow().to_pylist()[0]
    return row["n"], row["linked"], row["breaches"], row["several"]


def _all_agree(crossed: CrossProducts) -> bool:
    whole = crossed.moments.sum(axis=0)
    return whole[-1, -1] - whole[0, -1] ** 2 / whole[0, 0] < 1e-6


def _clear(found: Model, confidence: float) -> np.ndarray:
    """Told from zero by its own interval, and among all drivers with false alarms controlled."""
    low, high = found.points.interval(confidence=confidence)
    with np.errstate(invalid="ignore"):
        alone = (low > 0) | (high < 0)
    return alone & (benjamini_hochberg(found.points.p_values()) <= FALSE_ALARMS)


def _points(found: Model, of: Replicates, j: int, confidence: float) -> Estimate:
    low, high = (float(end[j]) for end in of.interval(confidence=confidence))
    return Estimate(float(of.value[j]), low, high, found.n, found.n / found.deff[j], confidence, "jackknife")


def _effect(of: Replicates, j: int, n: float, confidence: float) -> Estimate:
    low, high = (float(end[j]) for end in of.interval(confidence=confidence))
    return Estimate(float(of.value[j]), low, high, n, n, confidence, "jackknife")


def _says(found: Model, headline: int | None, linked: int, confidence: float, *, better: bool) -> str:
    """`better`: some service fact can be distinguished from zero, if only because NPS is higher where it went badly."""
    weak = f"With {linked:,} answers tied to tickets (fewer than {FIRM:,}) these are candidates. "
    start = weak if linked < FIRM else ""
    if headline is None and better:
        return f"{start}No service fact goes with a lower NPS where it went badly; see those that go with a higher one."
    if headline is None:
        widest = float(np.nanmax(np.abs(np.stack(found.points.interval(confidence=confidence)))))
        return (
            f"{start}No service fact can be distinguished from zero in these data; "
            f"effects on NPS beyond {points(widest)} points are unlikely."
        )
    group = found.groups[headline]
    total = _points(found, found.points, headline, confidence)
    effect = _effect(found.effects, headline, found.bad[headline], confidence)
    share = 100 * found.bad[headline] / found.n
    direction = "lower" if effect.value < 0 else "higher"
    size = spread(unsigned(effect), f"points {direction}")
    placed = _ranks(found, confidence)
    last = int(placed.high[headline])
    weighs = "weighs most" if last == 1 else f"may weigh most (rank {placed.low[headline]} to {last})"
    ticket = "a ticket" if found.columns.half_life_days is None else "a fresh ticket"
    sentence = (
        f"{title_of(group)} {weighs}: after {ticket} {bad_of(group)}, NPS is {size}, other things equal. "
        f"It touches {share:.0f} % of answers, so {spread(total, 'points of NPS')} are at stake."
    )
    return start + sentence


def _ranks(found: Model, confidence: float) -> Ranks:
    """Effects come from one regression, so they move together: some orders are surer than the intervals look."""
    points = found.points
    together = np.nan_to_num(points.covariance)
    return ranks(points.value, np.nan_to_num(points.error), covariance=together, confidence=confidence)


def _drivers_table(found: Model, clear: np.ndarray, confidence: float) -> Table:
    placed = _ranks(found, confidence)
    rows = []
    for j in np.argsort(-found.points.value, kind="stable"):
        group = found.groups[j]
        rows.append(
            {
                "driver": "+".join(group),
                "title": title_of(group),
                "points": _points(found, found.points, j, confidence),
                "effect": _effect(found.effects, j, found.bad[j], confidence),
                "total_effect": _effect(found.total_effects, j, found.bad[j], confidence),
                "total_points": _points(found, found.total_points, j, confidence),
                "rank_low": int(placed.low[j]),
                "rank_high": int(placed.high[j]),
                "importance": float(found.shares.value[j]),
                "affected": int(found.bad[j]),
                "share": float(found.bad[j] / found.n),
                "vif": float(found.inflation[j]),
                "clear": bool(clear[j]),
            }
        )
    return Table(
        name="drivers",
        title=TITLE,
        columns=(
            Column("title", "Service fact"),
            Column("points", "Fixable points", Kind.ESTIMATE, "What NPS would gain if this always went well."),
            Column("effect", "Effect of a bad one", Kind.ESTIMATE, "NPS points against a good one, all else equal."),
            Column("total_effect", "Total effect", Kind.ESTIMATE, "With what it leads to: only earlier stages equal."),
            Column("total_points", "Fixable in total", Kind.ESTIMATE, "Not to be added up over drivers."),
            Column("rank_low", "Rank from", Kind.COUNT),
            Column("rank_high", "to", Kind.COUNT),
            Column("importance", "Share of R²", Kind.SHARE, "LMG: of what service explains beyond the controls."),
            Column("affected", "Answers affected", Kind.COUNT),
            Column("share", "of all", Kind.SHARE),
            Column("vif", "Variance inflation", Kind.NUMBER),
            Column("clear", "Interval excludes zero", Kind.FLAG, EXCLUDES_ZERO),
            Column("driver", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="title", value="points", flag="clear"),
        note="Fixable points: what NPS would gain if this always went well, other things equal. "
        "Grey cannot be distinguished from zero.",
    )


def _effects_table(found: Model, confidence: float) -> Table:
    rows = []
    for group in found.groups:
        for slug in group:
            label, count = found.columns.reference[slug]
            rows.append({"driver": slug, "title": title_of((slug,)), "bin": f"{label} (reference)", "n": int(count)})
            for label, at, worse in found.columns.bins[slug]:
                n = float(found.columns.counts[at])
                row: dict[str, Any] = {"driver": slug, "title": title_of((slug,)), "bin": label, "n": int(n)}
                if worse:
                    row |= {
                        "effect": _effect(found.direct, at, n, confidence),
                        "total_effect": _effect(found.total, at, n, confidence),
                    }
                rows.append(row)
    return Table(
        name="effects",
        title="Step by step: what each level of a service fact goes with",
        columns=(
            Column("title", "Service fact"),
            Column("bin", "Level"),
            Column("effect", "Effect", Kind.ESTIMATE, "All other facts equal."),
            Column("total_effect", "Total effect", Kind.ESTIMATE, "Only earlier stages equal."),
            Column("n", "Answers", Kind.COUNT),
        ),
        rows=tuple(rows),
    )


def _quadrant(found: Model, confidence: float) -> Table:
    performance = found.good / np.maximum(found.good + found.bad, 1)
    low, high = found.points.interval(confidence=confidence)
    line, middle = float(found.points.value.mean()), float(performance.mean())
    rows = []
    for j in np.argsort(-found.points.value, kind="stable"):
        label = None
        if low[j] > line:
            label = "Fix first" if performance[j] < middle else "Keep up"
        elif high[j] < line:
            label = "Watch" if performance[j] < middle else "Leave as it is"
        rows.append(
            {
                "title": title_of(found.groups[j]),
                "performance": float(performance[j]),
                "points": _points(found, found.points, j, confidence),
                "label": label,
            }
        )
    return Table(
        name="quadrant",
        title="How well is it done, and what is at stake?",
        columns=(
            Column("title", "Service fact"),
            Column("performance", "Tickets that go well", Kind.SHARE),
            Column("points", "Fixable points", Kind.ESTIMATE),
            Column("label", "Reading"),
        ),
        rows=tuple(rows),
        figure=Figure(kind="quadrant", label="title", value="points", centre=line),
        note=f"The lines are the averages, {100 * middle:.0f} % and {points(line)} points. "
        "Hollow: the interval crosses the line, so it may lie on either side.",
    )


def _control_table(check: model.Check, n: float, confidence: float) -> Table:
    rows = [
        {
            "title": f"{title_of((slug.removeprefix(LATER),))}: {label}",
            "effect": _effect(check.effects, j, float(check.counts[j]), confidence),
            "n": int(check.counts[j]),
        }
        for j, (slug, label) in enumerate(check.labels)
    ]
    return Table(
        name="negative_control",
        title="A check: tickets opened after the answer",
        columns=(
            Column("title", "Later service fact"),
            Column("effect", "Effect", Kind.ESTIMATE, "Must be about zero: it cannot have made the score."),
            Column("n", "Answers", Kind.COUNT),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="title", value="effect"),
        note="They cannot have made the score, so their effect must be about zero"
        + (f" (p = {check.p:.2f})." if not np.isnan(check.p) else "."),
    )


def _passes(check: model.Check | None) -> str:
    if check is None or np.isnan(check.p):
        return "not available"
    return "passed" if check.p >= 0.05 else "failed"


def _left_out(found: Model) -> list[str]:
    """Levels that are always those of another one: their effect is in it."""
    gone = [name.partition(":") for name in found.dropped]
    named = [f"{title_of((slug,))}, {level.strip()}" for slug, _, level in gone if slug in found.columns.bins]
    return [f"Left out, because the same answers form another level: {'; '.join(named)}."] if named else []


def _warnings(found: Model, check: model.Check | None, linked: int) -> list[str]:
    said = []
    if linked < FIRM:
        said.append(
            f"Candidates only: {linked:,} answers tied to tickets. From {FIRM:,} on the order of drivers is reliable."
        )
    for group, inflated in zip(found.groups, found.inflation, strict=True):
        if len(group) > 1:
            said.append(f"{title_of(group)} move together and cannot be told apart: shown as one.")
        elif inflated > model.WARN_ABOVE:
            said.append(f"{title_of(group)} overlaps with the other facts (variance inflation {inflated:.0f}).")
    if _passes(check) == "failed":
        said.append(
            "The negative control fails: tickets opened after the answer go with the score too. Something that these "
            "data do not hold makes both; read no effect here as a cause."
        )
    elif check is None:
        said.append("The negative control could not be run: too few answers have a bad ticket after them.")
    return said
