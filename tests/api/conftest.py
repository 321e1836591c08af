from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def client_as(db: None) -> Callable[[str], Client]:
    """A client with a key of that role."""

    from nineplus.stages.govern import keys  # not above: this file is read before Django is ready

    def make(role: str) -> Client:
        token = keys.create(name="Test", role=role, now=NOW).token
        return Client(headers={"Authorization": f"Bearer {token}"})

    return make
