"""What the filter bar can offer: the attributes that vary and their most frequent values, once per snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from nineplus.mart.errors import MartDamaged
from nineplus.model import Snapshot
from nineplus.stages.analyze.running import dataset

MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class Choices:
    """One attribute and its values, the most frequent first; `more` says that there are others."""

    slug: str
    label: str
    values: tuple[str, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from in one snapshot; nothing without one."""

    snapshot: Snapshot | None = None
    choices: tuple[Choices, ...] = ()


_LOCK = Lock()
_last = Offer()


def choices(*, now: datetime) -> Offer:
    """The attributes with more than one value in the newest snapshot, each with at most 40 of its values."""
    global _last
    try:
        data = dataset(now=now)
    except MartDamaged:
        return Offer()
    if data.snapshot is None or data.snapshot.rows == 0:
        return Offer(snapshot=data.snapshot)
    with _LOCK:
        if _last.snapshot == data.snapshot:
            return _last
        found = []
        for attribute in data.attributes:
            column = data.responses[attribute.column]
            rows = data.responses.filter(column.notnull() & (column != "")).group_by(value=column).agg(n=column.count())
            table = rows.order_by(rows.n.desc(), rows.value).limit(MOST_VALUES + 1).to_pyarrow()
            values = tuple(str(value) for value in table["value"].to_pylist())
            if len(values) > 1:
                found.append(
                    Choices(attribute.slug, attribute.label, values[:MOST_VALUES], more=len(values) > MOST_VALUES)
                )
        _last = Offer(snapshot=data.snapshot, choices=tuple(found))
        return _last
