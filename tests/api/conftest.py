from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.stages.capture import asking_world

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def client_as(db: None) -> Callable[..., Client]:
    """A client with a key of that role, and of these scopes."""

    from nineplus.stages.govern import keys  # not above: this file is read before Django is ready

    def make(role: str, *scopes: str) -> Client:
        token = keys.create(name="Test", role=role, scopes=scopes, now=NOW).token
        return Client(headers={"Authorization": f"Bearer {token}"})

    return make


@pytest.fixture
def problem() -> Callable[..., dict[str, Any]]:
    """The Problem that this answer is."""

    def read(response: Any, status: int) -> dict[str, Any]:
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        body: dict[str, Any] = json.loads(response.content)
        assert body["status"] == status
        assert body["detail"]
        return body

    return read


@pytest.fixture
def send() -> Callable[..., Any]:
    """POST, PUT or PATCH a body as JSON, under an idempotency key when there is one."""

    def sent(client: Client, path: str, body: object, *, key: str = "", method: str = "post") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        call = getattr(client, method)
        return call(f"/api/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return sent


@pytest.fixture
def survey(db: None) -> Any:
    """A survey that is switched on and only asks by hand, with no rule against anybody."""
    return asking_world.survey("Launch", channels=("email",))
