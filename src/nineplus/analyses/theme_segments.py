"""Themes by segment. Who speaks of what, and where does a theme cost more?

Reads mentions by segment and bucket of accounts. Share: of the answers whose comment says something, how many speak of
a theme, each segment against all others; impact: the points of a theme within each segment (as in theme-impact),
against the others' mean weighed by precision. Intervals from the jackknife over account buckets (shares: Wilson's);
the family of all comparisons is controlled at q (Benjamini–Hochberg).
Assumes: accounts answer independently of each other; for impacts, that segments share few accounts.
Refuses: comments that were not read, fewer than two segments above the privacy minimum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nineplus.analyses import _theme_model as model
from nineplus.analyses._aggregates import attributes_of
from nineplus.analyses._privacy import PRIVACY_MINIMUM, hidden, not_shown
from nineplus.analyses._theme_estimates import by_theme, estimate, too_little
from nineplus.analyses._theme_shares import TONES_OF_SHARES, Spoken, compared, spoken
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
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED, between, label, many
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import BadFilter, Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.multiplicity import benjamini_hochberg
from nineplus.stats.quantiles import reach

NAME, TITLE = "theme-segments", "Who speaks of what?"
MEASURES = ("share", "impact")
MOST_SEGMENTS = 12
"""Impacts are computed in so many segments, those with most answers: each is a regression of its own."""


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "by": "the attribute to cut by",
        "theme": "one theme, by its name in lists of themes; empty: all",
        "measure": "share: of the answers with words; impact: points of NPS within the segment",
        "tone": "which mentions make a share: any, positive or negative",
        "level": "1: main themes; 2: with those below them; auto: 2 where the answers can bear it",
        "q": "share of findings that may be false (Benjamini–Hochberg)",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def theme_segments(
    data: Dataset,
    *,
    by: str,
    theme: str | None = None,
    measure: str = "share",
    tone: str = "any",
    level: str = "auto",
    q: float = 0.10,
    confidence: float = 0.95,
) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    attributes = attributes_of(data, by)
    if len(attributes) != 1:
        raise BadFilter("Say one attribute to cut by.")
    if measure not in MEASURES or tone not in TONES_OF_SHARES:
        raise BadFilter(f"The measure is {' or '.join(MEASURES)}, the tone {', '.join(TONES_OF_SHARES)}.")
    if not 0 < q < 1:
        raise BadFilter(f"q is a share between 0 and 1, not {q!r}.")
    attribute = attributes[0]
    level, counted = chosen_level(data, level_for(level, theme), words=totals(data).words)
    found = spoken(data, counted, level=level, group=data.responses[attribute.column])
    left_out = hidden(found.of_people)
    shown = [int(i) for i in np.flatnonzero(~left_out.any)]
    if len(shown) < 2:
        return refuse(NAME, TITLE, f"{attribute.label}: fewer than two segments with {PRIVACY_MINIMUM} people's words.")
    themes = [one_theme(counted, theme)] if theme else [int(i) for i in np.flatnonzero(counted.shown)]
    if not themes:
        return refuse(NAME, TITLE, f"No theme is spoken of by {PRIVACY_MINIMUM} people or more.")
    asked = _Asked(
        data, attribute, counted, themes, level, q, confidence, Names(data).among(counted.themes, level=level)
    )
    answer = _shares(asked, found, shown, tone) if measure == "share" else _impacts(asked, found, shown)
    if isinstance(answer, str):
        return refuse(NAME, TITLE, answer)
    return replace(answer, warnings=(*answer.warnings, *not_shown(left_out, "segment")))


@dataclass(frozen=True, slots=True)
class _Asked:
    data: Dataset
    attribute: Attribute
    counted: Counts
    themes: list[int]
    level: str
    q: float
    confidence: float
    titles: dict[str, str]

    def title(self, theme: int) -> str:
        return self.titles[self.counted.themes[theme]]


def _shares(asked: _Asked, found: Spoken, shown: list[int], tone: str) -> Result:
    cells = compared(found, asked.themes, tone=tone, shown=shown, q=asked.q, confidence=asked.confidence)
    rows = tuple(
        {
            "theme": asked.counted.themes[cell.theme],
            "title": asked.title(cell.theme),
            "segment": label(found.keys[cell.group]),
            "name": _name(asked, cell.theme, label(found.keys[cell.group])),
            "share": cell.share,
            "negative": cell.negative,
            "difference": cell.difference,
            "p": cell.p,
            "apart": cell.apart,
            "mentions": cell.mentions,
            "n": int(cell.share.n),
        }
        for cell in cells
    )
    only = len(asked.themes) == 1
    whole = found.hits[asked.themes[0], ..., TONES_OF_SHARES.index(tone)].sum() / max(found.sizes.sum(), 1)
    figure = (
        Figure("whiskers", label="segment", value="share", flag="apart", centre=100 * float(whole))
        if only
        else Figure("whiskers", label="name", value="difference", flag="apart")
    )
    said = {"any": "speak of it", "positive": "speak well of it", "negative": "speak badly of it"}[tone]
    return _result(
        asked,
        rows,
        columns=(
            Column("share", "Share", Kind.ESTIMATE, f"Per cent of the answers with words that {said}."),
            Column("negative", "Badly", Kind.ESTIMATE, "Per cent of the answers with words that speak badly of it."),
            Column("difference", "Difference from the others", Kind.ESTIMATE, "In per cent of answers."),
            Column("mentions", "Mentions", Kind.COUNT),
            Column("n", "Answers with words", Kind.COUNT),
        ),
        figure=figure,
        unit="% of answers",
        note="Grey cannot be told apart from the other segments.",
        method="Wilson intervals, account-clustered; differences by a jackknife over account buckets",
        figures={"segments": len(shown), "told_apart": sum(cell.apart for cell in cells), "level": int(asked.level)},
    )


def _impacts(asked: _Asked, found: Spoken, shown: list[int]) -> Result | str:
    """Each segment's own regression, and how far its impacts are from the others' mean."""
    slugs = [asked.counted.themes[i] for i in asked.themes]
    order = sorted(shown, key=lambda g: -found.sizes[g].sum())
    value, error, df, mentions, segments = [], [], [], [], []
    skipped: list[str] = []
    for group in order[:MOST_SEGMENTS]:
        own = _only(asked.data, asked.attribute, found.keys[group])
        whole = totals(own)
        if too_little(whole):
            skipped.append(label(found.keys[group]))
            continue
        counted = counts(own, level=asked.level)
        columns = model.columns(own, counted, whole, level=asked.level)
        impacts = by_theme(columns, columns.impacts().impacts, slugs)
        there = np.array([bool(columns.of(slug)) for slug in slugs])
        value.append(np.where(there, impacts.value, np.nan))
        error.append(np.where(there, impacts.error, np.nan))
        df.append(impacts.df)
        mentions.append([counted.n[counted.themes.index(slug)] if slug in counted.themes else 0 for slug in slugs])
        segments.append((label(found.keys[group]), impacts, there))
    if len(segments) < 2:
        return f"{asked.attribute.label}: fewer than two segments with enough answers for impacts of their own."
    away = _from_the_others(np.array(value), np.array(error), np.array(df), asked)
    rows = []
    for g, (segment, impacts, there) in enumerate(segments):
        for t, slug in enumerate(slugs):
            if not there[t]:
                continue
            n = float(mentions[g][t])
            rows.append(
                {
                    "theme": slug,
                    "title": asked.title(asked.themes[t]),
                    "segment": segment,
                    "name": _name(asked, asked.themes[t], segment),
                    "impact": estimate(impacts, t, n, asked.confidence),
                    **away(g, t, n),
                    "mentions": int(n),
                }
            )
    rows.sort(key=lambda row: (not row["apart"], -abs(row["difference"].value or 0)))
    skipped += [label(found.keys[group]) for group in order[MOST_SEGMENTS:]]
    result = _result(
        asked,
        tuple(rows),
        columns=(
            Column("impact", "Impact", Kind.ESTIMATE, "Points of NPS within the segment."),
            Column("difference", "Difference from the others", Kind.ESTIMATE, "From their mean, weighed by precision."),
            Column("mentions", "Mentions", Kind.COUNT),
        ),
        figure=Figure(
            "whiskers", label="segment" if len(slugs) == 1 else "name", value="impact", flag="apart", counts="mention"
        ),
        unit="points",
        note="Impact: points of NPS within the segment. Grey cannot be told apart from the other segments.",
        method="Theme impacts within each segment, differences from the precision-weighted mean of the others",
        figures={
            "segments": len(segments),
            "told_apart": sum(row["apart"] for row in rows),
            "level": int(asked.level),
        },
    )
    if skipped:
        said = f"Without impacts of their own, for too few answers: {', '.join(skipped[:8])}."
        result = replace(result, warnings=(*result.warnings, said))
    return replace(result, evidence=Grade.D)


def _only(data: Dataset, attribute: Attribute, key: Any) -> Dataset:
    column = data.responses[attribute.column]
    return replace(data, responses=data.responses.filter(column.isnull() if key is None else column == key))


def _from_the_others(value: Any, error: Any, df: Any, asked: _Asked) -> Any:
    """For segment g and theme t the columns difference, p, apart."""
    variance = np.where(error > 0, error, np.nan) ** 2
    weight = np.nan_to_num(1 / variance)
    total, sums = weight.sum(axis=0), (weight * np.nan_to_num(value)).sum(axis=0)
    others = total - weight
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = value - (sums - weight * np.nan_to_num(value)) / np.where(others > 0, others, np.nan)
        spread = np.sqrt(variance + 1 / np.where(others > 0, others, np.nan))
    from scipy.special import stdtr  # every start finds this module; few need it

    free = np.repeat(df[:, None], gap.shape[1], axis=1)
    with np.errstate(invalid="ignore"):
        p = benjamini_hochberg((2 * stdtr(np.maximum(free, 1e-9), -np.abs(gap / spread))).ravel()).reshape(gap.shape)
    half = reach(asked.confidence, free) * spread

    def columns(g: int, t: int, n: float) -> dict[str, Any]:
        if np.isnan(p[g, t]):
            nothing = Estimate(None, None, None, n, n, asked.confidence)
            return {"difference": nothing, "p": None, "apart": False}
        found = Estimate(
            float(gap[g, t]), float(gap[g, t] - half[g, t]), float(gap[g, t] + half[g, t]), n, n, asked.confidence
        )
        return {"difference": found, "p": float(p[g, t]), "apart": bool(p[g, t] <= asked.q and found.excludes_zero)}

    return columns


def _name(asked: _Asked, theme: int, segment: str) -> str:
    return f"{asked.title(theme)} · {segment}"


def _result(
    asked: _Asked, rows: tuple[dict[str, Any], ...], *, columns: tuple[Column, ...], figure: Figure, unit: str,
    note: str, method: str, figures: dict[str, Any],
) -> Result:  # fmt: skip
    table = Table(
        name="segments",
        title=f"Themes by {asked.attribute.label.lower()}, each segment against the others",
        columns=(
            Column("title", "Theme"),
            Column("segment", asked.attribute.label),
            *columns,
            Column("p", "p, adjusted", Kind.P_VALUE, "Benjamini–Hochberg over all comparisons with enough mentions."),
            Column("apart", "Differs", Kind.FLAG, "Beyond chance, by the adjusted p."),
            Column("name", "Both"),
            Column("theme", "Name"),
        ),
        rows=rows,
        figure=figure,
        note=note,
    )
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(asked, rows, unit),
        tables=(table,),
        figures=figures,
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            f"Each segment is compared with all others; of the findings, {asked.q:.0%} may be false.",
            "A difference between segments is not yet a cause: segments differ in other ways too.",
        ),
        method=f"{method}; Benjamini–Hochberg q = {asked.q:g}",
    )


def _says(asked: _Asked, rows: tuple[dict[str, Any], ...], unit: str) -> str:
    apart = [row for row in rows if row["apart"]]
    if not apart:
        return f"{asked.attribute.label}: no detectable differences in what is spoken of."
    named = "; ".join(
        f"{row['title']} at {row['segment']}: {row['difference'].value:+.1f} {unit} from the others "
        f"({between(row['difference'])})"
        for row in apart[:3]
    )
    more = f"; {len(apart) - 3} more differ{'s' if len(apart) == 4 else ''}" if len(apart) > 3 else ""
    return f"{asked.attribute.label}: {named}{more}. {many(len(rows) - len(apart), 'pair')} cannot be told apart."
