"""Sentences, assumptions and warnings that several analyses share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nineplus.analyses._aggregates import FEW_RESPONSES, Cells, answers
from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import Estimate, Mixed
from nineplus.model.estimate import decimals
from nineplus.model.result import NOT_KNOWN
from nineplus.stats.clusters import FEW_ACCOUNTS, Worth

ACCOUNTS_INDEPENDENT = "Accounts answer independently of each other; answers of one account may be alike."
ANSWERS_INDEPENDENT = "Every answer is independent of every other: likeness within accounts is left out."
THOSE_WHO_ANSWERED = "Describes those who answered; nothing is said of those who did not."
EXCLUDES_ZERO = "Its own does, and it still would with false discoveries among all rows held at 10 %."
METHOD_TITLES = {
    "score": "Tango score interval",
    "adjusted_wald": "adjusted Wald interval",
    "wald": "Wald interval",
    "bonett_price": "Bonett–Price interval",
}


def many(count: float, thing: str, things: str = "") -> str:
    """1 answer, 2,353 answers."""
    return f"{count:,.0f} {thing if round(count) == 1 else things or thing + 's'}"


def points(value: float, *, like: Estimate | None = None) -> str:
    """A number of NPS points as it stands in a sentence, with the decimals of an estimate like it; never -0.0."""
    places = 1 if like is None else decimals(like)
    return f"{round(value, places) + 0.0:.{places}f}"


def between(estimate: Estimate) -> str:
    """30 to 40: the interval alone."""
    if estimate.low is None or estimate.high is None:
        return "not available"
    return f"{points(estimate.low, like=estimate)} to {points(estimate.high, like=estimate)}"


def spread(estimate: Estimate, unit: str = "") -> str:
    """35 (30 to 40), or with a unit 3.1 points (2.0 to 4.2): as many decimals as a figure would show."""
    if estimate.value is None:
        return "not available"
    value = points(estimate.value, like=estimate) + (f" {unit}" if unit else "")
    return value if estimate.low is None or estimate.high is None else f"{value} ({between(estimate)})"


def unsigned(change: Estimate) -> Estimate:
    """How large a change is, whatever its direction; an interval that crosses zero crosses it still."""
    if change.value is None or change.low is None or change.high is None or change.value >= 0:
        return change
    return replace(change, value=-change.value, low=-change.high, high=-change.low)


def label(value: Any) -> str:
    return NOT_KNOWN if value is None or value == "" else str(value)


def interval_method(method: str, *, clustered: bool = True) -> str:
    """How the interval was made, in one line."""
    title = METHOD_TITLES[method]
    return f"{title}, account-clustered" if clustered else title


def group_figures(cells: Cells, worth: Worth, index: int = 0) -> dict[str, Any]:
    """The named numbers that stand beside one NPS. Counts of answers; `accounts` as counted, G* as they weigh."""
    m = cells.moments[index]
    return {
        "mean": float(cells.mean[index]),
        "n": int(m.n),
        "n_eff": float(worth.n_eff[index]),
        "accounts": int(m.G),
        "effective_accounts": float(worth.accounts[index]),
        "deff": float(worth.deff[index]),
        "promoters": int(m.promoters),
        "passives": int(m.n - m.promoters - m.detractors),
        "detractors": int(m.detractors),
    }


def caution(worth: Worth, index: int = 0) -> list[str]:
    """What a reader must know before leaning on one number."""
    said = []
    if worth.few[index] and worth.n_eff[index] > 0 and np.isfinite(worth.accounts[index]):
        said.append(
            f"Dominated by few accounts: the answers weigh as those of {worth.accounts[index]:.1f} "
            f"(fewer than {FEW_ACCOUNTS:.0f}); read the interval, not the number."
        )
    elif worth.n_eff[index] < FEW_RESPONSES:
        said.append(
            f"Few answers: worth {worth.n_eff[index]:.0f} independent ones (fewer than {FEW_RESPONSES:.0f}); "
            "read the interval, not the number."
        )
    return said


def mixed_touchpoints(data: Dataset, *, by: Sequence[Attribute] = ()) -> list[str]:
    """A warning with counts when relationship and transactional answers (or several touchpoints) are in one number."""
    known = {attribute.slug for attribute in data.attributes} - {attribute.slug for attribute in by}
    if "touchpoint" not in known or len(data.filter.touchpoints) == 1:
        return []
    rows = answers(data)
    counted = rows.group_by("touchpoint").agg(n=rows.count()).to_pyarrow().to_pylist()
    if len(counted) < 2:
        return []
    parts = sorted(counted, key=lambda row: (-row["n"], label(row["touchpoint"])))
    listed = ", ".join(f"{label(row['touchpoint'])} {row['n']:,}" for row in parts)
    words = (
        f"Answers from {len(parts)} touchpoints are in one number ({listed}). They mean different things: "
        "choose one to read a level."
    )
    return [Mixed(words, touchpoints=tuple(row["touchpoint"] for row in parts if row["touchpoint"]))]


def too_private(data: Dataset, cells: Cells) -> str:
    """Why a narrowed view may not be shown; empty when it may."""
    if len(cells) and cells.respondents[0] < PRIVACY_MINIMUM and not data.filter.is_empty:
        return (
            f"Fewer than {PRIVACY_MINIMUM} respondents pass this filter: nothing is shown, so that nobody "
            "can be recognised. Widen the filter."
        )
    return ""
