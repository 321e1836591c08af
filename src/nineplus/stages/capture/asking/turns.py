"""One planner at a time, in the whole house: caps of an account count the asks of every survey.

A turn is a row that says whose it is and until when. It is taken and given back by comparing what stands there, and is
checked again in the transaction that writes: a planner that was asleep for too long writes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from nineplus.store.models import Preference

_KEY = "planning"
_LEASE = 60.0  # seconds; a portion takes one
_POLL = 0.02


class Busy(Exception):
    """Somebody else is planning, for longer than one wanted to wait."""


class TurnLost(Exception):
    """The turn was taken over meanwhile: what was decided in it may no longer hold."""


class Turn:
    """One planner's turn. Time here is the machines', not the caller's `now`: it is about processes."""

    def __init__(self, mine: str) -> None:
        self._mine = mine

    def end(self) -> None:
        """Give the turn back, in the transaction that writes what was decided in it. Raises TurnLost."""
        if not Preference.objects.filter(pk=_KEY, value=self._mine).update(value=""):
            raise TurnLost


@contextmanager
def turn(*, wait: float = 30.0) -> Iterator[Turn]:
    """Hold the turn; it is given back at the end, if `end` did not. Raises Busy after `wait` seconds."""
    ends = time.monotonic() + wait
    while not (mine := _taken()):
        if time.monotonic() > ends:
            raise Busy("Somebody else is planning invitations. Try again in a minute.")
        time.sleep(_POLL)
    try:
        yield Turn(mine)
    finally:
        Preference.objects.filter(pk=_KEY, value=mine).update(value="")


def _taken() -> str:
    """Take the turn if it is free or its holder is gone; empty when it is neither."""
    there = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first()
    if there is None:
        there = Preference.objects.get_or_create(pk=_KEY, defaults={"value": ""})[0].value
    if there and float(there.partition(" ")[0]) > time.time():
        return ""
    mine = f"{time.time() + _LEASE:.3f} {secrets.token_hex(8)}"
    return mine if Preference.objects.filter(pk=_KEY, value=there).update(value=mine) else ""
