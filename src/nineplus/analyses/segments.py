"""Segments. Where is loyalty really different, and where can we not tell?

Reads account moments by segment (methods §0, A2). Each segment is compared with the rest (MOVER on score
intervals, correlated through accounts on both sides); the family is controlled at q (Benjamini–Hochberg);
shown estimates are pooled (normal–normal, methods §2) and ranked only as far as they can be. Segments too small
to show take the next smallest with them where they could be found by subtraction.
Assumes: accounts answer independently of each other. Refuses: fewer than two segments above the privacy minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nineplus.analyses._aggregates import FEW_RESPONSES, attributes_of
from nineplus.analyses._privacy import PRIVACY_MINIMUM, Hidden, hidden, not_shown
from nineplus.analyses._split import Split, split
from nineplus.analyses._words import (
    ACCOUNTS_INDEPENDENT,
    THOSE_WHO_ANSWERED,
    interval_method,
    label,
    many,
    mixed_touchpoints,
    points,
    spread,
)
from nineplus.mart.dataset import Dataset
from nineplus.model import BadFilter, Column, Estimate, Figure, Kind, Result, Table, refuse
from nineplus.model.result import TOO_SMALL
from nineplus.plugs import analysis
from nineplus.stats.clusters import Worth, clustered_nps, icc_of, worth
from nineplus.stats.compare import Differences, Sides, differences
from nineplus.stats.multiplicity import benjamini_hochberg
from nineplus.stats.nps import NpsArrays
from nineplus.stats.pooling import Pooled, pool, smoothed_variance
from nineplus.stats.quantiles import reach
from nineplus.stats.ranks import ranks
from nineplus.stats.scale import POINTS

TITLE = "Where is NPS different?"
CONFIDENCE = 0.95
_NAMED = 3
"""So many segments are named in the sentence; the table has them all."""


@analysis(
    "segments",
    title=TITLE,
    options_help={
        "by": "the attribute to cut by; several, separated by commas, cross",
        "q": "share of findings that may be false (Benjamini–Hochberg)",
    },
)
def segments(data: Dataset, *, by: str, q: float = 0.10) -> Result:
    """Every segment against the rest, with what can and what cannot be told apart."""
    attributes = attributes_of(data, by)
    if not attributes:
        raise BadFilter("Say which attribute to cut by.")
    if not 0 < q < 1:
        raise BadFilter(f"q is a share between 0 and 1, not {q!r}.")
    cut = split(data, by=attributes)
    left_out = hidden(cut.groups.respondents, [cut.groups.keys[attribute.slug] for attribute in attributes])
    shown = np.flatnonzero(~left_out.any)
    title = " and ".join(attribute.label for attribute in attributes)
    if not len(cut):
        return refuse("segments", TITLE, "No answers: there is nothing to compare.")
    if len(shown) < 2:
        return refuse("segments", TITLE, _one_only(left_out, title))
    compared = _compare(cut, shown, q=q)
    labels = [" · ".join(label(cut.groups.keys[a.slug][i]) for a in attributes) for i in shown]
    table = _table(cut, compared, labels, title, left_out)
    return Result(
        name="segments",
        title=TITLE,
        says=_says(compared, labels, title, q),
        tables=(table,),
        figures=_figures(cut, compared, left_out),
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            f"Each segment is compared with all others; of the findings, {q:.0%} may be false.",
            "A difference between segments is not yet a cause: segments differ in other ways too.",
        ),
        warnings=(*mixed_touchpoints(data, by=attributes), *_warnings(cut, compared, labels, left_out)),
        method=f"{interval_method('score')}; MOVER differences, Benjamini–Hochberg q = {q:g}; partial pooling",
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Everything computed about the segments that may be shown, in their order."""

    arrays: NpsArrays
    worth: Worth
    against: Differences
    enough: npt.NDArray[np.bool_]
    p: npt.NDArray[np.float64]
    apart: npt.NDArray[np.bool_]
    pooled: Pooled | None
    places: list[str | None]
    mean: npt.NDArray[np.float64]
    n: npt.NDArray[np.float64]


def _compare(cut: Split, shown: npt.NDArray[np.int64], *, q: float) -> _Compared:
    icc = icc_of(cut.whole)
    arrays, found = clustered_nps(cut.groups.moments, icc=icc, confidence=CONFIDENCE)
    rest = worth(cut.rest, icc=icc)
    against = differences(
        Sides.of(found), Sides.of(rest), correlation=cut.correlation(found, rest), confidence=CONFIDENCE
    )
    enough = found.n_eff[shown] >= FEW_RESPONSES
    p = benjamini_hochberg(np.where(enough, against.p[shown], np.nan))
    pooled = _pool(found, arrays, shown)
    return _Compared(
        arrays=NpsArrays(*(part[shown] for part in arrays)),
        worth=Worth(*(getattr(found, name)[shown] for name in Worth.__dataclass_fields__)),
        against=Differences(*(part[shown] for part in against)),
        enough=enough,
        p=p,
        apart=_apart(p, against, shown, q),
        pooled=pooled,
        places=_places(pooled, enough),
        mean=cut.groups.mean[shown],
        n=cut.groups.moments.n[shown],
    )


