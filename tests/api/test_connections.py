"""/api/connections by keys with and without the scope."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.stages.connect.syncing import connections
from nineplus.store.models import Event, SyncProblem
from tests.fixtures.other_system import OtherSystem

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def connection(db: None, monkeypatch: pytest.MonkeyPatch):
    system = OtherSystem()
    monkeypatch.setattr(connections, "connectors", lambda: {"other": system.connector()})
    return connections.add(connector="other", settings={"token": "secret-token"}, now=NOW)


def test_programs_see_how_connections_do(client_as, connection):
    SyncProblem.objects.create(
        connection=connection, stream="people", key="c1", code="no_email", reason="No.", first_at=NOW, last_at=NOW
    )
    client = client_as("analyst", "connections:read")
    [row] = client.get("/api/connections").json()
    assert (row["name"], row["not_used"], row["lag_seconds"]) == ("other", 1, None)
    assert "secret-token" not in client.get("/api/connections").text
    [reason] = client.get("/api/connections/other/problems").json()
    assert (reason["code"], reason["examples"]) == ("no_email", ["c1"])


def test_reading_now_takes_the_right_to(client_as, problem, connection):
    problem(client_as("analyst").post("/api/connections/other/read"), 403)
    owner = client_as("owner", "connections:write")
    assert owner.post("/api/connections/other/read").status_code == 202
    problem(owner.post("/api/connections/nobody/read"), 404)
    assert Event.objects.filter(kind="connection.due").count() == 1
    connections.pause(connection)
    told = problem(owner.post("/api/connections/other/read"), 409)
    assert "Start reading" in told["detail"]
    connection.refresh_from_db()
    assert connection.state == "paused"
