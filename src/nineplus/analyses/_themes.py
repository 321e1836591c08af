"""What was read in comments, as it is counted: who spoke of which theme, in which tone, per bucket of accounts.

Rows never travel. A theme is counted once per answer, in the tone of its mentions: `mixed` is both positive and
negative, and who spoke of it without feeling is `neither`. Level 1 counts a parent where one of its children is spoken
of; level 2 counts themes as they were read, a parent then being what no child of it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import BadFilter, Result, refuse
from nineplus.stats.scale import DETRACTOR_TO, POINTS, PROMOTER_FROM

if TYPE_CHECKING:
    from ibis.expr import types as ir

Array = npt.NDArray[np.float64]

NEEDS = frozenset({"response_reading", "response_theme"})
TONES = ("positive", "negative", "neither")
LEVELS = ("auto", "1", "2")
MOST_COLUMNS = 60
"""More themes in their tones than this are told apart by no regression: the first level is reported (methods)."""
WORDS_PER_COLUMN = 20
"""So many answers with words a theme in its tone must have behind it, on average, for the second level."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often k themes are spoken of: answers, accounts, people; by tone (k, 3) answers and people.

    `people` are counted one by one where they are few; elsewhere so many at least.
    """

    themes: tuple[str, ...]
    n: Array
    accounts: Array
    people: Array
    by_tone: Array
    people_by_tone: Array

    def __len__(self) -> int:
        return len(self.themes)

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """Themes that enough people speak of."""
        return self.people >= PRIVACY_MINIMUM


def said(data: Dataset, *, level: str, **more: ir.Value) -> ir.Table:
    """One row per scored answer and theme: `response`, `theme`, `positive`, `negative`, bucket, cluster, person, y.

    `more` names further columns of `data.responses` to be carried along.
    """
    assert data.response_theme is not None
    found = data.response_theme
    theme = found.theme
    if level == "1":
        theme = theme.split(".")[0]
    told = found.mutate(
        theme=theme,
        p=found.sentiment.isin(("positive", "mixed")),
        m=found.sentiment.isin(("negative", "mixed")),
    )
    each = told.group_by("response", "theme").agg(positive=told.p.any(), negative=told.m.any())
    return each.inner_join(scored(data, **more), "response")


def coded(rows: ir.Table, counted: Counts) -> ir.Table:
    """With the number of the theme, and the third tone as a column."""
    known = [(slug, ibis.literal(i, "int16")) for i, slug in enumerate(counted.themes)]
    number = rows.theme.cases(*known, else_=-1) if known else ibis.literal(-1)
    return rows.mutate(code=number.cast("int16"), neither=~rows.positive & ~rows.negative)


def scored(data: Dataset, **more: ir.Value) -> ir.Table:
    """Scored answers, as few columns as counting needs; y is -1, 0 or 1."""
    rows = data.responses.mutate(**more) if more else data.responses
    rows = rows.filter(rows.score.notnull())
    return rows.select(
        "response",
        "bucket",
        "cluster",
        *more,
        person=ibis.coalesce(rows.contact, rows.response),
        y=(rows.score >= PROMOTER_FROM).cast("int64") - (rows.score <= DETRACTOR_TO).cast("int64"),
    )


def worded(data: Dataset, **more: ir.Value) -> ir.Table:
    """One row per scored answer whose comment said something that was read."""
    return readings(data, **more).filter(ibis._.empty_because.isnull() | (ibis._.empty_because == ""))


def readings(data: Dataset, **more: ir.Value) -> ir.Table:
    """One row per scored answer whose comment was read, whether there was something to read or not."""
    assert data.response_reading is not None
    found = data.response_reading.select("response", "empty_because", "sentiment", "contradicts", read_in="language")
    return found.inner_join(scored(data, **more), "response")


def counts(data: Dataset, *, level: str) -> Counts:
    """How often every theme is spoken of, in order of the answers that do. One query, and one for rare themes.

    `people` are at least so many: those of rare themes are counted, of others it is enough that they are enough.
    """
    rows = said(data, level=level)
    tones = _tones(rows)
    cells = rows.group_by("theme", "bucket").agg(
        n=rows.count(), accounts=rows.cluster.nunique(), **{f"n_{name}": holds.sum() for name, holds in tones.items()}
    )
    names = ["n", "accounts", *(f"n_{tone}" for tone in TONES)]
    found: dict[str, Array] = {}
    for row in cells.to_pyarrow().to_pylist():
        found.setdefault(row["theme"], np.zeros((len(names), BUCKETS)))[:, row["bucket"]] = [
            row[name] for name in names
        ]
    themes = sorted(found, key=lambda theme: (-found[theme][0].sum(), theme))
    sums = np.array([found[theme].sum(axis=1) for theme in themes]).reshape(-1, len(names))
    people = np.array([(found[theme][[0, 2, 3, 4]] > 0).sum(axis=1) for theme in themes], dtype=float).reshape(-1, 4)
    rare = ((people < PRIVACY_MINIMUM) & (sums[:, [0, 2, 3, 4]] >= PRIVACY_MINIMUM)).any(axis=1)
    if rare.any():
        exact = _people(rows, [theme for theme, is_rare in zip(themes, rare, strict=True) if is_rare])
        people[rare] = [exact[theme] for theme, is_rare in zip(themes, rare, strict=True) if is_rare]
    return Counts(tuple(themes), sums[:, 0], sums[:, 1], people[:, 0], sums[:, 2:], people[:, 1:])


def _tones(rows: ir.Table) -> dict[str, ir.Value]:
    return {"positive": rows.positive, "negative": rows.negative, "neither": ~rows.positive & ~rows.negative}


def _people(rows: ir.Table, themes: Sequence[str]) -> dict[str, list[int]]:
    """Distinct people who speak of each of these themes at all, and in each tone."""
    few = rows.filter(rows.theme.isin(themes))
    people = {name: few.person.nunique(where=holds) for name, holds in _tones(few).items()}
    table = few.group_by("theme").agg(any=few.person.nunique(), **people)
    return {row["theme"]: [row["any"], *(row[tone] for tone in TONES)] for row in table.to_pyarrow().to_pylist()}


def chosen_level(data: Dataset, level: str, *, words: float) -> tuple[str, Counts]:
    """The level that is reported, and its counts. Auto: the second where these data can bear it.

    Raises BadFilter for a level that there is not.
    """
    level = str(level).strip().lower()
    if level not in LEVELS:
        raise BadFilter(f"The level of themes is {', '.join(LEVELS[:-1])} or {LEVELS[-1]}, not {level!r}.")
    if level == "1":
        return "1", counts(data, level="1")
    fine = counts(data, level="2")
    columns = int((fine.people_by_tone >= PRIVACY_MINIMUM).sum())
    if level == "2" or (columns <= MOST_COLUMNS and words >= WORDS_PER_COLUMN * columns):
        return "2", fine
    return "1", counts(data, level="1")


def level_for(level: str, theme: str | None) -> str:
    """A theme that is asked for says itself on which level it stands: a parent with all its children, or a child."""
    return str(level) if not theme or str(level) != "auto" else "2" if "." in theme else "1"


def one_theme(counted: Counts, theme: str) -> int:
    """The place of that theme. Raises BadFilter naming those there are."""
    if theme not in counted.themes:
        there = ", ".join(counted.themes) or "none"
        raise BadFilter(f"Nobody in these answers speaks of a theme {theme!r}. There are: {there}.")
    return counted.themes.index(theme)


class Names:
    """How themes are called; a theme without a name is called by its slug, in words."""

    def __init__(self, data: Dataset) -> None:
        self._known = {theme.slug: theme.name for theme in data.themes}

    def __call__(self, slug: str) -> str:
        return self._known.get(slug) or slug.rpartition(".")[2].replace("_", " ").capitalize()

    def among(self, themes: Sequence[str], *, level: str) -> dict[str, str]:
        """Titles for a list: children with their parent, a parent beside its children as what none of them says."""
        if level == "1":
            return {slug: self(slug) for slug in themes}
        parents = {slug.rpartition(".")[0] for slug in themes}
        titles = {}
        for slug in themes:
            parent, dot, _ = slug.rpartition(".")
            titles[slug] = f"{self(parent)}: {self(slug)}" if dot else self(slug)
            if slug in parents:
                titles[slug] += " in general"
        return titles


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by bucket (BUCKETS, 3) of (1, y, y²), y in NPS points: all scored answers, those without words (no comment,
    or nothing to read in it), and those whose comment was not read yet."""

    everything: Array
    wordless: Array
    unread: Array

    @property
    def n(self) -> float:
        return float(self.everything[:, 0].sum())

    @property
    def words(self) -> float:
        """Answers whose comment said something."""
        return float((self.everything - self.wordless - self.unread)[:, 0].sum())

    @property
    def groups(self) -> float:
        """How many equal buckets the answers weigh as."""
        sizes = self.everything[:, 0]
        return float(sizes.sum() ** 2 / max((sizes**2).sum(), 1))