def _apart(p: npt.NDArray[np.float64], against: Differences, shown: npt.NDArray[np.int64], q: float) -> Any:
    """Told from the rest by its own interval, and among all segments with false alarms controlled."""
    with np.errstate(invalid="ignore"):
        alone = (against.low[shown] > 0) | (against.high[shown] < 0)
    return alone & (np.nan_to_num(p, nan=1.0) <= q)


def _pool(found: Worth, arrays: NpsArrays, shown: npt.NDArray[np.int64]) -> Pooled | None:
    """Pooled estimates in points; None where all answers everywhere agree and noise cannot be measured.

    Few accounts widen the variance as they widen t, so that a group of one account is pulled in wholly.
    """
    one_answer = found.p[shown] + found.d[shown] - (found.p[shown] - found.d[shown]) ** 2
    variance = POINTS**2 * smoothed_variance(variance=one_answer, n=found.n_eff[shown]) / found.n_eff[shown]
    wider = (reach(CONFIDENCE, found.df[shown]) / reach(CONFIDENCE)) ** 2
    return pool(arrays.value[shown], variance * wider) if (variance > 0).all() else None


def _places(pooled: Pooled | None, enough: npt.NDArray[np.bool_]) -> list[str | None]:
    """The rank interval of each segment with enough answers, 1 the highest; None for the others."""
    places: list[str | None] = [None] * len(enough)
    chosen = np.flatnonzero(enough)
    if pooled is None or len(chosen) < 2:
        return places
    found = ranks(pooled.value[chosen], pooled.error[chosen], confidence=CONFIDENCE)
    for i, low, high in zip(chosen, found.low, found.high, strict=True):
        places[i] = f"{low}" if low == high else f"{low}–{high}"
    return places


def _pooled_estimate(compared: _Compared, i: int) -> Estimate | None:
    if compared.pooled is None:
        return None
    low, high = (float(part[i]) for part in compared.pooled.interval(reach(CONFIDENCE)))
    return Estimate(
        value=float(compared.pooled.value[i]),
        low=max(low, -POINTS),
        high=min(high, POINTS),
        n=float(compared.n[i]),
        n_eff=float(compared.worth.n_eff[i]),
        confidence=CONFIDENCE,
        method="pooled" if compared.pooled.pooled else "normal",
    )


def _table(cut: Split, compared: _Compared, labels: list[str], title: str, left_out: Hidden) -> Table:
    rows = []
    for i, name in enumerate(labels):
        n, n_eff = float(compared.n[i]), float(compared.worth.n_eff[i])
        rows.append(
            {
                "segment": name,
                "nps": compared.arrays.estimate(i, confidence=CONFIDENCE, method="score"),
                "pooled": _pooled_estimate(compared, i),
                "difference": compared.against.estimate(i, n=n, n_eff=n_eff, confidence=CONFIDENCE),
                "p": None if np.isnan(compared.p[i]) else float(compared.p[i]),
                "apart": bool(compared.apart[i]),
                "rank": compared.places[i],
                "mean": float(compared.mean[i]),
                "n": int(n),
                "n_eff": n_eff,
                "accounts": float(compared.worth.accounts[i]),
            }
        )
    rows.sort(key=lambda row: (-(row["pooled"] or row["nps"]).value, row["segment"]))
    if left_out.any.any():
        rows.append(_too_small_row(cut, left_out))
    return Table(
        name="segments",
        title=f"NPS by {title.lower()}, each against the rest",
        columns=(
            Column("segment", title),
            Column("nps", "NPS", Kind.ESTIMATE),
            Column(
                "pooled", "NPS, pooled", Kind.ESTIMATE, "Pulled towards all segments as far as its own noise demands"
            ),
            Column("difference", "Difference from the rest", Kind.ESTIMATE),
            Column("p", "p, adjusted", Kind.P_VALUE, "Benjamini–Hochberg over all segments with enough answers"),
            Column("apart", "Differs", Kind.FLAG, "Different from the rest beyond chance"),
            Column(
                "rank", "Rank", Kind.TEXT, "95 % interval of the rank, 1 the highest; none below 30 effective answers"
            ),
            Column("mean", "Mean score", Kind.NUMBER),
            Column("n", "Answers", Kind.COUNT),
            Column(
                "n_eff", "Effective answers", Kind.NUMBER, "What the answers are worth after likeness within accounts"
            ),
            Column("accounts", "Effective accounts", Kind.NUMBER),
        ),
        rows=tuple(rows),
        figure=Figure("whiskers", label="segment", value="nps", flag="apart", centre=_of_all(cut)),
        note="Sorted by the best guess of the true NPS (pooled). Grey cannot be told apart from the rest.",
    )


