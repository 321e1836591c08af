"""Windows. How far back does a ticket count, and is the link more than chance?

Reads, in one query, for every answer: its contact's tickets of the year before, the last one in each of three
windows, and the sum over tickets of 0.5^(age / half-life) for six half-lives (3, 7, 14, 28, 56, 120 days). A bad
ticket is one that breached its SLA, was reopened or was escalated. Effects are NPS points of a bad ticket against a
good one, with intervals from the jackknife over account buckets. The half-life is the one that explains most of the
score (R squared). Negative control: the first ticket opened after the answer cannot have made it.
Assumes: no unmeasured cause of both service and score. Evidence grade D.
Refuses: fewer than 200 answers with a ticket of their contact, or fewer than 30 of them with a bad one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from nineplus.analyses._aggregates import answers
from nineplus.analyses._links import right_of
from nineplus.analyses._words import many, points, spread, unsigned
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import BUCKETS
from nineplus.model import Column, Estimate, Figure, Grade, Kind, Result, Table, refuse
from nineplus.model.attribution import HALF_LIVES
from nineplus.plugs import analysis
from nineplus.stats.jackknife import Replicates
from nineplus.stats.linking import ENOUGH, Fit, HalfLife, fit, half_life, unshrunk
from nineplus.stats.quantiles import reach
from nineplus.stats.scale import DETRACTOR_TO, POINTS, PROMOTER_FROM

if TYPE_CHECKING:
    from ibis.expr import types as ir

NAME, TITLE = "attribution-windows", "How far back does a ticket count?"
WINDOWS = (7, 30, 90)
NEEDED, FEWEST_BAD = 200, 30
_YEAR = 365 * 86_400


@analysis(NAME, title=TITLE, needs={"tickets"}, options_help={"confidence": "level of the intervals, 0 to 1"})
def attribution_windows(data: Dataset, *, confidence: float = 0.95) -> Result:
    if not data.has("tickets"):
        return refuse(NAME, TITLE, "There are no tickets: import them to see which service stands behind a score.")
    windows = tuple(sorted({*WINDOWS, data.window_days or WINDOWS[1]}))
    names = [
        *(f"{what}{days}" for days in windows for what in ("near", "bad")),
        "any", *(f"e{h}" for h in HALF_LIVES), "later", "later_bad",
    ]  # fmt: skip
    moments = _moments(_exposed(data, windows), names)
    whole = moments.sum(axis=0)
    at = {name: place for place, name in enumerate(names)}
    n, touched = whole[0, 0], whole[0, 1 + at["any"]]
    bad = whole[0, 1 + at[f"bad{windows[-1]}"]]
    if touched < NEEDED or bad < FEWEST_BAD:
        return refuse(
            NAME,
            TITLE,
            f"This needs at least {NEEDED} answers with an earlier ticket of their contact and {FEWEST_BAD} with a bad "
            f"one; these data have {touched:,.0f} and {bad:,.0f} of {many(n, 'answer')}.",
        )
    last = {days: fit(moments, columns=[at[f"near{days}"], at[f"bad{days}"]]) for days in windows}
    decays = [fit(moments, columns=[at["any"], at[f"e{h}"]]) for h in HALF_LIVES]
    best = half_life(decays, confidence=confidence)
    chosen = HALF_LIVES[best.best]
    control = fit(moments, columns=[at["any"], at[f"e{chosen}"], at["later"], at["later_bad"]])
    after = whole[0, 1 + at["later_bad"]]
    passed = _control(control, after, confidence) if after >= FEWEST_BAD else None
    own = data.window_days if data.window_days in last else WINDOWS[1]
    main = _estimate(last[own].slopes, 1, n, confidence)
    right = right_of(data, confidence=confidence)
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(main, own, best, passed),
        estimate=main,
        tables=(
            _windows_table(last, whole, at, n, confidence),
            _decay_table(decays, best, n, confidence),
            *((_corrected_table(last[own], right, n, confidence),) if right else ()),
            *((_control_table(passed, after),) if passed else ()),
        ),
        figures={
            "n": int(n),
            "linked": int(touched),
            "bad": int(bad),
            "half_life_days": chosen,
            "half_lives_alike": [HALF_LIVES[place] for place in best.alike],
            "rule_version": data.rule and data.rule.version,
            "negative_control": "not available" if passed is None else "failed" if passed.excludes_zero else "passed",
        },
        evidence=Grade.D,
        assumptions=(
            "No unmeasured cause of both service and score: an association, not an experiment.",
            "A bad ticket breached its SLA, was reopened or was escalated; what nobody recorded counts as good.",
            "A ticket that was only first answered by then counts as touched, not as bad.",
        ),
        warnings=tuple(_warnings(passed, right, best, data)),
        method="Least squares on a bad last ticket by window and on decayed sums, jackknife over account buckets",
    )


def _exposed(data: Dataset, windows: tuple[int, ...]) -> ir.Table:
    """One row per answer: its group in points, bucket, and the columns of the regressions."""
    rows = answers(data).filter(data.responses.answered_at.notnull())
    rows = rows.mutate(
        us=rows.answered_at.epoch_seconds().cast("int64"),
        y=ibis.cases((rows.score >= PROMOTER_FROM, POINTS), (rows.score <= DETRACTOR_TO, -POINTS), else_=0),
        later=rows.later_ticket.notnull(),
        later_bad=_bad(rows, "later_"),
    )
    slices = ibis.union(
        *(
            rows.filter(rows.contact.notnull()).select("response", "us", "contact", slice=(rows.us // _YEAR) - back)
            for back in (0, 1)
        )
    )
    touched = _touched(data.tickets)
    pairs = slices.inner_join(touched, [slices.contact == touched.person, slices.slice == touched.part])
    pairs = pairs.filter(
        pairs.at <= pairs.us, pairs.us - pairs.at <= _YEAR, pairs.until.isnull() | (pairs.until > pairs.us)
    )
    pairs = pairs.mutate(days=(pairs.us - pairs.at) / 86_400.0)
    past = pairs.group_by(past_response="response").agg(
        age=pairs.days.min(),
        last_bad=pairs.bad.argmin(pairs.days),
        **{f"e{h}": ibis.ifelse(pairs.bad == 1, ibis.literal(0.5).pow(pairs.days / h), 0.0).sum() for h in HALF_LIVES},
    )
    found = rows.select("response", "bucket", "y", "later", "later_bad").left_join(
        past, rows.response == past.past_response
    )
    near = {days: (found.age <= days).fill_null(False) for days in windows}
    return found.select(
        "bucket",
        y=found.y.cast("float64"),
        any=found.age.notnull().cast("float64"),
        later=found.later.cast("float64"),
        later_bad=found.later_bad.cast("float64"),
        **{f"near{days}": near[days].cast("float64") for days in windows},
        **{f"bad{days}": (near[days] & (found.last_bad == 1)).fill_null(False).cast("float64") for days in windows},
        **{f"e{h}": found[f"e{h}"].fill_null(0.0) for h in HALF_LIVES},
    )


def _bad(rows: ir.Table, prefix: str = "") -> ir.BooleanValue:
    return (
        rows[f"{prefix}sla_breached"].fill_null(False)
        | (rows[f"{prefix}reopens"] > 0).fill_null(False)
        | (rows[f"{prefix}escalations"] > 0).fill_null(False)
    )


def _touched(tickets: ir.Table) -> ir.Table:
    """When each ticket touched its contact: first answered (until it was resolved), then resolved."""
    known = tickets.filter(tickets.contact.notnull())
    solved = known.resolved_at.epoch_seconds().cast("int64")
    first = known.opened_at.epoch_seconds().cast("int64") + (known.first_response_hours * 3600).round().cast("int64")
    none = ibis.null("int64")
    early = known.select(person=known.contact, at=first, until=solved, bad=ibis.literal(0))
    late = known.select(person=known.contact, at=solved, until=none, bad=_bad(known).cast("int8").cast("int32"))
    both = ibis.union(early.mutate(bad=early.bad.cast("int32")), late)
    return both.filter(both["at"].notnull()).mutate(part=both["at"] // _YEAR)


def _moments(rows: ir.Table, names: list[str]) -> np.ndarray:
    """Sums of z z' by bucket, z = (1, columns, y)."""
    everything = [*names, "y"]
    sums: dict[str, Any] = {"n": rows.count()}
    sums |= {f"s{i}": rows[name].sum() for i, name in enumerate(everything)}
    for i, left in enumerate(everything):
        sums |= {f"p{i}_{j}": (rows[left] * rows[right]).sum() for j, right in enumerate(everything) if j >= i}
    found = rows.group_by("bucket").agg(**sums).to_pyarrow().to_pylist()
    size = len(everything)
    moments = np.zeros((BUCKETS, size + 1, size + 1))
    for row in found:
        block = moments[row["bucket"]]
        block[0, 0] = row["n"]
        for i in range(size):
            block[0, 1 + i] = block[1 + i, 0] = row[f"s{i}"]
            for j in range(i, size):
                block[1 + i, 1 + j] = block[1 + j, 1 + i] = row[f"p{i}_{j}"]
    return moments


