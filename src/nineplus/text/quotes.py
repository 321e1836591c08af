"""Which words of customers stand for many? A few quotes that are typical, unlike each other, and recent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from nineplus.text.masking import mask
from nineplus.text.vectors import vectors

_HALF_LIFE = 120.0  # days after which a quote weighs half
_SHORT, _LONG = 25, 280  # characters between which a quote reads well
_UNLIKE = 0.6  # what likeness to quotes already chosen takes away
_SAME = 0.95  # cosine from which two say the same
_LOST = "\ufffd"  # a letter that an earlier export lost: kept as it came, and no way to quote a customer


@dataclass(frozen=True, slots=True)
class Said:
    """Something a customer said. `permitted`: may it be shown to others? `sure` and `salience` are the mention's.
    `at` is aware UTC; `account` keeps one customer from filling the page."""

    text: str
    comment: str
    account: str
    at: datetime
    permitted: bool
    sure: float = 1.0
    salience: float = 1.0


@dataclass(frozen=True, slots=True)
class Quote:
    """`number` is that of what was given; `text` is masked. `typical` is its cosine with the middle of all, 0 to 1."""

    number: int
    text: str
    typical: float


def choose(
    said: Sequence[Said], *, now: datetime, count: int = 5, permitted_only: bool = True, rows: np.ndarray | None = None
) -> list[Quote]:
    """Choose up to `count` quotes that together represent what was said, the best first.

    Nothing without permission is chosen unless `permitted_only` is False (for those who may read all comments anyhow).
    One quote per account and none that says the same as another; personal data is covered. `rows` are the vectors
    (n × width, unit length) when known. The middle is that of everything said, permitted or not.
    Greedy maximal marginal relevance (Carbonell & Goldstein 1998): typical, sure, recent and readable, less likeness to
    those chosen before. The same input gives the same quotes.
    """
    open_ = [
        number
        for number, each in enumerate(said)
        if each.text.strip() and _LOST not in each.text and (each.permitted or not permitted_only)
    ]
    if not open_ or count < 1:
        return []
    known = vectors([each.text for each in said]) if rows is None else rows
    middle = known.mean(axis=0)
    middle = middle / max(float(np.linalg.norm(middle)), 1e-9)
    typical = np.clip(known @ middle, 0.0, 1.0)
    worth = {number: float(typical[number]) * _worth(said[number], now) for number in open_}
    chosen: list[int] = []
    while worth and len(chosen) < count:
        likeness = {number: _likeness(known, number, chosen) for number in worth}
        best = max(worth, key=lambda number: (round(worth[number] - _UNLIKE * likeness[number], 6), -number))
        chosen.append(best)
        worth = {
            number: value
            for number, value in worth.items()
            if said[number].account != said[best].account and float(known[number] @ known[best]) < _SAME
        }
    return [Quote(number, mask(said[number].text), round(float(typical[number]), 3)) for number in chosen]


def _worth(each: Said, now: datetime) -> float:
    days = max((now - each.at).total_seconds() / 86_400, 0.0)
    length = len(each.text)
    reads = min(length / _SHORT, 1.0) * min(math.sqrt(_LONG / max(length, 1)), 1.0)
    return each.sure * each.salience**0.5 * reads * (0.5 + 0.5 * 0.5 ** (days / _HALF_LIFE))


def _likeness(rows: np.ndarray, number: int, chosen: Sequence[int]) -> float:
    return max((float(rows[number] @ rows[other]) for other in chosen), default=0.0)
