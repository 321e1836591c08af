"""What analyses read: the star, its snapshots and its engines. Importing this package alone loads no engine."""

import threading
from importlib import import_module

LOADING = threading.RLock()
"""Held while engines or analyses are imported: Ibis cannot be loaded by two threads at once."""


def warm() -> None:
    """Load the engines, once. Whoever is about to use Ibis calls this first, and waits when another is at it.

    It takes about two seconds the first time and nothing afterwards, so that a server can answer before it.
    """
    with LOADING:
        for name in ("folder", "memory", "refresh", "store_rows"):
            import_module(f"nineplus.mart.{name}")