def _estimate(of: Replicates, j: int, n: float, confidence: float) -> Estimate:
    low, high = (float(end[j]) for end in of.interval(confidence=confidence))
    ends = (None, None) if np.isnan(low) else (low, high)
    return Estimate(float(of.value[j]), *ends, n, n, confidence, "jackknife")


def _control(control: Fit, after: float, confidence: float) -> Estimate:
    return _estimate(control.slopes, 3, after, confidence)


def _says(main: Estimate, days: int, best: HalfLife, passed: Estimate | None) -> str:
    lower = "lower" if (main.value or 0) < 0 else "higher"
    start = f"After a bad last ticket within {many(days, 'day')}, NPS is {spread(unsigned(main), f'points {lower}')}."
    if not main.excludes_zero:
        within = f"No effect of a bad last ticket within {many(days, 'day')}"
        start = f"{within} can be distinguished from zero in these data."
    if not main.excludes_zero and len(best.alike) == len(HALF_LIVES):
        return start  # every half-life explains as little as any other
    decay = f" Its trace halves about every {HALF_LIVES[best.best]} days"
    near, far = HALF_LIVES[min(best.alike)], HALF_LIVES[max(best.alike)]
    decay += "." if near == far else f"; anything from {near} to {far} explains the scores as well."
    if passed is None:
        return start + decay
    check = "fails" if passed.excludes_zero else "passes"
    return f"{start}{decay} The negative control {check}."


