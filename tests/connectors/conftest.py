"""A HubSpot with a clock of its own, and a session with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from nineplus.connectors import Session
from nineplus.connectors.hubspot import CONNECTOR
from tests.connectors.stands import Budget, Clock
from tests.fixtures.hubspot_server import TOKEN, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State


@pytest.fixture
def hub() -> Iterator[HubSpot]:
    with hubspot_server(State(Clock())) as running:
        yield running


@pytest.fixture
def connect(hub: HubSpot) -> Iterator[Callable[..., Session]]:
    """Open a session; `mapping` as given."""
    opened: list[Session] = []

    def connecting(**mapping: dict[str, str]) -> Session:
        settings = {"token": TOKEN, "api_url": hub.url, "private": "yes"}
        clock = hub.state.clock
        budget = Budget(clock, {limit.bucket: limit for limit in CONNECTOR.limits})  # type: ignore[arg-type]
        opened.append(CONNECTOR.open(settings, mapping=mapping, budget=budget, clock=clock, ticks=clock))
        return opened[-1]

    yield connecting
    for session in opened:
        session.close()
