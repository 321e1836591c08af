"""Themes over time. Is a theme spoken of more, or less, than before?

Reads mentions by calendar window and bucket of accounts. Of the answers whose comment says something, the share that
speaks of a theme, that does well and that does badly, per window, with Wilson's interval (account-clustered). Change:
the last whole window against the one before, by the jackknife over account buckets, false alarms controlled over the
themes shown (Benjamini–Hochberg). A window is whole when it had ended as the data were taken.
Assumes: accounts answer independently of each other. Refuses: comments that were not read, fewer than two windows.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from nineplus.analyses import _periods
from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._theme_shares import NEGATIVE, POSITIVE, Spoken, against, comparable, share, spoken
from nineplus.analyses._themes import NEEDS, Counts, Names, chosen_level, level_for, nothing_read, one_theme, totals
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED, between
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.multiplicity import benjamini_hochberg

NAME, TITLE = "theme-trend", "What is spoken of more than before?"
MOST = 8
"""So many themes are drawn when none is chosen, those most spoken of."""
ENOUGH = 30
"""Answers with words that a month must have, on average, to be the window."""


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "theme": "one theme, by its name in lists of themes; empty: the eight most spoken of",
        "window": "week, month or quarter; empty: month, or quarter where months have few answers",
        "level": "1: main themes; 2: with those below them; auto: 2 where the answers can bear it",
        "q": "share of findings that may be false (Benjamini–Hochberg)",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def theme_trend(
    data: Dataset,
    *,
    theme: str | None = None,
    window: str | None = None,
    level: str = "auto",
    q: float = 0.10,
    confidence: float = 0.95,
) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    words = totals(data).words
    window = _periods.check(window) if window else _window(data, words)
    level, counted = chosen_level(data, level_for(level, theme), words=words)
    found = spoken(data, counted, level=level, group=_periods.column(data.responses, window))
    numbers = [_periods.index(window, key) if isinstance(key, date) else int(key) for key in found.keys]
    enough = [g for g in range(len(numbers)) if found.of_people[g] >= PRIVACY_MINIMUM]
    if len(enough) < 2:
        return refuse(
            NAME, TITLE, f"Fewer than two {window}s have {PRIVACY_MINIMUM} people's words: nothing changes yet."
        )
    chosen = [one_theme(counted, theme)] if theme else [int(i) for i in np.flatnonzero(counted.shown)[:MOST]]
    if not chosen:
        return refuse(NAME, TITLE, f"No theme is spoken of by {PRIVACY_MINIMUM} people or more.")
    titles = Names(data).among(counted.themes, level=level)
    last = _last_whole(data, window, numbers, enough)
    change = _change(found, counted, titles, chosen, last, (window, numbers), q=q, confidence=confidence)
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(change),
        tables=(
            *((change,) if change else ()),
            *(_trend(data, found, counted, titles, i, (window, numbers), last, confidence) for i in chosen),
        ),
        figures={
            "window": window,
            "n": int(words),
            "themes": len(chosen),
            "level": int(level),
            "changed": sum(row["apart"] for row in change.rows) if change else 0,
        },
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            f"Of the changes that are told, {q:.0%} may be false.",
            "Shares are of answers whose comment says something: how many write is not in them.",
        ),
        method="Wilson intervals, account-clustered; changes by a jackknife over account buckets; "
        f"Benjamini–Hochberg q = {q:g}",
    )


def _window(data: Dataset, words: float) -> str:
    months = data.responses.month.nunique().to_pyarrow().as_py() or 1
    return "month" if words / months >= ENOUGH else "quarter"


def _last_whole(data: Dataset, window: str, numbers: list[int], enough: list[int]) -> tuple[int, int] | None:
    """The last window that had ended, and the one before it; None where there are no two in a row."""
    now = _periods.index(window, data.snapshot.made_at.date()) if data.snapshot else max(numbers) + 1
    ended = [g for g in enough if numbers[g] < now]
    if len(ended) < 2 or numbers[ended[-1]] - numbers[ended[-2]] != 1:
        return None
    return ended[-1], ended[-2]


def _change(
    found: Spoken, counted: Counts, titles: dict[str, str], chosen: list[int], last: tuple[int, int] | None,
    windows: tuple[str, list[int]], *, q: float, confidence: float,
) -> Table | None:  # fmt: skip
    if last is None:
        return None
    now, before = last
    hits, others = found.hits[chosen, now, :, 0], found.hits[chosen, before, :, 0]
    away = against(hits, found.sizes[now], others, found.sizes[before])
    known = comparable(hits.sum(axis=1), found.sizes[now].sum(), others.sum(axis=1), found.sizes[before].sum())
    p = benjamini_hochberg(np.where(known, away.p_values(), np.nan))
    rows: list[dict[str, Any]] = []
    for j, i in enumerate(chosen):
        gap = away.estimate(j, float(found.sizes[now].sum()), confidence)
        rows.append(
            {
                "theme": counted.themes[i],
                "title": titles[counted.themes[i]],
                "now": share(found.hits[i, now, :, 0], found.sizes[now], confidence=confidence),
                "before": share(found.hits[i, before, :, 0], found.sizes[before], confidence=confidence),
                "change": gap,
                "p": None if np.isnan(p[j]) else float(p[j]),
                "apart": bool(p[j] <= q and gap.excludes_zero),
            }
        )
    rows.sort(key=lambda row: (not row["apart"], -abs(row["change"].value or 0)))
    window, numbers = windows
    return Table(
        name="change",
        title=f"{_capital(_periods.name(window, numbers[now]))} against {_periods.name(window, numbers[before])}",
        columns=(
            Column("title", "Theme"),
            Column("change", "Change", Kind.ESTIMATE, "In per cent of the answers with words."),
            Column("now", "Share now", Kind.ESTIMATE),
            Column("before", "Share before", Kind.ESTIMATE),
            Column("p", "p, adjusted", Kind.P_VALUE, "Benjamini–Hochberg over the themes shown."),
            Column("apart", "Changed", Kind.FLAG, "Beyond chance, by the adjusted p."),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure("whiskers", label="title", value="change", flag="apart"),
        note="Grey cannot be distinguished from no change.",
    )


def _trend(
    data: Dataset, found: Spoken, counted: Counts, titles: dict[str, str], i: int, windows: tuple[str, list[int]],
    last: tuple[int, int] | None, confidence: float,
) -> Table:  # fmt: skip
    window, numbers = windows
    slug = counted.themes[i]
    whole = numbers[last[0]] if last else max(numbers)
    rows = []
    for g, number in enumerate(numbers):
        if found.of_people[g] < PRIVACY_MINIMUM:
            continue
        shares = [share(found.hits[i, g, :, tone], found.sizes[g], confidence=confidence) for tone in range(3)]
        rows.append(
            {
                "period": _periods.start(window, number),
                "share": shares[0],
                "positive": shares[POSITIVE],
                "negative": shares[NEGATIVE],
                "mentions": int(found.hits[i, g, :, 0].sum()),
                "n": int(found.sizes[g].sum()),
                "full": number <= whole,
            }
        )
    first = rows[0]["period"]
    return Table(
        name=f"trend-{slug.replace('.', '-').replace('_', '-')}",
        title=f"{titles[slug]}: share of answers that speak of it",
        columns=(
            Column("period", window.capitalize(), Kind.DATE if window == "week" else Kind.MONTH),
            Column("share", "Share", Kind.ESTIMATE, "Per cent of the answers with words."),
            Column("positive", "Well", Kind.ESTIMATE),
            Column("negative", "Badly", Kind.ESTIMATE),
            Column("mentions", "Mentions", Kind.COUNT),
            Column("n", "Answers with words", Kind.COUNT),
            Column("full", "Whole", Kind.FLAG, "The window had ended when the data were taken."),
        ),
        rows=tuple(rows),
        figure=Figure("trend", label="period", value="share", markers=tuple(m for m in data.markers if m.at >= first)),
        note="Per cent of the answers whose comment says something.",
    )


def _says(change: Table | None) -> str:
    if change is None:
        return "No two whole windows in a row to compare: see how shares went."
    apart = [row for row in change.rows if row["apart"]]
    if not apart:
        return f"{change.title}: no theme is detectably spoken of more or less."
    named = "; ".join(
        f"{row['title']} {'up' if row['change'].value > 0 else 'down'} to {row['now'].value:.1f} % from "
        f"{row['before'].value:.1f} % (change {between(row['change'])})"
        for row in apart[:3]
    )
    return f"{change.title}: {named}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