def _windows_table(last: dict[int, Fit], whole: np.ndarray, at: dict[str, int], n: float, confidence: float) -> Table:
    rows = [
        {
            "window": many(days, "day"),
            "coverage": float(whole[0, 1 + at[f"near{days}"]] / n),
            "effect": _estimate(found.slopes, 1, float(whole[0, 1 + at[f"bad{days}"]]), confidence),
            "bad": int(whole[0, 1 + at[f"bad{days}"]]),
            "r2": float(found.r2.value[0]),
        }
        for days, found in last.items()
    ]
    return Table(
        name="windows",
        title="The last ticket, in longer and longer windows",
        columns=(
            Column("window", "Window"),
            Column("coverage", "Answers with a ticket", Kind.SHARE),
            Column("effect", "Effect of a bad one", Kind.ESTIMATE, "NPS points against a good last ticket."),
            Column("bad", "Answers after a bad one", Kind.COUNT),
            Column("r2", "R²", Kind.SHARE, "Of the score's variance."),
        ),
        rows=tuple(rows),
        figure=Figure(kind="whiskers", label="window", value="effect"),
        note="A longer window ties more answers and shows a smaller effect: old tickets no longer count. "
        "Compare both before choosing.",
    )


def _decay_table(decays: list[Fit], best: HalfLife, n: float, confidence: float) -> Table:
    rows = [
        {
            "half_life": many(h, "day"),
            "r2": float(found.r2.value[0]),
            "effect": _estimate(found.slopes, 1, n, confidence),
            "chosen": place == best.best,
            "alike": place in best.alike,
        }
        for place, (h, found) in enumerate(zip(HALF_LIVES, decays, strict=True))
    ]
    return Table(
        name="half_lives",
        title="Every ticket of the year before, fading with time",
        columns=(
            Column("half_life", "Half-life"),
            Column("r2", "R²", Kind.SHARE, "Of the score's variance; the largest is taken."),
            Column("effect", "Effect of a fresh bad ticket", Kind.ESTIMATE, "NPS points."),
            Column("chosen", "Explains most", Kind.FLAG),
            Column("alike", "Explains as much", Kind.FLAG),
        ),
        rows=tuple(rows),
        note="Several bad tickets add up; each counts half as much after each half-life.",
    )


def _corrected_table(found: Fit, right: Any, n: float, confidence: float) -> Table:
    seen = _estimate(found.slopes, 1, n, confidence)
    value, error = unshrunk(effect=float(found.slopes.value[1]), error=float(found.slopes.error[1]), right=right)
    half = float(reach(confidence, found.slopes.df)) * error
    truth = Estimate(value, value - half, value + half, n, n, confidence, "jackknife")
    return Table(
        name="corrected",
        title="If every link were right",
        columns=(Column("what", "Effect of a bad last ticket"), Column("effect", "NPS points", Kind.ESTIMATE)),
        rows=({"what": "As the links are", "effect": seen}, {"what": "With wrong links taken out", "effect": truth}),
        note=f"Of {right.judged} links judged by hand {right.value:.0%} are right; wrong ones shrink effects nearly "
        "one for one.",
    )


def _control_table(passed: Estimate, after: float) -> Table:
    return Table(
        name="negative_control",
        title="A check: the first ticket opened after the answer",
        columns=(
            Column("what", "A bad ticket after the answer"),
            Column("effect", "Effect", Kind.ESTIMATE, "Must be about zero: it cannot have made the score."),
            Column("n", "Answers", Kind.COUNT),
        ),
        rows=({"what": "against a good one", "effect": passed, "n": int(after)},),
        note="Own earlier tickets held equal.",
    )


def _warnings(passed: Estimate | None, right: Any, best: HalfLife, data: Dataset) -> list[str]:
    said = []
    if passed is None:
        said.append("The negative control could not be run: too few answers have a bad ticket after them.")
    elif passed.excludes_zero:
        said.append(
            f"The negative control fails: a bad ticket opened after the answer goes with {points(passed.value or 0)} "
            "points. Something that these data do not hold makes both; read no effect here as a cause."
        )
    if right is None:
        said.append(
            f"Fewer than {ENOUGH} links have been judged by hand, so it is not known how far wrong links shrink these "
            "effects."
        )
    chosen = HALF_LIVES[best.best]
    if data.rule and data.rule.half_life_days not in [HALF_LIVES[place] for place in best.alike]:
        said.append(
            f"The rule weighs tickets by a half-life of {data.rule.half_life_days} days; {chosen} explain more."
        )
    return said
