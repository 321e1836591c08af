"""/api/matches: pairs are shown, decided, and joinings taken back."""

from __future__ import annotations

import pytest

from nineplus.stages.connect.identity import looking
from nineplus.store.models import Contact, Match
from tests.stages.connect.identity.world import NOW, contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> Match:
    contact("1", email="ann@acme.example", name="Ann")
    contact("2", email="ann+nps@acme.example", name="Ann")
    looking.look(now=NOW)
    return Match.objects.get()


def test_a_pair_is_joined_and_parted(client_as, send, problem, pair):
    client = client_as("analyst", "matches:read", "matches:write")
    [told] = client.get("/api/matches", {"table": "contact"}).json()
    assert (told["id"], told["table"], told["put_off"]) == (pair.pk, "contact", False)
    assert told["words"]
    assert {tuple(told[side]["addresses"]) for side in ("left", "right")} == {
        ("ann@acme.example",),
        ("ann+nps@acme.example",),
    }
    problem(send(client, f"matches/{pair.pk}", {"said": "same", "kept": 10**6}, method="put"), 400)
    done = send(client, f"matches/{pair.pk}", {"said": "same", "kept": told["right"]["id"]}, method="put").json()
    assert Contact.objects.get().pk == told["right"]["id"]
    problem(send(client, f"matches/{pair.pk}", {"said": "different"}, method="put"), 409)
    [merge] = client.get("/api/matches/merges").json()["items"]
    assert (merge["id"], merge["kept"], merge["undoable"]) == (done["merge"], told["right"]["id"], True)
    assert client.post(f"/api/matches/merges/{merge['id']}/undo").json()["merge"] == merge["id"]
    assert Contact.objects.count() == 2
    problem(client.post(f"/api/matches/merges/{merge['id']}/undo"), 409)
    assert client.get("/api/matches").json() == []


def test_put_off_different_and_who_may(client_as, send, problem, pair):
    client = client_as("analyst")
    assert send(client, f"matches/{pair.pk}", {"said": "later"}, method="put").json()["merge"] is None
    assert client.get("/api/matches").json()[0]["put_off"]
    problem(client_as("agent").get("/api/matches"), 403)
    problem(send(client_as("analyst", "matches:read"), f"matches/{pair.pk}", {"said": "same"}, method="put"), 403)
    problem(send(client, "matches/999", {"said": "later"}, method="put"), 404)
    assert send(client, f"matches/{pair.pk}", {"said": "different"}, method="put").status_code == 200
    assert client.get("/api/matches").json() == []