def totals(data: Dataset) -> Totals:
    """Two queries: all answers by whether there is a comment, and the comments that were read."""
    rows = data.responses.filter(data.responses.score.notnull())
    has = rows.commented.fill_null(False)
    y = (rows.score >= PROMOTER_FROM).cast("int64") - (rows.score <= DETRACTOR_TO).cast("int64")
    asked = rows.select(bucket=rows.bucket, has=has, y=y)
    asked = asked.group_by("bucket", "has").agg(n=asked.count(), y=asked.y.sum(), yy=(asked.y * asked.y).sum())
    read = readings(data).mutate(has=ibis._.empty_because.isnull() | (ibis._.empty_because == ""))
    read = read.group_by("bucket", "has").agg(n=read.count(), y=read.y.sum(), yy=(read.y * read.y).sum())
    whole, seen = _by_bucket(asked), _by_bucket(read)
    wordless = whole[False] + seen[False]
    unread = whole[True] - seen[True] - seen[False]
    return Totals(whole[True] + whole[False], wordless, np.maximum(unread, [[0.0, -np.inf, 0.0]]))


def _by_bucket(rows: ir.Table) -> dict[bool, Array]:
    sums = {True: np.zeros((BUCKETS, 3)), False: np.zeros((BUCKETS, 3))}
    for row in rows.to_pyarrow().to_pylist():
        sums[bool(row["has"])][row["bucket"]] += (row["n"], POINTS * row["y"], POINTS**2 * row["yy"])
    return sums


def nothing_read(name: str, title: str, data: Dataset) -> Result | None:
    """The refusal where comments were not read, or there are none."""
    if data.response_reading is None or data.response_theme is None:
        return refuse(name, title, "The comments were not read here: there are no themes to count.")
    return None


def listed(names: Sequence[str], *, most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
