"""The pages of connections, by an owner, an analyst and a stranger."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nineplus.connectors import Record, Unusable
from nineplus.stages.connect.syncing import connections, running
from nineplus.store.models import Connection, Event, Outbound, User
from tests.fixtures.other_system import OtherSystem
from tests.stages.connect.syncing.conftest import NOW


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> OtherSystem:
    system = OtherSystem()
    monkeypatch.setattr(connections, "connectors", lambda: {"other": system.connector()})
    return system


def person(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(email=f"{role}@acme.example", role=role, created_at=NOW))
    return client


@pytest.fixture
def owner(db: None) -> Client:
    return person("owner")


@pytest.fixture
def connection(db: None, there: OtherSystem) -> Connection:
    return connections.add(connector="other", settings={"token": "secret-token"}, now=NOW)


def test_connecting_checks_and_never_shows_the_key(owner: Client, there: OtherSystem):
    assert "Nothing is connected yet" in owner.get("/connections/").text
    assert "cases.read" in owner.get("/connections/new/other/").text
    refused = owner.post("/connections/add/other/", {"title": "Ours", "set_place": "here"})
    assert refused.status_code == 400
    assert "Token (token) is missing" in refused.text
    assert 'value="here"' in refused.text  # nothing typed is lost
    done = owner.post("/connections/add/other/", {"title": "Ours", "set_token": "secret-token"}, follow=True)
    assert "It works." in done.text
    assert "secret-token" not in done.text
    assert "Acme" in owner.get("/connections/").text


def test_a_page_tells_everything_of_a_connection(owner: Client, connection: Connection, there: OtherSystem):
    there.items = {
        "people": [
            Record("contacts", "c1", {"email": "a@acme.example"}),
            Unusable("contacts", "=c2", "no_email", "It has no address."),
        ]
    }
    running.sync(connection, clock=lambda: NOW, wait=lambda _: None)
    Outbound.objects.create(
        connection=connection,
        key="k",
        what="note",
        object="contacts",
        target="77",
        state="refused",
        error="industry is required",
        due_at=NOW,
        created_at=NOW,
    )
    told = owner.get(f"/connections/{connection.pk}/").text
    for words in ("It has no address.", "industry is required", "1 contact", "1 new", "Written back"):
        assert words in told
    file = b"".join(owner.get(f"/connections/{connection.pk}/not-used.csv").streaming_content).decode()
    assert "no_email" in file
    assert "'=c2" in file  # no formula for a spreadsheet
    assert owner.post(f"/connections/{connection.pk}/again/").status_code == 302
    assert Outbound.objects.get().state == "waiting"


def test_starting_pausing_changing_and_removing(owner: Client, connection: Connection, there: OtherSystem):
    at = f"/connections/{connection.pk}"
    owner.post(f"{at}/start/")
    assert Event.objects.filter(kind="connection.due").count() == 1
    owner.post(f"{at}/pause/")
    connection.refresh_from_db()
    assert connection.state == "paused"
    owner.post(f"{at}/change/", {"title": "New", "set_token": "", "every": "900", "writes": ["properties", "note"]})
    connection.refresh_from_db()
    assert (connection.title, connection.every, connection.writes) == ("New", 900, ["note", "properties"])
    assert Event.objects.filter(kind="connection.history").count() == 1
    there.items = {"people": [Record("contacts", "c1", {"email": "a@acme.example"})]}
    assert "Nothing was written" in owner.post(f"{at}/try/", follow=True).text
    owner.post(f"{at}/remove/")
    assert not Connection.objects.exists()


def test_the_mapping_is_theirs_against_ours(owner: Client, connection: Connection, there: OtherSystem):
    there.known = {"people": {"plan": "text", "industry": "choice", "contract_renewal": "date", "born": "date"}}
    at = f"/connections/{connection.pk}/mapping/people/"
    assert 'value="attribute:plan"' in owner.get(at).text
    likely = owner.get(at).text.partition("Likely of use")[2].partition("</section>")[0]
    assert "contract_renewal" in likely
    assert "born" not in likely
    owner.post(f"{at}save/", {"p:plan": "attribute:plan", "p:industry": "attribute:industry"})
    connection.refresh_from_db()
    assert connection.mapping["people"] == {"plan": "attribute:plan", "industry": "attribute:industry"}
    twice = owner.post(f"{at}save/", {"p:plan": "name", "p:industry": "name"})
    assert twice.status_code == 400
    assert "cannot both be" in twice.text
    assert len(re.findall(r'<option value="name" selected', twice.text)) == 2, "what was chosen is still there"


@pytest.mark.parametrize("what", ["start", "check", "pause", "remove", "change", "again", "mapping/people/save"])
def test_only_owners_change_them(connection: Connection, what: str):
    assert person("analyst").post(f"/connections/{connection.pk}/{what}/").status_code == 403


def test_an_unsigned_hook_is_nobodys(connection: Connection, client: Client):
    assert client.post("/hooks/systems/nothing/").status_code == 404
    assert client.post(f"/hooks/systems/{connection.hook_key}/").status_code == 404  # this system has none


def test_a_key_that_does_not_work_is_still_told_when_the_page_is_opened_again(
    owner: Client, connection: Connection, there: OtherSystem
):
    Connection.objects.filter(pk=connection.pk).update(error="The key was withdrawn.")
    assert "The key was withdrawn. Enter another key" in owner.get(f"/connections/{connection.pk}/").text


def test_missing_rights_are_ticked_off_and_can_be_copied(owner: Client, connection: Connection, there: OtherSystem):
    there.missing = {"Cases": ("cases.read",), "Writing scores to people": ("people.write",)}
    told = owner.post(f"/connections/{connection.pk}/check/", follow=True).text
    assert "✓ allowed" in told
    assert re.search(r'aria-label="Missing rights">(cases.read\s)?people.write', told)
    assert "may be left out" in told
    assert "people.write" in person("analyst").get(f"/connections/{connection.pk}/").text, "whoever looks sees them"
