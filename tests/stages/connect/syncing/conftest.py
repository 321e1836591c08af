"""A connection to an outside system in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.other_system import OtherSystem

if TYPE_CHECKING:
    from nineplus.store.models import Connection

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    from nineplus.stages.connect.syncing import connections

    system = OtherSystem()
    monkeypatch.setattr(connections, "connectors", lambda: {"other": system.connector()})
    return system


@pytest.fixture
def connection(db: None, there: OtherSystem) -> Connection:
    from nineplus.stages.connect.syncing import connections

    return connections.add(connector="other", settings={"token": "secret-token"}, now=NOW)
