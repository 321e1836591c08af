"""Trend. Did NPS really move, or is that noise?

Calendar windows in UTC; a contact counts once per window, with the latest answer. Reads account moments per
window and the accounts that two windows share (methods §0, A2). Control limits allow for real noise between
windows, change points are exact (methods §4), and the last full window is compared with the one before
(or with the first). With `by`, that change is split into rate and mix (methods §5).
Assumes: accounts answer independently of each other. Refuses: fewer than two windows with enough answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from nineplus.analyses import _periods
from nineplus.analyses._aggregates import attributes_of
from nineplus.analyses._mix import Mix, mix_table
from nineplus.analyses._series import Series, series
from nineplus.analyses._words import (
    ACCOUNTS_INDEPENDENT,
    THOSE_WHO_ANSWERED,
    between,
    interval_method,
    many,
    mixed_touchpoints,
    points,
    spread,
    unsigned,
)
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import BadFilter, Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.plugs import analysis
from nineplus.stats.clusters import Worth, clustered_nps, icc_of, worth
from nineplus.stats.compare import Differences, Sides, correlation, differences
from nineplus.stats.nps import NpsArrays
from nineplus.stats.scale import POINTS
from nineplus.stats.trend import Chart, change_points, chart

TITLE = "Did NPS move?"
CONFIDENCE = 0.95
ENOUGH = 10.0
"""Windows worth fewer answers than this are merged with the next (methods §4)."""
FEWEST_FOR_LIMITS = 8
FEWEST_FOR_CHANGES = 12
UNSEEN = 0.25
"""Answers that stop with more than this share of the last window to go, or begin so late in the first: not complete."""
AGAINST = ("previous", "first")


@analysis(
    "trend",
    title=TITLE,
    options_help={
        "window": "week, month or quarter (UTC)",
        "by": "split the last change into rate and mix by this attribute",
        "against": "compare the last full window with the previous or with the first",
    },
)
def trend(data: Dataset, *, window: str = "month", by: str | None = None, against: str = "previous") -> Result:
    """NPS per calendar window, with limits, signals, change points and the last change."""
    _periods.check(window)
    if against not in AGAINST:
        raise BadFilter(f"Compare against {' or '.join(AGAINST)}, not {against!r}.")
    attributes = attributes_of(data, by)
    found = series(data, window=window)
    if not len(found):
        undated = data.responses.score.count().to_pyarrow().as_py()
        why = "No answer has a date: there is no trend." if undated else "No answers: there is no trend."
        return refuse("trend", TITLE, why)
    line, left_out = _enough(found)
    if len(line) < 2:
        return refuse("trend", TITLE, _too_short(found, window))
    read = _read(line, left_out, window, data)
    last = _compare(read, against)
    split = _mix(data, attributes, read, last)
    return Result(
        name="trend",
        title=TITLE,
        says=_says(read, last, split),
        estimate=read.estimate(len(line) - 1),
        tables=(_table(read, data), *([split.table] if split else [])),
        figures=_figures(read, last, split, against),
        evidence=Grade.E,
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            f"Calendar {window}s in UTC; a contact counts once per {window}, with the latest answer. Another window "
            "counts other answers, so levels of different windows are not compared.",
            "Before and after: nothing here says why NPS moved.",
        ),
        warnings=(*mixed_touchpoints(data, by=attributes), *_warnings(read, last, split, attributes)),
        method=f"{interval_method('score')} per {window}; limits m ± 3 sqrt(V/n_eff + tau²); "
        "change points by exact dynamic programming; MOVER difference",
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """The line as read: one element per group of windows."""

    line: Series
    window: str
    arrays: NpsArrays
    worth: Worth
    full: list[bool]
    chart: Chart | None
    changes: list[int]
    names: list[str]
    left_out: int

    def estimate(self, t: int) -> Estimate:
        return self.arrays.estimate(t, confidence=CONFIDENCE, method="score")


@dataclass(frozen=True, slots=True)
class _Last:
    """The last full group against another."""

    now: int
    then: int
    change: Differences
    estimate: Estimate


def _enough(found: Series) -> tuple[Series, int]:
    """Merge windows forward until each is worth enough answers; what is left at the end is left out (counted)."""
    groups: list[list[int]] = []
    open_group: list[int] = []
    for t in range(len(found)):
        open_group.append(t)
        if worth(found.merged([open_group]).moments).n_eff[0] >= ENOUGH:
            groups.append(open_group)
            open_group = []
    return found.merged(groups), int(found.n[open_group].sum())


def _read(line: Series, left_out: int, window: str, data: Dataset) -> _Read:
    icc = icc_of(line.merged([range(len(line))]).moments)
    arrays, found = clustered_nps(line.moments, icc=icc, confidence=CONFIDENCE)
    one_answer = float((found.n_eff * (found.p + found.d - (found.p - found.d) ** 2)).sum() / found.n_eff.sum())
    variance = POINTS**2 * one_answer / found.n_eff
    noisy = one_answer > 0
    names = [_name(window, int(a), int(b)) for a, b in zip(line.first, line.last, strict=True)]
    long = noisy and len(line) >= FEWEST_FOR_LIMITS
    return _Read(
        line=line,
        window=window,
        arrays=arrays,
        worth=found,
        full=_full(line, window, data),
        chart=chart(arrays.value, variance, gap_before=line.gap_before) if long else None,
        changes=change_points(arrays.value, variance) if noisy and len(line) >= FEWEST_FOR_CHANGES else [],
        names=names,
        left_out=left_out,
    )


def _name(window: str, first: int, last: int) -> str:
    if first == last:
        return _periods.name(window, first)
    return f"{_periods.name(window, first)} to {_periods.name(window, last)}"


def _full(line: Series, window: str, data: Dataset) -> list[bool]:
    """Does each group hold all answers of its time?

    Not when the data were taken or the filter ends before it was over, nor when the answers stop with more than
    a quarter of the last window to go, or begin with more than a quarter of the first one over: a file rarely says
    when it was taken, or from when on.
    """
    taken = data.snapshot.made_at.date() if data.snapshot else None
    start, end = data.filter.window.start, data.filter.window.end
    until = min((day for day in (taken, end) if day), default=date.max)
    full = []
    for first, last in zip(line.first, line.last, strict=True):
        begins, own, ends = (_periods.start(window, int(number)) for number in (first, last, last + 1))
        stopped = line.newest < ends and (ends - line.newest).days > (ends - own).days * UNSEEN
        late = (
            line.oldest > begins
            and (line.oldest - begins).days > (_periods.start(window, int(first) + 1) - begins).days * UNSEEN
        )
        full.append(ends <= until and not stopped and not late and (start is None or begins >= start))
    return full


def _compare(read: _Read, against: str) -> _Last | None:
    full = [t for t, whole in enumerate(read.full) if whole]
    if len(full) < 2:
        return None
    now, then = full[-1], full[-2] if against == "previous" else full[0]
    line, found = read.line, read.worth
    r = correlation(
        covariance=line.covariance(now, then),
        variance_first=found.variance[now],
        variance_second=found.variance[then],
    )
    first, second = (
        Sides(p=found.p[[t]], d=found.d[[t]], n_eff=found.n_eff[[t]], df=found.df[[t]]) for t in (now, then)
    )
    change = differences(first, second, correlation=r, confidence=CONFIDENCE)
    both = float(line.n[now] + line.n[then])
    worth_both = float(found.n_eff[now] + found.n_eff[then])
    return _Last(now, then, change, change.estimate(0, n=both, n_eff=worth_both, confidence=CONFIDENCE))


def _mix(data: Dataset, attributes: list[Attribute], read: _Read, last: _Last | None) -> Mix | None:
    if not attributes or last is None:
        return None
    line = read.line
    spans = tuple((int(line.first[t]), int(line.last[t])) for t in (last.then, last.now))
    return mix_table(data, by=attributes, window=read.window, spans=spans)


def _table(read: _Read, data: Dataset) -> Table:
    line, limits = read.line, read.chart
    monthly = read.window == "month" and not (line.last > line.first).any()
    rows = []
    for t, name in enumerate(read.names):
        row: dict[str, Any] = {
            "period": _periods.start(read.window, int(line.first[t])),
            "name": name,
            "nps": read.estimate(t),
            "mean": float(line.mean[t]),
            "n": int(line.n[t]),
            "n_eff": float(read.worth.n_eff[t]),
            "accounts": int(line.G[t, t]),
            "low_limit": float(max(limits.low[t], -POINTS)) if limits else None,
            "high_limit": float(min(limits.high[t], POINTS)) if limits else None,
            "signal": bool(limits.signals[t]) if limits else False,
            "new_level": t in read.changes,
            "full": read.full[t],
        }
        rows.append(row)
    bounds = centre = None
    if limits:
        bounds = (max(float(np.median(limits.low)), -POINTS), min(float(np.median(limits.high)), POINTS))
        centre = limits.centre
    first, end = rows[0]["period"], _periods.start(read.window, int(line.last[-1]) + 1)
    markers = tuple(marker for marker in data.markers if first <= marker.at < end)
    return Table(
        name="trend",
        title=f"NPS by {read.window}",
        columns=(
            Column("period", read.window.capitalize(), Kind.MONTH if monthly else Kind.DATE, "First day of the window"),
            Column("name", "Window"),
            Column("nps", "NPS", Kind.ESTIMATE),
            Column("mean", "Mean score", Kind.NUMBER),
            Column("n", "Answers", Kind.COUNT, "A contact counts once per window"),
            Column("n_eff", "Effective answers", Kind.NUMBER),
            Column("accounts", "Accounts", Kind.COUNT),
            Column("low_limit", "Lower limit", Kind.POINTS, "A steady process stays above"),
            Column("high_limit", "Upper limit", Kind.POINTS, "A steady process stays below"),
            Column("signal", "Signal", Kind.FLAG, "Beyond the limits, or one of 8 in a row on one side"),
            Column("new_level", "New level", Kind.FLAG, "A lasting change begins here"),
            Column("full", "Complete", Kind.FLAG, "The data reach from the beginning to the end of the window"),
        ),
        rows=tuple(rows),
        figure=Figure("trend", label="period", value="nps", markers=markers, limits=bounds, centre=centre),
    )


def _figures(read: _Read, last: _Last | None, split: Mix | None, against: str) -> dict[str, Any]:
    line = read.line
    return {
        "window": read.window,
        "periods": len(line),
        "n": int(line.n.sum()),
        "superseded": int((line.raw - line.n).sum()),
        "left_out": read.left_out,
        "against": against,
        "change": last.estimate if last else None,
        "change_p": float(last.change.p[0]) if last else None,
        "change_now": read.names[last.now] if last else None,
        "change_then": read.names[last.then] if last else None,
        "rate": split.rate if split else None,
        "mix": split.mix if split else None,
        "signals": int(read.chart.signals.sum()) if read.chart else None,
        "noise": float(np.sqrt(read.chart.tau2)) if read.chart else None,
        "new_levels": [read.names[t] for t in read.changes],
    }


def _says(read: _Read, last: _Last | None, split: Mix | None) -> str:
    said = []
    if last is None:
        t = len(read.line) - 1
        said.append(
            f"{_upper(read.names[t])}: NPS {spread(read.estimate(t))}; no two complete {read.window}s to compare."
        )
    else:
        said.append(f"{_upper(read.names[last.now])}: NPS {spread(read.estimate(last.now))}, {_moved(read, last)}.")
    if read.changes:
        said.append(f"A lasting new level begins: {_listed([read.names[t] for t in read.changes])}.")
    if read.chart:
        beyond = [read.names[t] for t in np.flatnonzero(read.chart.beyond)]
        if beyond:
            said.append(f"Beyond what a steady NPS would show: {_listed(beyond)}.")
        elif read.chart.run.any():
            said.append(f"At least 8 {read.window}s in a row lie on one side of the usual level.")
        elif not read.changes:
            said.append(f"Every {read.window} lies within what a steady NPS would show.")
    if split:
        said.append(split.says)
    return " ".join(said)


def _moved(read: _Read, last: _Last) -> str:
    value = float(last.change[0][0])
    before = read.names[last.then]
    if not last.estimate.excludes_zero:
        return f"no detectable change from {before} ({points(value, like=last.estimate)}, {between(last.estimate)})"
    word = "up" if value > 0 else "down"
    return f"{word} {spread(unsigned(last.estimate), 'points')} from {before}"


def _warnings(read: _Read, last: _Last | None, split: Mix | None, attributes: list[Attribute]) -> list[str]:
    line, said = read.line, []
    merged = [name for name, a, b in zip(read.names, line.first, line.last, strict=True) if b > a]
    if merged:
        said.append(f"{read.window.capitalize()}s worth fewer than {ENOUGH:.0f} answers are merged: {_listed(merged)}.")
    if read.left_out:
        said.append(
            f"{many(read.left_out, 'answer')} at the end too few for a {read.window} of their own: not drawn yet."
        )
    superseded = int((line.raw - line.n).sum())
    if superseded:
        said.append(
            f"{many(superseded, 'earlier answer')} of contacts who answered again in the same {read.window} left out."
        )
    gaps = [read.names[t] for t in np.flatnonzero(line.gap_before)]
    if gaps:
        said.append(f"No answers right before {_listed(gaps)}: the line is broken there.")
    partial = [name for name, full in zip(read.names, read.full, strict=True) if not full]
    if partial:
        said.append(f"Not complete, and not compared: {_listed(partial)}.")
    if read.chart is None:
        said.append(f"Fewer than {FEWEST_FOR_LIMITS} windows: no limits, no signals.")
    elif len(line) < FEWEST_FOR_CHANGES:
        said.append(f"Limits rest on {len(line)} windows only: they will move. No lasting changes are looked for yet.")
    few = [name for name, is_few in zip(read.names, read.worth.few, strict=True) if is_few]
    if few:
        said.append(f"Dominated by few accounts: {_listed(few)}.")
    if attributes and split is None:
        said.append("The change is not split into rate and mix: two complete windows and two values are needed.")
    return said


def _too_short(found: Series, window: str) -> str:
    return (
        f"{many(found.n.sum(), 'answer')} in {many(len(found), window)}: fewer than two {window}s worth "
        f"{ENOUGH:.0f} answers. A trend needs two."
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
