"""Follow-ups for those analyses that count them: by what they are cut, and when it was looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import ibis

from nineplus.analyses._privacy import PRIVACY_MINIMUM
from nineplus.analyses._words import label
from nineplus.mart.dataset import Dataset
from nineplus.model import BadFilter
from nineplus.stats import scale

OWN = {"team": "Team", "priority": "Priority", "cause": "Root cause", "reason": "Reason"}
"""What a case itself is cut by, beside the attributes of its customer."""
FEW = scale.FEW
"""Below so many cases a number is read with care."""
NEEDS = frozenset({"follow_ups"})
Part = TypeVar("Part")


def cut(data: Dataset, by: str) -> tuple[str, str]:
    """The column of `follow_ups` that is cut by, and its title. Raises BadFilter for what no case has."""
    if by in OWN:
        return by, OWN[by]
    attribute = data.attribute(by)
    if data.follow_ups is None or attribute.column not in data.follow_ups.columns:
        raise BadFilter(f"Cases are cut by {', '.join(OWN)} or an attribute of the customer, not by {by}.")
    return attribute.column, attribute.label


def looked(data: Dataset) -> datetime:
    """Until when is known who was contacted: when the data were made."""
    if data.snapshot is not None:
        return data.snapshot.made_at
    assert data.follow_ups is not None
    rows = data.follow_ups
    newest: datetime = (
        rows.aggregate(at=ibis.greatest(rows.opened_at.max(), rows.contacted_at.max())).to_pyarrow()["at"][0].as_py()
    )
    return newest


def cases(data: Dataset) -> ibis.Table:
    """Each case once; what became one with another counts there."""
    assert data.follow_ups is not None
    return data.follow_ups.filter(data.follow_ups["first"])


def shown(groups: Mapping[Any, Part], sizes: Mapping[Any, float]) -> Iterable[tuple[str, Part]]:
    """Those large enough to be shown, by name, what is not known last."""
    large = [value for value in groups if sizes[value] >= PRIVACY_MINIMUM]
    for value in sorted(large, key=lambda one: (one is None, str(one))):
        yield label(value), groups[value]


def left_out(sizes: Mapping[Any, float]) -> str:
    small = sum(size < PRIVACY_MINIMUM for size in sizes.values())
    return f"{small} with fewer than {PRIVACY_MINIMUM} left out." if small else ""


def hidden(data: Dataset, n: float) -> str:
    """Why a narrowed view may not be shown; empty when it may."""
    if n >= PRIVACY_MINIMUM or data.filter.is_empty:
        return ""
    return f"Fewer than {PRIVACY_MINIMUM} cases pass this filter: nothing is shown of so few. Widen the filter."


def few(n: float, what: str) -> tuple[str, ...]:
    return (f"Few {what}: {n:,.0f} (fewer than {FEW}); read the interval, not the number.",) if n < FEW else ()
