"""Score. What is the NPS, and how sure are we?

NPS is the share of promoters (9–10) minus the share of detractors (0–6), in points; the mean score stands
beside it. Reads account moments (methods §0, A2); the interval is Tango's score interval with the effective
number of answers (methods §1). With `by` (one attribute or several, separated by commas) and `period`
there is one row per cell.
Assumes: accounts answer independently of each other. Refuses: no answers.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import Any

from nineplus.analyses import _periods
from nineplus.analyses._aggregates import (
    Cells,
    affordable,
    attributes_of,
    cube_and_total,
    parent_icc,
    total,
)
from nineplus.analyses._privacy import Hidden, hidden, not_shown
from nineplus.analyses._words import (
    ACCOUNTS_INDEPENDENT,
    ANSWERS_INDEPENDENT,
    THOSE_WHO_ANSWERED,
    caution,
    group_figures,
    interval_method,
    label,
    many,
    mixed_touchpoints,
    spread,
    too_private,
)
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis

TITLE = "What is the NPS?"


@analysis(
    "score",
    title=TITLE,
    options_help={
        "by": "one row per value of this attribute; several, separated by commas, cross",
        "period": "one row per week, month or quarter (UTC)",
        "confidence": "level of the intervals, between 0 and 1",
        "method": "interval: score, adjusted_wald, wald or bonett_price",
        "clusters": "accounts: answers of one account may be alike; buckets: the same from 64 buckets of accounts, "
        "faster on millions of answers; auto: buckets above two million; none: every answer is independent",
    },
)
def score(
    data: Dataset,
    *,
    by: str | None = None,
    period: str | None = None,
    confidence: float = 0.95,
    method: str = "score",
    clusters: str = "auto",
) -> Result:
    """NPS of all answers, and of every cell of `by` x `period` where asked for; intervals know accounts."""
    clusters = affordable(data) if clusters == "auto" else clusters
    attributes = attributes_of(data, by)
    window = _periods.check(period) if period else None
    cells: Cells | None = None
    if attributes or window:
        cells, whole = cube_and_total(data, by=attributes, period=window, clusters=clusters)
    else:
        whole = total(data, clusters=clusters)
    if not len(whole):
        return refuse("score", TITLE, "No answers: there is no NPS to show.")
    if reason := too_private(data, whole):
        return refuse("score", TITLE, reason)
    arrays, worth = whole.nps(confidence=confidence, method=method)
    overall = arrays.estimate(0, confidence=confidence, method=method)
    figures = group_figures(whole, worth)
    if clusters != "accounts":
        figures |= {"accounts": None, "effective_accounts": None}
    tables = [_groups_table(figures)]
    warnings = [*mixed_touchpoints(data, by=attributes), *caution(worth)]
    if cells is not None:
        table, left_out = _cells_table(
            cells, attributes, window, confidence=confidence, method=method, icc=parent_icc(whole)
        )
        tables.insert(0, _around(table, overall))
        figures |= {"cells": len(cells), "cells_too_small": int(left_out.small.sum())}
        figures |= {"cells_hidden_beside": int(left_out.beside.sum())}
        warnings += not_shown(left_out, "cell")
    independent = clusters == "none"
    return Result(
        name="score",
        title=TITLE,
        says=_says(overall, figures["mean"]),
        estimate=overall,
        tables=tuple(tables),
        figures=figures,
        assumptions=(ANSWERS_INDEPENDENT if independent else ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED),
        warnings=tuple(warnings),
        method=interval_method(method, clustered=not independent) + (" by buckets" if clusters == "buckets" else ""),
    )


def _says(overall: Estimate, mean: float) -> str:
    level = f"{100 * overall.confidence:g} % interval"
    return f"NPS is {spread(overall)}, {level}, from {many(overall.n, 'answer')}; the mean score is {mean:.2f} of 10."


def _groups_table(figures: dict[str, Any]) -> Table:
    rows = tuple(
        {"group": group, "count": figures[key], "share": figures[key] / figures["n"]}
        for group, key in (
            ("Promoters (9–10)", "promoters"),
            ("Passives (7–8)", "passives"),
            ("Detractors (0–6)", "detractors"),
        )
    )
    return Table(
        name="groups",
        title="Promoters, passives, detractors",
        columns=(
            Column("group", "Group"),
            Column("count", "Answers", Kind.COUNT),
            Column("share", "Share", Kind.SHARE),
        ),
        rows=rows,
        figure=Figure("split", label="group", value="share"),
    )


def _cells_table(
    cells: Cells,
    attributes: list[Attribute],
    window: str | None,
    *,
    confidence: float,
    method: str,
    icc: float,
) -> tuple[Table, Hidden]:
    """One row per cell that may be shown, in the order of its keys; and which may not."""
    cuts = [cells.keys[attribute.slug] for attribute in attributes]
    left_out = hidden(cells.respondents, cuts if cells.period is None else [*cuts, cells.period])
    shown = cells[~left_out.any]
    arrays, _ = shown.nps(confidence=confidence, method=method, icc=icc)
    keys = [[label(value) for value in shown.keys[attribute.slug]] for attribute in attributes]
    columns = [Column(attribute.slug, attribute.label) for attribute in attributes]
    if window:
        starts = {number: _periods.start(window, number) for number in set(shown.period.tolist())}
        keys.append([starts[number] for number in shown.period.tolist()])
        columns.append(Column("period", window.capitalize(), Kind.MONTH if window == "month" else Kind.DATE))
    names = [column.name for column in columns]
    estimates = arrays.estimates(confidence=confidence, method=method)
    n, promoters, detractors = (
        part.tolist() for part in (shown.moments.n, shown.moments.promoters, shown.moments.detractors)
    )
    facts = zip(zip(*keys, strict=True), estimates, shown.mean.tolist(), n, promoters, detractors, strict=True)
    rows = [
        dict(zip(names, key, strict=True))
        | {"nps": nps, "mean": mean, "n": int(count), "promoters": p / count, "detractors": d / count}
        for key, nps, mean, count, p, d in facts
    ]
    rows.sort(key=itemgetter(*names))
    trend = window is not None and not attributes
    single = len(names) == 1
    table = Table(
        name="cells",
        title="NPS by " + ", ".join(column.title.lower() for column in columns),
        columns=(
            *columns,
            Column("nps", "NPS", Kind.ESTIMATE),
            Column("mean", "Mean score", Kind.NUMBER),
            Column("n", "Answers", Kind.COUNT),
            Column("promoters", "Promoters", Kind.SHARE),
            Column("detractors", "Detractors", Kind.SHARE),
        ),
        rows=tuple(rows),
        figure=Figure("trend" if trend else "whiskers", label=names[0], value="nps") if single else None,
        note=" ".join(not_shown(left_out, "cell")),
    )
    return table, left_out


def _around(table: Table, overall: Estimate) -> Table:
    """The rows drawn around the NPS of all answers."""
    if table.figure is None or table.figure.kind != "whiskers":
        return table
    return replace(table, figure=replace(table.figure, centre=overall.value))
