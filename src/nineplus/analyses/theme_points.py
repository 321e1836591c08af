"""Theme points over time. Does a theme cost more, or less, than it did?

Reads mentions as theme-impact does, once per calendar window: each window's own regression of NPS on all themes at
once, intervals from the jackknife over its account buckets. Change: the last whole window against the one before, the
same buckets left out on both sides, so that accounts which answered in both count as one; false alarms controlled over
the themes shown (Benjamini–Hochberg). A window is whole when it had ended as the data were taken.
Assumes: accounts answer independently of each other. Refuses: comments that were not read, fewer than two windows with
enough answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from nineplus.analyses import _periods
from nineplus.analyses import _theme_model as model
from nineplus.analyses._theme_estimates import by_theme, estimate, too_little
from nineplus.analyses._theme_shares import spoken
from nineplus.analyses._themes import (
    NEEDS,
    Counts,
    Names,
    chosen_level,
    counts,
    level_for,
    nothing_read,
    one_theme,
    totals,
)
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED, between
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Figure, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.jackknife import Replicates
from nineplus.stats.multiplicity import benjamini_hochberg

NAME, TITLE = "theme-points", "What do themes cost over time?"
MOST = 6
"""So many themes are drawn when none is chosen, those most spoken of."""
MOST_WINDOWS = 12
"""Each window is a regression of its own: the last so many."""


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "theme": "one theme, by its name in lists of themes; empty: the six most spoken of",
        "window": "month or quarter",
        "level": "1: main themes; 2: with those below them; auto: 2 where the answers can bear it",
        "q": "share of findings that may be false (Benjamini–Hochberg)",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def theme_points(
    data: Dataset,
    *,
    theme: str | None = None,
    window: str = "quarter",
    level: str = "auto",
    q: float = 0.10,
    confidence: float = 0.95,
) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    window = _periods.check(window)
    level, counted = chosen_level(data, level_for(level, theme), words=totals(data).words)
    chosen = [one_theme(counted, theme)] if theme else [int(i) for i in np.flatnonzero(counted.shown)[:MOST]]
    if not chosen:
        return refuse(NAME, TITLE, "No theme is spoken of by enough people.")
    slugs = [counted.themes[i] for i in chosen]
    keys = spoken(data, counted, level=level, group=_periods.column(data.responses, window)).keys
    numbers = sorted(_periods.index(window, key) if isinstance(key, date) else int(key) for key in keys)
    parts = [_part(data, window, number, slugs, level) for number in numbers[-MOST_WINDOWS:]]
    told = [part for part in parts if part is not None]
    if len(told) < 2:
        return refuse(NAME, TITLE, f"Fewer than two {window}s have enough answers for points of their own.")
    titles = Names(data).among(counted.themes, level=level)
    whole = _periods.index(window, data.snapshot.made_at.date()) if data.snapshot else told[-1].number + 1
    change = _change(told, whole, slugs, titles, window, q=q, confidence=confidence)
    trends = tuple(_trend(data, told, whole, j, slug, titles[slug], window, confidence) for j, slug in enumerate(slugs))
    said = [_periods.name(window, number) for number in numbers[-MOST_WINDOWS:] if number not in _numbers(told)]
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(change),
        tables=(*((change,) if change else ()), *trends),
        figures={"window": window, "windows": len(told), "themes": len(slugs), "level": int(level)},
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            "Points are an association: what answers that speak of it take from or add to NPS in that window.",
            f"Of the changes that are told, {q:.0%} may be false.",
        ),
        warnings=(f"Too few answers for points of their own: {', '.join(said)}.",) if said else (),
        method="Least squares on all themes within each window; jackknife over account buckets, the same left out on "
        f"both sides of a change; Benjamini–Hochberg q = {q:g}",
        evidence=Grade.D,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One window: impacts of the themes, with each of all BUCKETS left out; which of them are there; mentions."""

    number: int
    impacts: Replicates
    there: Any
    mentions: list[int]


def _part(data: Dataset, window: str, number: int, slugs: list[str], level: str) -> _Part | None:
    """None where a window has too few answers."""
    first, after = _periods.start(window, number), _periods.start(window, number + 1)
    rows = data.responses.filter((data.responses.month >= first) & (data.responses.month < after))
    own = replace(data, responses=rows)
    whole = totals(own)
    if too_little(whole):
        return None
    counted = counts(own, level=level)
    columns = model.columns(own, counted, whole, level=level)
    found = by_theme(columns, columns.impacts().impacts, slugs)
    return _Part(
        number,
        Replicates(found.value, _spread(found.without, columns.sums[:, 0, 0], found.value), found.df),
        np.array([bool(columns.of(slug)) for slug in slugs]),
        [_mentions(counted, slug) for slug in slugs],
    )


