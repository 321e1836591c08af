"""Several tickets before one answer: each counts half as much after each half-life, and what they did adds up.

The columns of the driver regression again, where a service fact is not that of one ticket but the sum over all links
of the same customer (tiers T1 and T2) of 0.5^(age / half-life), as methods, attribution, asks. `no ticket`, controls
and the facts of later tickets stay as they are. Where an answer has one ticket, the sum is read off the answer; links
are looked up for the others only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ibis
import numpy as np

from nineplus.analyses._aggregates import answers
from nineplus.analyses._crossproducts import CrossProducts, Factor
from nineplus.analyses._facts import SAMPLE_BUCKETS, Columns
from nineplus.mart.bins import without_ticket
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS, LATER, PRIMARY
from nineplus.model.attribution import LinkRule
from nineplus.stats.regression import centred, independent, slopes
from nineplus.stats.scale import DETRACTOR_TO, POINTS, PROMOTER_FROM

if TYPE_CHECKING:
    from ibis.expr import types as ir

RECENCY = ("ticket", "how recent")
"""The column that holds what any ticket weighs, however it went: the reference bins."""


def summed(
    data: Dataset, columns: Columns, *, factors: Mapping[str, Factor], of_link: Mapping[str, Factor], sampled: bool
) -> Columns:
    """The same columns with decayed sums over all tickets in those of service facts, and one more, RECENCY.

    `factors` are all of the regression by name, over the answers; `of_link` those of service, over `response_ticket`.
    `sampled`: only the first buckets, to compare; what is not asked for stays zero. `affected` and `counts` of the
    answer are numbers of answers, as before.
    """
    names = columns.sums.columns
    service = [at for at, (slug, _) in enumerate(names) if slug in of_link and at not in columns.controls]
    plain = [at for at in range(len(columns.names)) if at not in service]
    rows = _rows(data, columns, service=service, factors=factors, of_link=of_link, sampled=sampled)
    recorded = {slug: [at for _, at, _ in bins] for slug, bins in columns.bins.items() if slug in of_link}
    worse = {slug: [at for _, at, bad in bins if bad] for slug, bins in columns.bins.items() if slug in of_link}
    held = _held(columns, service=service, factors=factors, of_link=of_link)
    moments = _moments(rows, columns, service=service, plain=plain, held=held)
    touched = rows.agg(
        n=rows.count(),
        **{f"c{at}": (rows[f"x{at}"] > 0).sum() for at in service},
        **{f"a_{slug}": _any(rows, at).sum() for slug, at in worse.items()},
        **{f"g_{slug}": (~_any(rows, at)).sum() for slug, at in recorded.items()},
    )
    found = touched.to_pyarrow().to_pylist()[0]
    counts = columns.sums.counts.copy()
    for at in service:
        counts[at] = found[f"c{at}"] or 0
    names = (*names, RECENCY)
    return replace(
        columns,
        sums=CrossProducts(moments=moments, columns=names),
        names=tuple(f"{a}: {b}" for a, b in names),
        controls=[*columns.controls, len(columns.names)],
        counts=np.append(counts, found["n"]),
        reference=columns.reference
        | {slug: (columns.reference[slug][0], float(found[f"g_{slug}"] or 0)) for slug in recorded},
        half_life_days=half_life(data),
        members=(*columns.members, ("", ())),
        affected={slug: float(found[f"a_{slug}"] or 0) for slug in worse},
    )


def explained(columns: Columns, *, sampled: bool) -> float:
    """Adjusted R squared of service facts and controls together: one more column must pay for itself.

    `sampled`: of the first buckets only. Source: Theil 1961.
    """
    whole = columns.sums.moments[: SAMPLE_BUCKETS if sampled else None].sum(axis=0)
    spread = centred(whole)
    held = [at for at, (slug, _) in enumerate(columns.sums.columns) if not slug.startswith(LATER)]
    inner = [*held, len(spread) - 1]
    block = spread[np.ix_(inner, inner)]
    kept = independent(block[:-1, :-1])
    if block[-1, -1] <= 0:
        return 0.0
    share = float(slopes(block, kept=kept) @ block[:-1, -1] / block[-1, -1])
    n = float(whole[0, 0])
    return 1 - (1 - share) * (n - 1) / max(n - len(kept) - 1, 1.0)


def half_life(data: Dataset) -> int:
    """Days: that of the rule by which the answers were tied to their tickets."""
    return (data.rule or LinkRule()).half_life_days


def _rows(
    data: Dataset,
    columns: Columns,
    *,
    service: Sequence[int],
    factors: Mapping[str, Factor],
    of_link: Mapping[str, Factor],
    sampled: bool,
) -> ir.Table:
    """One row for every answer with a ticket: bucket, y, codes of what is held equal, x of every service column, w."""
    every = answers(data)
    every = every.filter(every.bucket < SAMPLE_BUCKETS) if sampled else every
    held = _held(columns, service=service, factors=factors, of_link=of_link)
    y = ibis.cases((every.score >= PROMOTER_FROM, POINTS), (every.score <= DETRACTOR_TO, -POINTS), else_=0.0)
    age = every.ticket_age_hours.fill_null(0.0) / 24
    kept = every.filter(~without_ticket(every)).select(
        "response",
        "bucket",
        y=y,
        several=(every.tickets_in_window > 1).fill_null(False),
        own=ibis.literal(0.5).pow(ibis.greatest(age, 0.0) / half_life(data)),
        **{f"f{i}": factors[slug].code.cast("int32") for i, slug in enumerate(held)},
        **{f"s_{slug}": factors[slug].code.cast("int32") for slug in of_link},
    )
    codes = [f"f{i}" for i in range(len(held))]
    alone = kept.filter(~kept.several)
    ones = {
        f"x{at}": ibis.ifelse(alone[f"s_{columns.sums.columns[at][0]}"].isin(columns.members[at][1]), alone.own, 0.0)
        for at in service
    }
    single = alone.select("bucket", "y", *codes, **ones, w=alone.own)
    links = data.response_ticket
    assert links is not None
    coded = links.filter(links.tier.isin(PRIMARY)).select(
        "response", "weight", **{f"s_{slug}": factor.code.cast("int32") for slug, factor in of_link.items()}
    )
    crowd = kept.filter(kept.several)
    coded = coded.semi_join(crowd, "response").mutate(weight=coded.weight.fill_null(1.0))
    sums = {
        f"x{at}": ibis.ifelse(
            coded[f"s_{columns.sums.columns[at][0]}"].isin(columns.members[at][1]), coded.weight, 0.0
        ).sum()
        for at in service
    }
    added = coded.group_by(answer="response").agg(**sums, w=coded.weight.sum())
    joined = crowd.inner_join(added, crowd.response == added.answer)
    return ibis.union(single, joined.select(*single.columns))


def _held(
    columns: Columns, *, service: Sequence[int], factors: Mapping[str, Factor], of_link: Mapping[str, Factor]
) -> list[str]:
    """The factors behind columns that stay as they are; `no ticket` needs none: no link, no sum."""
    used = {slug for at, (slug, _) in enumerate(columns.members) if at not in service}
    return [slug for slug in factors if slug in used and slug not in of_link]


def _any(rows: ir.Table, at: Sequence[int]) -> ir.BooleanValue:
    hit = rows.w < 0
    for place in at:
        hit = hit | (rows[f"x{place}"] > 0)
    return hit


def _moments(
    rows: ir.Table, columns: Columns, *, service: Sequence[int], plain: Sequence[int], held: Sequence[str]
) -> np.ndarray:
    """Sums of products by bucket: those of what stays as they were, those of service from the rows."""
    old = columns.sums.moments
    width = len(columns.names)
    moments = np.zeros((BUCKETS, width + 3, width + 3))
    stays = [0, *(1 + at for at in plain), width + 2]
    was = [0, *(1 + at for at in plain), width + 1]
    moments[np.ix_(range(BUCKETS), stays, stays)] = old[np.ix_(range(BUCKETS), was, was)]
    named = [*((f"x{at}", 1 + at) for at in service), ("w", 1 + width)]
    sums = {f"s{at}": rows[name].sum() for name, at in named}
    sums |= {f"y{at}": (rows[name] * rows.y).sum() for name, at in named}
    sums |= {f"p{a}_{b}": (rows[left] * rows[right]).sum() for left, a in named for right, b in named if b >= a}
    for row in rows.group_by("bucket").agg(**sums).to_pyarrow().to_pylist():
        block = moments[row["bucket"]]
        for key, value in row.items():
            kind, rest = key[0], key[1:]
            if kind == "s":
                block[0, int(rest)] = block[int(rest), 0] = value
            elif kind == "y":
                block[-1, int(rest)] = block[int(rest), -1] = value
            elif kind == "p":
                a, b = (int(part) for part in rest.split("_"))
                block[a, b] = block[b, a] = value
    if held:
        _beside(rows, moments, columns, named=named, plain=plain, held=held)
    return moments


def _beside(
    rows: ir.Table,
    moments: np.ndarray,
    columns: Columns,
    *,
    named: Sequence[tuple[str, int]],
    plain: Sequence[int],
    held: Sequence[str],
) -> None:
    """Sums of every x over the levels of what is held equal, one grouping for each factor, in one statement."""
    parts = []
    for i in range(len(held)):
        found = rows.group_by("bucket", code=rows[f"f{i}"]).agg(**{f"s{at}": rows[name].sum() for name, at in named})
        parts.append(found.mutate(factor=ibis.literal(i, "int16")))
    together = ibis.union(*parts) if len(parts) > 1 else parts[0]
    place = {}
    for at in plain:
        slug, levels = columns.members[at]
        if slug in held:
            place |= {(held.index(slug), code): 1 + at for code in levels}
    for row in together.to_pyarrow().to_pylist():
        at = place.get((row["factor"], row["code"]), 0)
        for _, mine in named if at else ():
            moments[row["bucket"], at, mine] += row[f"s{mine}"]
            moments[row["bucket"], mine, at] += row[f"s{mine}"]
