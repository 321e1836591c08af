"""Being asked to stop, wherever the main thread is just then."""

from __future__ import annotations

import os
import signal
import threading

from nineplus.cli._signals import when_asked


def test_who_is_asked_while_it_holds_the_lock_stops_all_the_same():
    """As when one signal comes while the one before is being handled: the death of a parent brings several."""
    lock, stopped = threading.Lock(), threading.Event()

    def stop() -> None:
        if lock.acquire(timeout=10):
            stopped.set()
            lock.release()

    before = signal.getsignal(signal.SIGTERM)
    try:
        when_asked((signal.SIGTERM,), stop)
        with lock:
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGTERM)
        assert stopped.wait(30)
    finally:
        signal.signal(signal.SIGTERM, before)