def _of_all(cut: Split) -> float:
    """NPS of all answers: the line that segments are drawn around."""
    return POINTS * float((cut.whole.promoters[0] - cut.whole.detractors[0]) / cut.whole.n[0])


def _too_small_row(cut: Split, left_out: Hidden) -> dict[str, Any]:
    n = int(cut.groups.moments.n[left_out.any].sum())
    nothing = Estimate(None, None, None, n=n, n_eff=0.0, confidence=CONFIDENCE)
    row: dict[str, Any] = dict.fromkeys(("pooled", "difference", "p", "rank", "mean", "n_eff", "accounts"))
    return row | {
        "segment": f"{TOO_SMALL} ({many(left_out.small.sum(), 'value')}{_with(left_out)})",
        "nps": nothing,
        "apart": False,
        "n": n,
    }


def _with(left_out: Hidden) -> str:
    beside = int(left_out.beside.sum())
    return f", with {beside} more" if beside else ""


def _one_only(left_out: Hidden, title: str) -> str:
    small = int(left_out.small.sum())
    if small:
        beside = " and what would give them away by subtraction" if left_out.beside.any() else ""
        return (
            f"{title}: {many(len(left_out.small), 'value')}, of which {small} with fewer than {PRIVACY_MINIMUM} "
            f"respondents{beside} may not be shown. Nothing is left to compare."
        )
    return f"{title} has one value only: nothing to compare."


def _says(compared: _Compared, labels: list[str], title: str, q: float) -> str:
    apart = np.flatnonzero(compared.apart)
    testable = int(compared.enough.sum())
    if not testable:
        return f"{title}: no segment has {FEW_RESPONSES:.0f} effective answers yet, so none can be told apart."
    if not len(apart):
        return f"{title}: no detectable differences between {many(len(labels), 'segment')}."
    strongest = sorted(apart, key=lambda i: -abs(compared.against.value[i]))[:_NAMED]
    named = "; ".join(_named(compared, labels, i) for i in strongest)
    more = (
        f"; {len(apart) - _NAMED} more differ{'s' if len(apart) == _NAMED + 1 else ''}" if len(apart) > _NAMED else ""
    )
    others = len(labels) - len(apart)
    tail = f" {many(others, 'segment')} cannot be told apart from the rest." if others else ""
    return f"{title}: {named}{more}.{tail}"


def _named(compared: _Compared, labels: list[str], i: int) -> str:
    value, low, high = (float(part[i]) for part in compared.against[:3])
    if value < 0:
        value, low, high = -value, -high, -low
        where = "below"
    else:
        where = "above"
    away = Estimate(value, low, high, n=0, n_eff=0)
    level = points(float(compared.arrays.value[i]), like=away)
    return f"{labels[i]} is {spread(away, 'points')} {where} the rest, at {level}"


def _figures(cut: Split, compared: _Compared, left_out: Hidden) -> dict[str, Any]:
    tau2 = compared.pooled.tau2 if compared.pooled and compared.pooled.pooled else None
    return {
        "segments": len(compared.n),
        "told_apart": int(compared.apart.sum()),
        "too_small": int(left_out.small.sum()),
        "hidden_beside": int(left_out.beside.sum()),
        "too_small_answers": int(cut.groups.moments.n[left_out.any].sum()),
        "true_spread": None if tau2 is None else float(np.sqrt(tau2)),
        "n": int(cut.whole.n[0]),
        "accounts": int(cut.whole.G[0]),
    }


def _warnings(cut: Split, compared: _Compared, labels: list[str], left_out: Hidden) -> list[str]:
    together = f" each ({many(cut.groups.moments.n[left_out.any].sum(), 'answer')} together)"
    said = not_shown(left_out, "value", small_extra="" if left_out.beside.any() else together)
    few = [name for name, is_few in zip(labels, compared.worth.few, strict=True) if is_few]
    if few:
        said.append(f"Dominated by few accounts: {_listed(few)}.")
    if not compared.enough.all():
        short = [name for name, enough in zip(labels, compared.enough, strict=True) if not enough]
        said.append(
            f"Fewer than {FEW_RESPONSES:.0f} effective answers, interval only and not tested: {_listed(short)}."
        )
    return said


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
