"""nineplus connection: connecting, reading and looking without a browser."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from nineplus.cli import complete
from nineplus.connectors import Reconnect, Record, Unusable
from nineplus.stages.connect.syncing import connections
from nineplus.store.models import Connection, Contact
from tests.fixtures.other_system import OtherSystem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    system = OtherSystem()
    system.items = {
        "people": [
            Record("contacts", "c1", {"email": "a@acme.example"}),
            Unusable("contacts", "c2", "no_email", "It has no address."),
        ]
    }
    monkeypatch.setattr(connections, "connectors", lambda: {"other": system.connector()})
    return system


def run(*words: str, stdin: str = ""):
    return CliRunner().invoke(complete(), ["connection", *words], input=stdin)


def test_a_first_day():
    added = run("add", "other", "--secret", "token", "--json", stdin="hush\n")
    assert json.loads(added.stdout) == {"id": Connection.objects.get().pk, "name": "other", "title": "Other system"}
    assert "It works." in run("check", "other").stdout
    tried = json.loads(run("read", "other", "--dry-run", "--json").stdout.splitlines()[-1])
    assert (tried["state"], tried["counts"]["people"]["added"], Contact.objects.count()) == ("done", 1, 0)
    assert run("read", "other").exit_code == 0
    assert Contact.objects.count() == 1
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["not_used"], row["rows"], row["state"]) == (1, 1, "active")
    assert "It has no address." in run("problems", "other").stdout
    assert "no_email" in run("problems", "other", "--csv").stdout
    assert "note, properties" in run("writes", "other", "properties", "note").stdout
    assert "nothing" in run("writes", "other", "--nothing").stdout
    assert run("remove", "other").exit_code == 0
    assert "hush" not in added.output + tried["error"]


def test_what_is_wrong_is_said(there: OtherSystem):
    assert run("add", "nothing").exit_code == 1
    assert run("add", "other").exit_code == 1
    assert run("add", "other", "nonsense").exit_code == 2
    assert "Nothing is connected" in run("list").stderr
    run("add", "other", "token=x")
    there.faults = {("people", 0): [Reconnect("The key was revoked.")]}
    broken = run("read", "other")
    assert (broken.exit_code, "The key was revoked." in broken.stderr) == (1, True)
    assert run("check", "nobody").exit_code == 1
