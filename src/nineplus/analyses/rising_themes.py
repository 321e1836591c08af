"""Rising themes. What was spoken of last week more than it ever is?

Reads, per theme and calendar week, how many accounts spoke of it, and how many said anything: an account counts once
whatever it sends (without an account the contact, else the answer). What is usual comes from up to 26 weeks that end
two weeks before the last whole one; the count is negative binomial about the usual rate times the week's volume, so
that a theme's own unrest and how little is known of its rate both count; false alarms are controlled over all themes
(Benjamini–Hochberg q = 0.10), and nothing below 5 accounts or one and a half times the usual is told.
Assumes: accounts speak independently of each other. Refuses: comments that were not read, a history below 4 weeks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nineplus.analyses import _periods
from nineplus.analyses._themes import NEEDS, Names, coded, counts, nothing_read, said, worded
from nineplus.analyses._words import THOSE_WHO_ANSWERED, many
from nineplus.mart.dataset import Dataset
from nineplus.model import Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.emerging import BASELINE, FALSE, GAP, LEAST, LIFT, rising

NAME, TITLE = "rising-themes", "What is being talked about more?"
_SHORTEST = 4
_TOLD = 3


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS,
    options_help={
        "negative": "bad mentions only",
        "level": "1: main themes; 2: with those below them",
    },
)
def rising_themes(data: Dataset, *, negative: bool = False, level: str = "2") -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    week = _periods.column(data.responses, "week")
    words = worded(data, week=week).filter(lambda t: t.week.notnull())
    heard = words.group_by("week").agg(accounts=words.cluster.nunique()).to_pyarrow().to_pylist()
    if not heard:
        return refuse(NAME, TITLE, "No comment says anything here.")
    first, last = min(row["week"] for row in heard), _last_week(data, max(row["week"] for row in heard))
    start = max(first, last - GAP - BASELINE)
    if last - GAP - start < _SHORTEST:
        return refuse(
            NAME,
            TITLE,
            f"What is usual takes {_SHORTEST} weeks of comments and {GAP} more before the week looked at; "
            f"there are {max(last - first, 0)} before the {_periods.name('week', last)}.",
        )
    volumes = np.zeros(last - start + 1)
    for row in heard:
        if start <= row["week"] <= last:
            volumes[row["week"] - start] = row["accounts"]
    if volumes[: last - GAP - start].sum() <= 0 or volumes[-1] <= 0:
        return refuse(
            NAME, TITLE, f"Nobody said anything in the {_periods.name('week', last)}, or in the weeks before."
        )
    themes, weekly = _weekly(data, level=level, negative=negative, start=start, last=last)
    found = rising(weekly, volumes) if len(themes) else []
    titles = Names(data).among(themes, level=level)
    rows: list[dict[str, Any]] = [
        {
            "theme": themes[one.theme],
            "title": titles[themes[one.theme]],
            "observed": one.observed,
            "expected": one.expected,
            "lift": one.lift,
            "q": one.q,
            "rises": one.rises,
        }
        for one in found
        if one.observed >= LEAST
    ]
    rows.sort(key=lambda row: (not row["rises"], row["q"], -row["lift"]))
    name = _periods.name("week", last)
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(rows, name, negative=negative),
        tables=(_table(rows, name, quiet=len(found) - len(rows), negative=negative),),
        figures={
            "week": _periods.start("week", last),
            "accounts": int(volumes[-1]),
            "themes": len(found),
            "rising": sum(row["rises"] for row in rows),
            "baseline_weeks": int(last - GAP - start),
        },
        assumptions=(
            "An account counts once a week for a theme, whatever it sends; accounts speak independently of each other.",
            f"Of the themes that are told, {FALSE:.0%} may be false.",
            THOSE_WHO_ANSWERED,
        ),
        warnings=_warnings(data, last, volumes),
        method=f"Negative binomial about the usual rate of {BASELINE} weeks, {GAP} weeks before; "
        f"Benjamini–Hochberg q = {FALSE:g}; at least {LEAST} accounts and {LIFT:g} times the usual",
    )


def _last_week(data: Dataset, newest: int) -> int:
    """The last week that had ended when the data were taken, and in which anything was said."""
    if data.snapshot is None:
        return newest
    return min(newest, _periods.index("week", data.snapshot.made_at.date()) - 1)


def _weekly(
    data: Dataset, *, level: str, negative: bool, start: int, last: int
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Distinct accounts by theme and week. One query, and one for which themes there are."""
    counted = counts(data, level=level)
    rows = coded(said(data, level=level, week=_periods.column(data.responses, "week")), counted)
    rows = rows.filter(rows.week.between(start, last))
    if negative:
        rows = rows.filter(rows.negative)
    table = rows.group_by("code", "week").agg(accounts=rows.cluster.nunique()).to_pyarrow().to_pylist()
    weekly = np.zeros((len(counted), last - start + 1))
    for row in table:
        weekly[row["code"], row["week"] - start] = row["accounts"]
    there = [i for i in range(len(counted)) if weekly[i].any()]
    return [counted.themes[i] for i in there], weekly[there]


def _table(rows: list[dict[str, Any]], week: str, *, quiet: int, negative: bool) -> Table:
    below = f" {many(quiet, 'theme')} with fewer than {LEAST} accounts not listed." if quiet else ""
    return Table(
        name="themes",
        title=f"Themes in the {week}" + (", bad mentions only" if negative else ""),
        columns=(
            Column("title", "Theme"),
            Column("observed", "Accounts", Kind.COUNT, "That spoke of it in that week."),
            Column("expected", "Usual", Kind.NUMBER, "At its usual rate, for a week of so many accounts."),
            Column("lift", "Times the usual", Kind.NUMBER),
            Column("q", "q", Kind.P_VALUE, "Benjamini–Hochberg over all themes."),
            Column("rises", "Rises", Kind.FLAG),
            Column("theme", "Name"),
        ),
        rows=tuple(rows),
        figure=Figure("bars", label="title", value="lift", flag="rises"),
        note=f"Bars: how many times the usual. Grey: within what chance does, or too little.{below}",
    )


def _says(rows: list[dict[str, Any]], week: str, *, negative: bool) -> str:
    up = [row for row in rows if row["rises"]]
    badly = " badly" if negative else ""
    if not up:
        return f"Nothing was spoken of{badly} more than usual in the {week}."
    named = "; ".join(
        f"{row['title']}: {many(row['observed'], 'account')} where {row['expected']:.1f} are usual "
        f"({row['lift']:.1f} times)"
        for row in up[:_TOLD]
    )
    more = f"; and {len(up) - _TOLD} more" if len(up) > _TOLD else ""
    return f"Spoken of{badly} more than usual in the {week}: {named}{more}."


def _warnings(data: Dataset, last: int, volumes: npt.NDArray[np.float64]) -> tuple[str, ...]:
    said = []
    if data.snapshot and _periods.index("week", data.snapshot.made_at.date()) - 1 - last > GAP:
        said.append(f"The newest comments are of the {_periods.name('week', last)}: it is that week that is looked at.")
    silent = int((volumes[: -1 - GAP] == 0).sum())
    if silent:
        said.append(f"{many(silent, 'week')} of the history without comments.")
    return tuple(said)
