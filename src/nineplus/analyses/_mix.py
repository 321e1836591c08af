"""Did answers get better, or did others answer? The table of rate and mix between two spans of windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._series import TwoSpans, two_spans
from nineplus.analyses._words import points, spread
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import Column, Estimate, Kind, Table
from nineplus.stats.jackknife import jackknife
from nineplus.stats.mix import decompose
from nineplus.stats.scale import POINTS

MERGED = "Values with few answers"


@dataclass(frozen=True, slots=True)
class Mix:
    """The change between two spans, split: estimates in points, a table by value, a sentence."""

    rate: Estimate
    mix: Estimate
    table: Table
    says: str


def mix_table(
    data: Dataset, *, by: Sequence[Attribute], window: str, spans: tuple[tuple[int, int], tuple[int, int]]
) -> Mix | None:
    """Rate and mix by value, with account-clustered intervals (bucket jackknife); None below two values."""
    counts = _few_merged(two_spans(data, by=by, window=window, spans=spans))
    if len(counts.values) < 2:
        return None
    size = counts.n.sum(axis=(1, 2))
    parts = jackknife(_parts, sums=np.stack([counts.n, counts.e], axis=1), sizes=size)
    low, high = parts.interval()
    both = counts.n.sum(axis=0)
    estimates = [
        Estimate(float(value), _end(lo), _end(hi), n=float(both.sum()), n_eff=float(both.sum()), method="jackknife")
        for value, lo, hi in zip(parts.value, low, high, strict=True)
    ]
    k = len(counts.values)
    rate, mix = estimates[2 * k], estimates[2 * k + 1]
    rates = POINTS * counts.e.sum(axis=0) / np.where((both == 0) | _few(both), np.nan, both)
    shares = both / both.sum(axis=1, keepdims=True)
    rows = [
        {
            "value": name,
            "before": _number(rates[0, i]),
            "after": _number(rates[1, i]),
            "share_before": float(shares[0, i]),
            "share_after": float(shares[1, i]),
            "rate": estimates[i],
            "mix": estimates[k + i],
        }
        for i, name in enumerate(counts.values)
    ]
    rows.append(
        {"value": "All", "before": _number(POINTS * counts.e.sum(axis=0)[0].sum() / both[0].sum()),
         "after": _number(POINTS * counts.e.sum(axis=0)[1].sum() / both[1].sum()),
         "share_before": 1.0, "share_after": 1.0, "rate": rate, "mix": mix}
    )  # fmt: skip
    title = " and ".join(attribute.label for attribute in by)
    table = Table(
        name="mix",
        title=f"The change split into rate and mix, by {title.lower()}",
        columns=(
            Column("value", title),
            Column("before", "NPS before", Kind.POINTS),
            Column("after", "NPS after", Kind.POINTS),
            Column("share_before", "Share before", Kind.SHARE),
            Column("share_after", "Share after", Kind.SHARE),
            Column("rate", "Rate", Kind.ESTIMATE, "Points of the change because these answered differently"),
            Column("mix", "Mix", Kind.ESTIMATE, "Points of the change because more or fewer of these answered"),
        ),
        rows=tuple(rows),
        note="Rate and mix add up to the change. Intervals: jackknife over buckets of accounts.",
    )
    return Mix(rate, mix, table, _says(rate, mix, title))


def _parts(sums: np.ndarray) -> np.ndarray:
    """(r, 2 quantities, 2 spans, k) -> rate by value, mix by value, total rate, total mix: (r, 2k + 2) in points."""
    n, e = sums[:, 0], sums[:, 1]
    found = decompose(n0=n[:, 0], sum0=POINTS * e[:, 0], n1=n[:, 1], sum1=POINTS * e[:, 1])
    totals = np.stack([found.total_rate, found.total_mix], axis=-1)
    return np.concatenate([found.rate, found.mix, totals], axis=-1)


def _few_merged(counts: TwoSpans) -> TwoSpans:
    """Values with 1 to 4 answers in a span become one value: few answers are a few people."""
    spans = counts.n.sum(axis=0)
    few = _few(spans).any(axis=0)
    if not few.any():
        return counts
    names = [name for name, small in zip(counts.values, few, strict=True) if not small] + [MERGED]
    n, e = (
        np.concatenate([part[..., ~few], part[..., few].sum(axis=-1, keepdims=True)], axis=-1)
        for part in (counts.n, counts.e)
    )
    return TwoSpans(names, n, e)


def _few(count: np.ndarray) -> np.ndarray:
    return (count > 0) & (count < PRIVACY_MINIMUM)


def _says(rate: Estimate, mix: Estimate, title: str) -> str:
    change = rate.value + mix.value
    said = (
        f"Of the change of {points(change)} points, {spread(rate)} are rate (how each {title.lower()} answered) "
        f"and {spread(mix)} are mix (who answered)."
    )
    if not (rate.excludes_zero and mix.excludes_zero and rate.value * mix.value < 0):
        return said
    if rate.value * change < 0:
        return f"{said} Simpson reversal: the total moved against the rate."
    better = "an improvement" if rate.value > 0 else "a decline"
    return f"{said} Who answered hides part of {better}."


def _end(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
