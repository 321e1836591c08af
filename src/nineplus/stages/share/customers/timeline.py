"""One timeline of a customer, put together from every source, page by page."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache

from nineplus import plugs
from nineplus.stages.errors import NotPossible
from nineplus.stages.share.customers.entries import Customer, Entry, Place, Source

AT_ONCE = 30
MOST = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the newest first; `older` continues them (None: that is all)."""

    entries: tuple[Entry, ...]
    older: Place | None = None


@cache
def sources() -> tuple[Source, ...]:
    """Every source, in the order of the filters."""
    found = plugs.find("nineplus.stages.share.customers.sources", Source)
    return tuple(sorted(found.values(), key=lambda one: (one.place, one.name)))


def timeline(
    of: Customer, *, kinds: Collection[str] = (), below: Place | str | None = None, limit: int = AT_ONCE
) -> Page:
    """What happened with this customer, the newest first; only of these kinds when any are named.

    Every source is asked for one page at most. Raises NotPossible for an unknown kind or an unreadable place.
    """
    known = {one.name: one for one in sources()}
    if strange := sorted(set(kinds) - known.keys()):
        raise NotPossible(f"There is no kind {strange[0]!r}. There are: {', '.join(known)}.")
    place = Place.read(below) if isinstance(below, str) else below
    limit = max(1, min(limit, MOST))
    each = [
        [replace(entry, source=name) for entry in source.read(of, place.bound(name) if place else None, limit + 1)]
        for name, source in known.items()
        if not kinds or name in kinds
    ]
    found = list(heapq.merge(*each, key=_order))[: limit + 1]
    if len(found) <= limit:
        return Page(tuple(found))
    last = found[limit - 1]
    return Page(tuple(found[:limit]), Place(last.at, last.source, last.id))


def _order(entry: Entry) -> tuple[float, str, int]:
    return -entry.at.timestamp(), entry.source, -entry.id
