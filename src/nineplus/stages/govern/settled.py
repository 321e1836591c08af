"""What people set seldom and a flood of events asks for again and again: read once for a batch, at most a second old.

Only the worker opens a batch. Everybody else reads what is set now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

_FRESH = 1.0  # seconds
_T = TypeVar("_T")
_Key = tuple[Callable[..., Any], tuple[Hashable, ...]]
_BATCH: ContextVar[dict[_Key, tuple[float, Any]] | None] = ContextVar("settled", default=None)


@contextmanager
def for_a_batch() -> Iterator[None]:
    """In this thread, until the end: what was read once is not read again for a second."""
    token = _BATCH.set({})
    try:
        yield
    finally:
        _BATCH.reset(token)


def read_once(read: Callable[..., _T]) -> Callable[..., _T]:
    """Of a function of the store alone, whose answer nobody changes. What it raises is not remembered."""

    @wraps(read)
    def reading(*given: Hashable) -> _T:
        known = _BATCH.get()
        if known is None:
            return read(*given)
        at, found = known.get((read, given), (None, None))
        if at is None or time.monotonic() - at > _FRESH:
            found = read(*given)
            known[read, given] = (time.monotonic(), found)
        return found  # type: ignore[return-value]

    return reading
