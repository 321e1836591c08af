"""Themes in points. What does each theme of the comments cost, or bring?

Reads how often themes are spoken of together, with what scores, per bucket of accounts (A3 with theme columns). Least
squares of the score in NPS points (-100, 0, +100) on every theme in every tone at once: a mention that is both good
and bad counts as both; answers without a comment have a column of their own, and answers whose words name no theme are
what all others are compared with. Effect: points of an answer with the mention against one without, its other mentions
equal. Impact: effect times share of all answers; base and impacts add up to NPS exactly. What fewer than 30 answers
say is drawn towards zero. Intervals from the delete-a-group jackknife over account buckets.
Assumes: association only. That mending a theme would bring its points takes an experiment or a comparison over time.
Refuses: comments that were not read, fewer than 100 answers with words, fewer than 10 effective account groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nineplus.analyses import _theme_model as model
from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._theme_estimates import (
    FIRM,
    by_theme,
    estimate,
    told_from_zero,
    too_little,
)
from nineplus.analyses._theme_held import held_equal
from nineplus.analyses._themes import (
    NEEDS,
    TONES,
    Counts,
    Names,
    Totals,
    chosen_level,
    nothing_read,
    totals,
)
from nineplus.analyses._words import (
    ACCOUNTS_INDEPENDENT,
    EXCLUDES_ZERO,
    THOSE_WHO_ANSWERED,
    many,
    mixed_touchpoints,
    spread,
    unsigned,
)
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.model.result import TOO_SMALL
from nineplus.plugs import analysis
from nineplus.stats.jackknife import Replicates
from nineplus.stats.themes import FEW, Impacts

NAME, TITLE = "theme-impact", "What do themes cost in points?"
METHOD = (
    "Least squares on themes in their tones, all at once; delete-a-group jackknife over account buckets; "
    f"below {FEW} mentions drawn towards zero"
)


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "level": "1: main themes; 2: with those below them; auto: 2 where the answers can bear it",
        "adjust": "also with service facts, attributes and period held equal",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def theme_impact(data: Dataset, *, level: str = "auto", adjust: bool = False, confidence: float = 0.95) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    whole = totals(data)
    if reason := too_little(whole):
        return refuse(NAME, TITLE, reason)
    level, counted = chosen_level(data, level, words=whole.words)
    columns = model.columns(data, counted, whole, level=level)
    if not any(theme in counted.themes for theme, _ in columns.names):
        return refuse(NAME, TITLE, f"No theme is spoken of by {PRIVACY_MINIMUM} people or more.")
    found = columns.impacts()
    adjusted = held_equal(data, counted, columns, level=level) if adjust else None
    titles = Names(data).among(counted.themes, level=level)
    clear = told_from_zero(found.impacts, confidence=confidence)
    themes = _themes(columns, found, counted, titles, confidence, adjusted)
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(themes, confidence),
        estimate=_headline(themes),
        tables=(
            themes,
            _tones(columns, found, counted, titles, confidence, clear, adjusted),
            _map(columns, found, counted, titles, confidence),
            _sum(columns, found, counted, whole, confidence),
        ),
        figures=_figures(found, counted, whole, level),
        evidence=Grade.D,
        assumptions=(
            "An association: those who mention a theme may differ in more than the theme. That solving it would raise "
            "NPS by its points takes an experiment or a comparison over time.",
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            "As read: what the reader of comments misses or mistakes draws effects towards zero.",
        ),
        warnings=(*mixed_touchpoints(data), *_warnings(columns, found, counted, whole)),
        method=METHOD + ("; adjusted for service facts, attributes and period" if adjusted else ""),
    )


def _themes(
    columns: model.Columns,
    found: Impacts,
    counted: Counts,
    titles: Mapping[str, str],
    confidence: float,
    adjusted: Impacts | None,
) -> Table:
    shown = [theme for theme in counted.themes if columns.of(theme)]
    impacts = by_theme(columns, found.impacts, shown)
    clear = told_from_zero(impacts, confidence=confidence)
    beside = by_theme(columns, adjusted.impacts, shown) if adjusted else None
    n = float(columns.sums[:, 0, 0].sum())
    rows: list[dict[str, Any]] = []
    for j, theme in enumerate(shown):
        i = counted.themes.index(theme)
        rows.append(
            {
                "theme": theme,
                "title": titles[theme],
                "impact": estimate(impacts, j, float(counted.n[i]), confidence),
                **({"impact_adjusted": estimate(beside, j, float(counted.n[i]), confidence)} if beside else {}),
                "mentions": int(counted.n[i]),
                "accounts": int(counted.accounts[i]),
                "share": float(counted.n[i] / n),
                **{tone: int(of) for tone, of in zip(TONES, counted.by_tone[i], strict=True)},
                "clear": bool(clear[j]),
            }
        )
    rows.sort(key=lambda row: (row["impact"].value or 0.0, row["theme"]))
    return Table(
        name="themes",
        title="What each theme costs or brings",
        columns=(
            Column("title", "Theme"),
            Column("impact", "Impact", Kind.ESTIMATE, "Points of NPS: effect times share, summed over tones."),
            *(
                (Column("impact_adjusted", "Impact, adjusted", Kind.ESTIMATE, "Service, attributes and period equal."),)
                if beside
                else ()
            ),
            Column("mentions", "Answers that speak of it", Kind.COUNT),
            Column("accounts", "Accounts", Kind.COUNT, "An answer without an account counts as one of its own."),
            Column("share", "of all answers", Kind.SHARE),
            Column("positive", "Positive", Kind.COUNT, "Answers that are both count in both."),
            Column("negative", "Negative", Kind.COUNT),
            Column("neither", "Neither", Kind.COUNT),
            Column("clear", "Interval excludes zero", Kind.FLAG, EXCLUDES_ZERO),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="title", value="impact", flag="clear", counts="mention"),
        note="Impact: what the answers that speak of it take from or add to NPS, their other mentions equal. Base and "
        "impacts add up to NPS. Grey cannot be distinguished from zero.",
    )


def _tones(
    columns: model.Columns,
    found: Impacts,
    counted: Counts,
    titles: Mapping[str, str],
    confidence: float,
    clear: Any,
    adjusted: Impacts | None,
) -> Table:
    rows = []
    for j in np.argsort(found.impacts.value, kind="stable"):
        theme, tone = columns.names[j]
        if not tone:
            continue
        n = float(found.mentions[j])
        rows.append(
            {
                "theme": theme,
                "title": titles[theme] if theme else TOO_SMALL,
                "tone": tone,
                "effect": estimate(found.effects, j, n, confidence),
                "impact": estimate(found.impacts, j, n, confidence),
                **(
                    {
                        "effect_adjusted": estimate(adjusted.effects, j, n, confidence),
                        "impact_adjusted": estimate(adjusted.impacts, j, n, confidence),
                    }
                    if adjusted
                    else {}
                ),
                "mentions": int(n),
                "share": float(found.shares[j]),
                "drawn": float(found.drawn[j]),
                "clear": bool(clear[j]),
            }
        )
    more = (
        Column("effect_adjusted", "Effect, adjusted", Kind.ESTIMATE, "Service, attributes and period equal."),
        Column("impact_adjusted", "Impact, adjusted", Kind.ESTIMATE),
    )
    return Table(
        name="tones",
        title="Tone by tone: what a good and a bad mention go with",
        columns=(
            Column("title", "Theme"),
            Column("tone", "Tone"),
            Column("effect", "Effect of a mention", Kind.ESTIMATE, "NPS points against an answer without it."),
            Column("impact", "Impact", Kind.ESTIMATE, "Effect times share of all answers."),
            *(more if adjusted else ()),
            Column("mentions", "Mentions", Kind.COUNT),
            Column("share", "of all answers", Kind.SHARE),
            Column(
                "drawn", "Drawn to", Kind.SHARE, f"Below {FEW} mentions an effect is drawn towards zero to so much."
            ),
            Column("clear", "Interval excludes zero", Kind.FLAG, EXCLUDES_ZERO),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
    )


def _map(
    columns: model.Columns, found: Impacts, counted: Counts, titles: Mapping[str, str], confidence: float
) -> Table:
    """Tone across, points up: what is spoken of badly and costs much stands in one corner."""
    shown = [theme for theme in counted.themes if columns.of(theme)]
    impacts = by_theme(columns, found.impacts, shown)
    rows = []
    for j, theme in enumerate(shown):
        i = counted.themes.index(theme)
        felt = counted.by_tone[i, 0] + counted.by_tone[i, 1]
        if felt <= 0:
            continue
        rows.append(
            {
                "theme": theme,
                "title": titles[theme],
                "positive": float(counted.by_tone[i, 0] / felt),
                "impact": estimate(impacts, j, float(counted.n[i]), confidence),
            }
        )
    return Table(
        name="map",
        title="How is it spoken of, and what is it worth?",
        columns=(
            Column("title", "Theme"),
            Column("positive", "Spoken of well", Kind.SHARE, "Of its mentions with a feeling."),
            Column("impact", "Impact", Kind.ESTIMATE),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure(kind="quadrant", label="title", value="impact", counts="mention"),
        note="Hollow: the impact cannot be distinguished from zero.",
    )


def _sum(columns: model.Columns, found: Impacts, counted: Counts, whole: Totals, confidence: float) -> Table:
    """Base and impacts, and what they come to."""
    themes = [j for j, (theme, tone) in enumerate(columns.names) if theme and tone]
    parts = [
        ("Themes", themes),
        ("Themes too small to show", columns.of(model.OTHERS)),
        ("Answers without words", columns.of(model.NO_COMMENT)),
        ("Comments not read yet", columns.of(model.UNREAD)),
    ]
    rows: list[dict[str, Any]] = [
        {"part": "Base: an answer with words and no theme", "points": estimate(found.base, 0, whole.n, confidence)}
    ]
    for part, at in parts:
        if at:
            one = found.impacts.of(lambda each, at=at: each[..., at].sum(axis=-1, keepdims=True))  # type: ignore[misc]
            rows.append({"part": part, "points": estimate(one, 0, float(found.mentions[at].sum()), confidence)})
    nps = Replicates(
        found.base.value + found.impacts.value.sum(keepdims=True),
        found.base.without + found.impacts.without.sum(axis=1, keepdims=True),
        found.base.df,
    )
    rows.append({"part": "NPS", "points": estimate(nps, 0, whole.n, confidence)})
    return Table(
        name="sum",
        title="What NPS is made of",
        columns=(Column("part", "Part"), Column("points", "Points", Kind.ESTIMATE)),
        rows=tuple(rows),
    )


def _headline(themes: Table) -> Estimate | None:
    clear = [row for row in themes.rows if row["clear"]]
    return min((row["impact"] for row in clear), key=lambda found: found.value, default=None)


def _says(themes: Table, confidence: float) -> str:
    costly = [row for row in themes.rows if row["clear"] and row["impact"].value < 0]
    dear = [row for row in reversed(themes.rows) if row["clear"] and row["impact"].value > 0]
    said = []
    if costly:
        first = costly[0]
        said.append(
            f"{first['title']} costs most: {spread(unsigned(first['impact']), 'points of NPS')}, "
            f"spoken of in {100 * first['share']:.0f} % of answers."
        )
        if more := [f"{row['title']} {spread(row['impact'])}" for row in costly[1:3]]:
            said.append(f"Then {' and '.join(more)}.")
    if dear:
        said.append(f"{dear[0]['title']} brings most: {spread(dear[0]['impact'], 'points')}.")
    if not said:
        ends = [end for row in themes.rows for end in (row["impact"].interval or ())]
        most = max(map(abs, ends), default=0)
        return f"No theme can be distinguished from zero; impacts beyond {most:.1f} points are unlikely."
    return " ".join(said)


def _figures(found: Impacts, counted: Counts, whole: Totals, level: str) -> dict[str, Any]:
    return {
        "n": int(whole.n),
        "words": int(whole.words),
        "wordless": int(whole.wordless[:, 0].sum()),
        "not_read": int(whole.unread[:, 0].sum()),
        "nps": float(whole.everything[:, 1].sum() / whole.n),
        "base": float(found.base.value[0]),
        "level": int(level),
        "themes": len(counted),
        "dropped": list(found.dropped),
        "effective_groups": found.impacts.df + 1,
    }


def _warnings(columns: model.Columns, found: Impacts, counted: Counts, whole: Totals) -> list[str]:
    said = []
    if whole.words < FIRM:
        said.append(
            f"Candidates only: {many(whole.words, 'answer')} with words. From {FIRM} on intervals were found to hold."
        )
    unread = whole.unread[:, 0].sum()
    if unread > 0:
        said.append(f"{many(unread, 'comment')} not read yet: they count as a part of their own.")
    few = int((~np.array([bool(columns.of(theme)) for theme in counted.themes])).sum())
    if few:
        said.append(f"{many(few, 'theme')} that fewer than {PRIVACY_MINIMUM} people speak of in one tone not shown.")
    if found.dropped:
        said.append(f"Cannot be told from other mentions, so without points of their own: {', '.join(found.dropped)}.")
    return said
