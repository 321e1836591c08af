"""Accounts, people and who is who, as pages and over the API."""

from __future__ import annotations

import csv
import io

import pytest

from nineplus.stages.connect.identity import looking, reviewing
from nineplus.stages.govern import keys
from nineplus.stages.share.customers import listing
from nineplus.store.models import Account, Attribute, Contact, Match, Merge, Response
from tests.web.given import NOW

pytestmark = pytest.mark.django_db


def _doubt() -> Match:
    for number, email in enumerate(("ann@acme.example", "ann+nps@acme.example")):
        Contact.objects.create(external_id=f"X{number}", email=email, name="Ann", revision=10**6)
    looking.look(now=NOW)
    return Match.objects.get()


def test_from_an_answer_to_its_account_and_person(client_of, answers):
    client = client_of("agent")
    row = Response.objects.get(pk=answers[0])
    detail = client.get(f"/responses/{row.pk}/").content.decode()
    for address in (f"/accounts/{row.account_id}/", f"/contacts/{row.contact_id}/"):
        assert address in detail
        page = client.get(address).content.decode()
        assert f"/responses/{row.pk}/" in page
        assert "last answered" in page
    assert "Account 0" in client.get("/accounts/?q=count+0").content.decode()
    assert client.get("/accounts/999999/").status_code == 404
    piece = client.get(f"/accounts/{row.account_id}/?below=9999999999999999-answers-5", headers={"HX-Request": "true"})
    assert "beforeend:#timeline" in piece.content.decode()
    assert "<h1" not in piece.content.decode()


def test_attributes_are_called_what_they_are_called_elsewhere(client_of):
    client = client_of("agent")
    Attribute.objects.create(slug="plan", label="Price plan", created_at=NOW)
    values = {"plan": "gold", "data_centre": "Oslo"}
    account = Account.objects.create(external_id="A", name="Acme", attributes=values, revision=1)
    contact = Contact.objects.create(external_id="C", name="Bo", attributes=values, revision=1)
    for address in (f"/accounts/{account.pk}/", f"/contacts/{contact.pk}/"):
        page = client.get(address).content.decode()
        assert '<dt>Price plan</dt><dd dir="auto">gold</dd>' in page
        assert "<dt>Data centre</dt>" in page


def test_the_list_of_accounts_is_taken_home_as_it_is_narrowed(client_of, answers, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)  # the last twelve months are listed
    monkeypatch.setattr(listing, "MOST", 3)  # several pieces
    client = client_of("agent")
    assert "/accounts/accounts.csv?q=count" in client.get("/accounts/?q=count").content.decode()

    def rows(query: str = "") -> list[dict[str, str]]:
        text = b"".join(client.get(f"/accounts/accounts.csv{query}").streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    every = rows()
    assert len(every) == Account.objects.count() == 7
    assert sum(int(row["answers_12_months"]) for row in every) == Response.objects.count()
    assert [row["name"] for row in rows("?q=account+0")] == ["Account 0"]


def test_a_pair_is_decided_and_taken_back(client_of):
    pair = _doubt()
    client = client_of("analyst")
    page = client.get("/connections/who/").content.decode()
    for words in ("ann+nps@acme.example", "differ only by what most providers ignore", 'data-key="d"'):
        assert words in page
    client.post(f"/connections/who/{pair.pk}/", {"said": "later"})
    client.post(f"/connections/who/{pair.pk}/", {"kept": str(pair.right)})
    assert Contact.objects.get().pk == pair.right
    made = Merge.objects.get()
    assert made.by is not None
    assert "Nobody is in doubt" in client.get("/connections/who/").content.decode()
    assert f"/connections/who/merged/{made.pk}/undo/" in client.get("/connections/who/merged/").content.decode()
    client.post(f"/connections/who/merged/{made.pk}/undo/")
    assert Contact.objects.count() == 2
    assert not reviewing.waiting()
    again = client.post(f"/connections/who/{pair.pk}/", {"said": "same"}, follow=True)
    assert "Somebody decided this pair meanwhile" in again.content.decode()


def test_many_are_joined_for_one_reason(client_of):
    _doubt()
    client = client_of("analyst")
    page = client.get("/connections/who/?table=contact&reason=spelling").content.decode()
    assert "ann@acme.example" in page
    refused = client.post("/connections/who/all/", follow=True).content.decode()
    assert "Only pairs of one reason" in refused
    client.post("/connections/who/all/", {"table": "contact", "reason": "spelling"})
    assert Contact.objects.count() == 1


def test_the_api_says_the_same(client, answers, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)  # the last twelve months are listed
    token = keys.create(name="K", role="agent", now=NOW).token
    ask = {"Authorization": f"Bearer {token}"}
    [first, *_] = client.get("/api/accounts?limit=1", headers=ask).json()["items"]
    assert first["nps"]["n"] == Response.objects.filter(account=first["id"]).count()
    whole = client.get(f"/api/accounts/{first['id']}", headers=ask).json()
    assert whole["account"] == first
    page = client.get(f"/api/accounts/{first['id']}/timeline?limit=4&kinds=answers", headers=ask).json()
    rest = client.get(f"/api/accounts/{first['id']}/timeline?cursor={page['next']}", headers=ask).json()
    assert len(page["items"]) + len(rest["items"]) == first["nps"]["n"]
    assert rest["next"] is None
    missing = Account.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    assert client.get(f"/api/accounts/{missing}/timeline", headers=ask).status_code == 404
    viewer = {"Authorization": f"Bearer {keys.create(name='V', role='viewer', now=NOW).token}"}
    assert client.get("/api/accounts", headers=viewer).status_code == 403
