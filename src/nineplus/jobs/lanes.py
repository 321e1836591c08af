"""How events travel: handlers, lanes, and the ticks of the clock."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

Handler = Callable[..., None]
"""Called as handler(data, now=..., stopping=...); `stopping()` turns True when the worker is to end soon."""

Sieve = Callable[[Collection[int]], Collection[int]]
"""Of these responses, which the handler has anything to do for: one cheap query for a batch instead of one each.

When it answers with a mapping, the handler gets what was found for its response as data["found"].
"""


class NotFinished(Exception):
    """Raised by a handler that stopped because the worker is stopping: the event goes on elsewhere."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Kinds that wait for each other. A long import must not keep a fresh answer waiting.

    `together`: all waiting events of a kind are one piece of work, done once. `rest`: seconds to wait after some
    work, so that what comes meanwhile is taken together; at least four times as long as the work took, or in a flood of
    answers it would take the processor from those who answer. `threads`: so many travel it side by side. `apart`: heavy
    work, which has a process of its own: threads of one process take the interpreter from each other.
    """

    name: str
    kinds: tuple[str, ...]
    batch: int = 1
    together: bool = False
    rest: float = 0.0
    threads: int = 1
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Work that time brings, not an event: every `seconds`, when `wanted(now)` says so, one event of the kind.

    `wanted` is one cheap query, so that an idle house writes no rows.
    """

    kind: str
    seconds: float
    wanted: Callable[[datetime], bool]
