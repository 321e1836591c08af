"""Themes with service facts, attributes and period held equal: what a mention goes with beyond how one was served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses import _facts as facts
from nineplus.analyses._aggregates import answers
from nineplus.analyses._crossproducts import CrossProducts, Factor, cross_products
from nineplus.analyses._theme_model import NO_COMMENT, UNREAD, Columns, merged
from nineplus.analyses._themes import Counts, coded, readings, said
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.stats.themes import Impacts, theme_impacts

if TYPE_CHECKING:
    from ibis.expr import types as ir

Array = npt.NDArray[np.float64]
_MOST_CONTROLS = 10
_COMMENT, _THEME = "comment", "theme"


def held_equal(data: Dataset, counted: Counts, columns: Columns, *, level: str) -> Impacts:
    """The impacts of the same columns, in their order, controls beside them as the drivers have them."""
    sampled = answers(data).count().to_pyarrow().as_py() > facts.SAMPLE_ABOVE
    chosen = facts.controls_of(data, None)[:_MOST_CONTROLS]
    service = facts.service_factors(data, quarters=facts.quarters_of(data, sampled=sampled))
    context = facts.control_factors(data, chosen, sampled=sampled)
    has = data.responses.commented.fill_null(False)
    comment = Factor(_COMMENT, ("without", "with"), has.cast("int8"))
    held = [*service, *context]
    dense = cross_products(data.responses, [*held, comment])
    crossed = _joined(dense, columns, _across(data, counted, columns, dense, held, level=level))
    made = facts.columns_of(
        crossed,
        drivers=[factor.name for factor in service],
        controls=[factor.name for factor in context],
        also=[_THEME],
    )
    found = theme_impacts(made.sums.moments, columns=made.names)
    last = slice(len(made.names) - len(columns.names), None)
    return replace(
        found,
        columns=found.columns[last],
        effects=found.effects.of(lambda each: each[..., last]),
        impacts=found.impacts.of(lambda each: each[..., last]),
        shares=found.shares[last],
        mentions=found.mentions[last],
        drawn=found.drawn[last],
    )


def _joined(dense: CrossProducts, columns: Columns, across: Array) -> CrossProducts:
    """Controls first, themes behind them: the one matrix of sums."""
    p, k = len(dense.columns), len(columns.names)
    moments = np.zeros((BUCKETS, p + k + 2, p + k + 2))
    inner, outer = [0, *range(1, p + 1), p + k + 1], [0, *range(p + 1, p + k + 2)]
    moments[:, np.array(inner)[:, None], inner] = dense.moments
    moments[:, np.array(outer)[:, None], outer] = columns.sums
    moments[:, 1 : p + 1, p + 1 : p + k + 1] = across
    moments[:, p + 1 : p + k + 1, 1 : p + 1] = across.transpose(0, 2, 1)
    return CrossProducts(moments, (*dense.columns, *((_THEME, str(j)) for j in range(k))))


def _across(
    data: Dataset, counted: Counts, columns: Columns, dense: CrossProducts, held: Sequence[Factor], *, level: str
) -> Array:
    """Answers in a bin of a control that speak of a theme in a tone (BUCKETS, p, k), and those that say nothing."""
    codes = {f"c{i}": factor.code for i, factor in enumerate(held)}
    starts = {factor.name: dense.of(factor.name)[0] for factor in held}
    names, turn = merged(counted)
    found = np.zeros((BUCKETS, len(dense.columns), len(columns.names)))
    spoken = _by_factor(coded(said(data, level=level, **codes), counted), ["code"], held)
    tones = np.zeros((BUCKETS, len(dense.columns), 3 * len(counted)))
    for row in spoken:
        at = starts[held[row["factor"]].name] + row["bin"]
        for s, tone in enumerate("pmn"):
            tones[row["bucket"], at, 3 * row["code"] + s] = row[tone]
    found[..., : len(names)] = tones @ turn
    silent = [columns.names.index((name, "")) for name in (NO_COMMENT, UNREAD) if (name, "") in columns.names]
    if silent:
        seen = _seen(data, held, starts, codes, len(dense.columns))
        without, with_ = dense.of(_COMMENT)
        comments = {
            NO_COMMENT: dense.moments[:, 1:-1, 1 + without] + seen[False],
            UNREAD: dense.moments[:, 1:-1, 1 + with_] - seen[True] - seen[False],
        }
        for at in silent:
            found[..., at] = comments[columns.names[at][0]]
    return found


def _seen(
    data: Dataset, held: Sequence[Factor], starts: dict[str, int], codes: dict[str, ir.Value], width: int
) -> dict[bool, Array]:
    """Comments that were read in every bin of every control, by whether they say something."""
    rows = readings(data, **codes)
    words = rows.empty_because.isnull() | (rows.empty_because == "")
    sums = {True: np.zeros((BUCKETS, width)), False: np.zeros((BUCKETS, width))}
    for row in _by_factor(rows.mutate(positive=words, negative=~words, neither=False), [], held):
        at = starts[held[row["factor"]].name] + row["bin"]
        sums[True][row["bucket"], at] = row["p"]
        sums[False][row["bucket"], at] = row["m"]
    return sums


def _by_factor(rows: ir.Table, keys: Sequence[str], held: Sequence[Factor]) -> list[dict[str, int]]:
    """Rows counted by bucket, `keys` and the bin of each control in turn, in one statement."""
    parts = []
    for i in range(len(held)):
        each = rows.select("bucket", *keys, "positive", "negative", "neither", bin=rows[f"c{i}"].cast("int32"))
        parts.append(
            each.group_by("bucket", *keys, "bin")
            .agg(p=each.positive.sum(), m=each.negative.sum(), n=each.neither.sum())
            .mutate(factor=ibis.literal(i, "int16"))
        )
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return table.to_pyarrow().to_pylist()
