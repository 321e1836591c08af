"""What the filter bar can offer: the attributes that vary and their most frequent values, once per snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from nineplus.mart.errors import MartDamaged
from nineplus.model import Snapshot
from nineplus.stages.analyze.running import bare
from nineplus.stats import scale
from nineplus.stats.compare import explained
from nineplus.store.models import Event

MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class Choices:
    """One attribute and its values, the most frequent first; `more` says that there are others.

    `explains` is the share of the differences between answers that lies between its values (0..1).
    """

    slug: str
    label: str
    values: tuple[str, ...]
    more: bool
    explains: float = 0.0


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from in one snapshot; nothing without one.

    `preparing`: there are answers, and what analyses read is being made anew.
    """

    snapshot: Snapshot | None = None
    choices: tuple[Choices, ...] = ()
    preparing: bool = False

    @property
    def foremost(self) -> str:
        """The attribute to look at first: the one that tells answers apart most; empty where there is none."""
        return max(self.choices, key=lambda one: one.explains).slug if self.choices else ""


_LOCK = Lock()
_last = Offer()


def choices(*, now: datetime) -> Offer:
    """The attributes with more than one value in the newest snapshot, each with at most 40 of its values."""
    global _last
    try:
        data = bare(now=now)
    except MartDamaged:
        Event.publish_once(kind="mart.stale", now=now)
        return Offer(preparing=True)
    if data.snapshot is None or data.snapshot.rows == 0:
        return Offer(snapshot=data.snapshot)
    with _LOCK:
        if _last.snapshot == data.snapshot:
            return _last
        found = []
        for attribute in data.attributes:
            column = data.responses[attribute.column]
            rows = (
                data.responses.filter(column.notnull() & (column != ""))
                .group_by(value=column)
                .agg(
                    n=column.count(),
                    promoters=column.count(where=data.responses.score >= scale.PROMOTER_FROM),
                    detractors=column.count(where=data.responses.score <= scale.DETRACTOR_TO),
                )
            )
            table = rows.order_by(rows.n.desc(), rows.value).limit(MOST_VALUES + 1).to_pyarrow()
            values = tuple(str(value) for value in table["value"].to_pylist())
            if len(values) > 1:
                explains = explained(*(table[name].to_numpy() for name in ("n", "promoters", "detractors")))
                found.append(
                    Choices(
                        attribute.slug,
                        attribute.label,
                        values[:MOST_VALUES],
                        more=len(values) > MOST_VALUES,
                        explains=explains,
                    )
                )
        _last = Offer(snapshot=data.snapshot, choices=tuple(found))
        return _last