def _spread(without: Any, sizes: Any, value: Any) -> Any:
    """A row for each of all buckets: where one has no answers in the window, leaving it out changes nothing."""
    rows = np.repeat(value[None], BUCKETS, axis=0)
    rows[sizes > 0] = without
    return rows


def _mentions(counted: Counts, slug: str) -> int:
    return int(counted.n[counted.themes.index(slug)]) if slug in counted.themes else 0


def _numbers(told: list[_Part]) -> list[int]:
    return [part.number for part in told]


def _change(
    told: list[_Part], whole: int, slugs: list[str], titles: Mapping[str, str], window: str, *, q: float,
    confidence: float,
) -> Table | None:  # fmt: skip
    ended = [part for part in told if part.number < whole]
    if len(ended) < 2 or ended[-1].number - ended[-2].number != 1:
        return None
    before, now = ended[-2:]
    gap = Replicates(
        now.impacts.value - before.impacts.value,
        now.impacts.without - before.impacts.without,
        min(now.impacts.df, before.impacts.df),
    )
    known = now.there & before.there
    p = benjamini_hochberg(np.where(known, gap.p_values(), np.nan))
    rows: list[dict[str, Any]] = []
    for j, slug in enumerate(slugs):
        if not known[j]:
            continue
        change = estimate(gap, j, float(now.mentions[j]), confidence)
        rows.append(
            {
                "theme": slug,
                "title": titles[slug],
                "change": change,
                "now": estimate(now.impacts, j, float(now.mentions[j]), confidence),
                "before": estimate(before.impacts, j, float(before.mentions[j]), confidence),
                "p": None if np.isnan(p[j]) else float(p[j]),
                "apart": bool(p[j] <= q and change.excludes_zero),
            }
        )
    if not rows:
        return None
    rows.sort(key=lambda row: (not row["apart"], -abs(row["change"].value or 0)))
    title = f"{_periods.name(window, now.number)} against {_periods.name(window, before.number)}"
    return Table(
        name="change",
        title=title[:1].upper() + title[1:],
        columns=(
            Column("title", "Theme"),
            Column("change", "Change", Kind.ESTIMATE, "In points of NPS."),
            Column("now", "Points now", Kind.ESTIMATE),
            Column("before", "Points before", Kind.ESTIMATE),
            Column("p", "p, adjusted", Kind.P_VALUE, "Benjamini–Hochberg over the themes shown."),
            Column("apart", "Changed", Kind.FLAG, "Beyond chance, by the adjusted p."),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure("whiskers", label="title", value="change", flag="apart"),
        note="Grey cannot be distinguished from no change.",
    )


def _trend(
    data: Dataset, told: list[_Part], whole: int, j: int, slug: str, title: str, window: str, confidence: float
) -> Table:
    rows = [
        {
            "period": _periods.start(window, part.number),
            "impact": estimate(part.impacts, j, float(part.mentions[j]), confidence),
            "mentions": part.mentions[j],
            "full": part.number < whole,
        }
        for part in told
        if part.there[j]
    ]
    first = rows[0]["period"] if rows else date.max
    return Table(
        name=f"points-{slug.replace('.', '-').replace('_', '-')}",
        title=f"{title}: points of NPS",
        columns=(
            Column("period", window.capitalize(), Kind.DATE if window == "week" else Kind.MONTH),
            Column("impact", "Points", Kind.ESTIMATE, "What answers that speak of it take from or add to NPS."),
            Column("mentions", "Mentions", Kind.COUNT),
            Column("full", "Whole", Kind.FLAG, "The window had ended when the data were taken."),
        ),
        rows=tuple(rows),
        figure=Figure("trend", label="period", value="impact", markers=tuple(m for m in data.markers if m.at >= first))
        if len(rows) > 1
        else None,
        note="Points of NPS in each window, other themes equal.",
    )


def _says(change: Table | None) -> str:
    if change is None:
        return "No two whole windows in a row to compare: see how points went."
    apart = [row for row in change.rows if row["apart"]]
    if not apart:
        return f"{change.title}: no theme detectably costs more or less."
    named = "; ".join(
        f"{row['title']} {row['change'].value:+.1f} points (change {between(row['change'])}), "
        f"now {row['now'].value:+.1f}"
        for row in apart[:3]
    )
    return f"{change.title}: {named}."
