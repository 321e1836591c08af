"""Being asked to stop, by Ctrl-C or by whoever started us."""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable, Collection


def when_asked(names: Collection[signal.Signals], *stops: Callable[[], object]) -> None:
    """Call these, all of them, whenever one of these signals comes. Each may be called again and again.

    A signal interrupts the main thread wherever it is, perhaps with the very lock in its hands that a stop wants, or
    within the same stop for a signal just before: waiting there, it would wait for ever. So another thread calls them.
    """

    def call_all() -> None:
        for stop in stops:
            stop()

    for name in names:
        signal.signal(name, lambda *_: _thread.start_new_thread(call_all, ()))
