"""Has something stopped that used to come? By its own rhythm: what is silent every weekend may be silent then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

FEWEST = 10
"""Pauses known before anything is called a rhythm."""
KNOWN = timedelta(days=8)
"""So long a source is watched first: a weekend must have been among it."""
LEAST = timedelta(hours=24)
TIMES = 2.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """Since when nothing came, and the longest that nothing came before."""

    since: datetime
    usual: timedelta


def stopped(times: Sequence[datetime], *, now: datetime) -> Stopped | None:
    """Is it silent for more than twice its longest pause of late (and a day at least)? None: no, or nobody can say.

    `times`: when things came, in any order; several at one moment count once.
    """
    came = sorted({at for at in times if at <= now})
    pauses = [later - earlier for earlier, later in pairwise(came)]
    if len(pauses) < FEWEST or came[-1] - came[0] < KNOWN:
        return None
    longest = max(pauses)
    silent = now - came[-1]
    return Stopped(came[-1], longest) if silent > max(LEAST, TIMES * longest) else None
