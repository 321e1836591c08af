"""How often a program may ask in each minute: one count for all processes and threads, without a write a request.

A window is a minute of the clock. A process takes a few of its quota at a time from the row that all share, more the
more it used in this window, and hands them out itself. So no window ever gives more than its quota; and what a process
holds and does not use, which others miss until the minute ends, is never more than a twentieth of it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

WINDOW = 60
"""Seconds."""
_FIRST, _PARTS = 8, 20
_MOST_REMEMBERED = 4_096

# A row whose window is the next one was written by a machine whose clock is ahead: it counts there. One further
# ahead was written by a clock that was wrong, and starts anew.
_TAKE = """
INSERT INTO nineplus_quota (who, number, used) VALUES (%(who)s, %(number)s, %(n)s)
ON CONFLICT (who) DO UPDATE SET
    used = CASE WHEN nineplus_quota.number IN (excluded.number, excluded.number + 1)
                THEN nineplus_quota.used + excluded.used ELSE excluded.used END,
    number = CASE WHEN nineplus_quota.number = excluded.number + 1 THEN nineplus_quota.number ELSE excluded.number END
WHERE nineplus_quota.number NOT IN (excluded.number, excluded.number + 1)
   OR nineplus_quota.used + excluded.used <= %(limit)s
RETURNING used
"""


@dataclass(frozen=True, slots=True)
class Share:
    """How one stands in this window. `remaining`: as far as is known here; `reset`: seconds until the next window."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


@dataclass(slots=True)
class _Held:
    """What this process holds of one window's quota."""

    number: int = -1
    here: int = 0
    left: int = 0
    """In the row that all share, when it was last seen."""
    taken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_held: dict[str, _Held] = {}
_guard = threading.Lock()


def take(who: str, *, limit: int, now: datetime) -> Share:
    """May `who` (at most 80 letters) ask once more in this window of `limit`? If so, it is counted."""
    seconds = int(now.timestamp())
    number, reset = seconds // WINDOW, WINDOW - seconds % WINDOW
    with _guard:
        if who not in _held and len(_held) >= _MOST_REMEMBERED:
            _held.clear()  # what they held is lost for this minute
        mine = _held.setdefault(who, _Held())
    with mine.lock:
        if mine.number != number:
            mine.number, mine.here, mine.left, mine.taken = number, 0, limit, 0
        if not mine.here and mine.left > 0:
            _lease(mine, who, limit=limit)
        allowed = mine.here > 0
        mine.here -= allowed
        return Share(allowed, limit, mine.here + max(0, mine.left), reset)


def forget() -> None:
    """Drop what this process holds, as a restart does."""
    with _guard:
        _held.clear()


def _lease(mine: _Held, who: str, *, limit: int) -> None:
    """Take some from the shared row: as many as were taken before in this window, within bounds."""
    wanted = max(1, min(max(_FIRST, mine.taken), limit // _PARTS, mine.left))
    for n in dict.fromkeys((wanted, 1)):
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, {"who": who, "number": mine.number, "n": n, "limit": limit})
            row = cursor.fetchone()
        if row is not None:
            mine.here, mine.left, mine.taken = n, limit - int(row[0]), mine.taken + n
            return
    mine.left = 0
