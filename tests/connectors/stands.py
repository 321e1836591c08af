"""Outside systems to try connectors on. A connector that is listed here is put through `test_every_connector`.

A stand is a made-up account behind a server with a clock of its own; it can be changed, and made to fail.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from nineplus.connectors import Limit, Session
from nineplus.connectors.hubspot import CONNECTOR as HUBSPOT
from nineplus.plugs import Connector
from tests.fixtures.hubspot_server import TOKEN, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State
from tests.fixtures.hubspot_world import BEGAN, populate


@dataclass
class Clock:
    """Seconds since 1970; stands still until somebody waits."""

    now: float = BEGAN / 1000 + 400 * 86_400

    def __call__(self) -> float:
        return self.now


@dataclass
class Budget:
    """Keeps to the limits by moving the clock on instead of waiting."""

    clock: Clock
    limits: Mapping[str, Limit]
    taken: list[str] = field(default_factory=list)
    stopped: list[tuple[str, float]] = field(default_factory=list)
    _closed: dict[str, float] = field(default_factory=dict)
    _window: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, bucket: str, calls: int = 1) -> None:
        self.clock.now = max(self.clock.now, self._closed.get(bucket, 0.0))
        limit, window = self.limits[bucket], self._window.setdefault(bucket, deque())
        for _ in range(calls):
            self.taken.append(bucket)
            if len(window) >= limit.calls:
                self.clock.now = max(self.clock.now, window.popleft() + limit.seconds)
            window.append(self.clock.now)

    def refused(self, bucket: str, *, after: float) -> None:
        self.stopped.append((bucket, after))
        self._closed[bucket] = self.clock.now + after


class Stand(Protocol):
    """What the suite needs of an outside system. `stream` has records for several portions, `small` has a few."""

    connector: Connector
    stream: str
    small: str
    clock: Clock

    def settings(self) -> Mapping[str, str]: ...

    def open(self, budget: Budget, *, at: str = "") -> Session:
        """A session that lives by the stand's clock. `at`: another address than the stand's."""

    def keys(self, stream: str) -> set[str]:
        """The keys that this stream must give."""

    def fail(self, kind: str, times: int = 1, **more: Any) -> None:
        """rate, status, cut, drip, garbage, revoked: of the calls that read objects."""

    def disturb(self, **how: Any) -> None:
        """duplicates, shuffled, same_cursor, skew."""

    def change(self) -> str:
        """Change one record of `stream`; its key."""

    def calls(self) -> int: ...

    def refused(self) -> int:
        """Calls beyond a limit."""

    def without(self, scope: str) -> None:
        """Take a right away from the key."""


@dataclass
class HubSpotStand:
    hub: HubSpot
    clock: Clock
    connector: Connector = HUBSPOT
    stream: str = "tickets"
    small: str = "deals"

    _TYPES = {"accounts": "companies", "responses": "feedback_submissions"}

    def settings(self) -> Mapping[str, str]:
        return {"token": TOKEN, "api_url": self.hub.url, "private": "yes"}

    def open(self, budget: Budget, *, at: str = "") -> Session:
        told = {**self.settings(), **({"api_url": at} if at else {})}
        return HUBSPOT.open(told, mapping={}, budget=budget, clock=self.clock, ticks=self.clock)

    def keys(self, stream: str) -> set[str]:
        if stream == "owners":
            return {one["id"] for one in self.hub.state.owners}
        things = self.hub.state.objects[self._TYPES.get(stream, stream)]
        return {str(thing.id) for thing in things.values() if thing.archived is None}

    def fail(self, kind: str, times: int = 1, **more: Any) -> None:
        self.hub.fail(kind, times, path="/crm/objects/", **more)

    def disturb(self, **how: Any) -> None:
        for name, value in how.items():
            setattr(self.hub, name, value)

    def change(self) -> str:
        self.clock.now += 60
        key = min(self.keys(self.stream), key=int)
        self.hub.state.change("tickets", key, {"hs_ticket_priority": "URGENT"})
        return key

    def calls(self) -> int:
        return len(self.hub.calls)

    def refused(self) -> int:
        return self.hub.refused

    def without(self, scope: str) -> None:
        for granted in self.hub.tokens.values():
            granted.discard(scope)


@contextmanager
def _hubspot() -> Iterator[Stand]:
    clock = Clock()
    state = populate(State(clock), companies=8, contacts=30, tickets=520, deals=6, responses=12)
    with hubspot_server(state) as hub:
        yield HubSpotStand(hub, clock)


STANDS: Mapping[str, Callable[[], AbstractContextManager[Stand]]] = {"hubspot": _hubspot}
