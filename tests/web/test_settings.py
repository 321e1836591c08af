"""Settings: people, keys, company, notes, data."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from nineplus.stages.govern import keys, people
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import ApiKey, Event, Note, Sender, Suppression, Survey, User
from tests.web.given import NOW, PASSWORD


@pytest.fixture
def owner(client_of):
    return client_of("owner")


def secret(html: str) -> str:
    return re.search(r'<code class="token"[^>]*>([^<]+)</code>', html)[1]


def test_a_new_person_logs_in_with_the_password_shown_once(owner):
    html = owner.post("/settings/people/add/", {"email": "new@example.org", "name": "New", "role": "agent"}).content
    password = secret(html.decode())
    assert password not in owner.get("/settings/people/").content.decode()
    stranger = Client()
    assert stranger.post("/log-in/", {"email": "new@example.org", "password": password}).status_code == 302
    assert stranger.get("/responses/").status_code == 200


def test_the_same_person_twice_is_said_and_keeps_what_was_typed(owner):
    response = owner.post("/settings/people/add/", {"email": "owner@example.org", "name": "Again", "role": "agent"})
    assert response.status_code == 400
    assert "already" in response.content.decode()
    assert 'value="Again"' in response.content.decode()


def test_the_last_owner_stays(owner):
    me = User.objects.get()
    page = owner.post(f"/settings/people/{me.pk}/role/", {"role": "viewer"}, follow=True).content.decode()
    assert "last owner" in page
    owner.post(f"/settings/people/{me.pk}/active/", {"active": "no"})
    me.refresh_from_db()
    assert (me.role, me.is_active) == ("owner", True)


def test_a_key_is_shown_once_and_ends_when_revoked(owner):
    html = owner.post("/settings/keys/add/", {"name": "Warehouse", "role": "viewer"}).content.decode()
    token = secret(html)
    assert keys.authenticate(token, now=NOW).name == "Warehouse"
    assert token not in owner.get("/settings/keys/").content.decode()
    owner.post(f"/settings/keys/{ApiKey.objects.get().pk}/revoke/")
    assert keys.authenticate(token, now=NOW) is None


def test_a_key_for_delighteds_clients_is_bound_to_its_survey(owner):
    survey = Survey.objects.create(name="Shop", external_id="1", created_at=NOW, revision=0)
    html = owner.post("/settings/keys/add/", {"name": "Shop", "role": "agent", "survey": survey.pk}).content.decode()
    token = secret(html)
    assert len(token) == 32
    assert "/v1/" in html
    assert keys.authenticate(token, now=NOW) is None
    assert keys.authenticate_bound(token, now=NOW).survey == survey


def test_a_key_may_be_narrowed_to_scopes(owner):
    chosen = {"name": "Help desk", "role": "agent", "scope": ["responses:read", "invitations:read"]}
    token = secret(owner.post("/settings/keys/add/", chosen).content.decode())
    assert keys.authenticate(token, now=NOW).scopes == ["responses:read", "invitations:read"]
    assert "only responses:read, invitations:read" in owner.get("/settings/keys/").content.decode()
    refused = owner.post("/settings/keys/add/", {**chosen, "name": "", "scope": ["responses:read"]})
    assert refused.status_code == 400
    assert 'value="responses:read" checked' in refused.content.decode()
    assert 'value="invitations:read" checked' not in refused.content.decode()


def test_changing_ones_password_needs_the_old_one_and_keeps_this_browser(client_of):
    client = client_of("viewer")
    page = client.post("/settings/password/", {"old": "wrong", "new": "another four words"}, follow=True)
    assert "not the one you typed" in page.content.decode()
    client.post("/settings/password/", {"old": PASSWORD, "new": "another four words"})
    assert client.get("/settings/").status_code == 200
    assert User.objects.get().check_password("another four words")


def test_the_company_is_checked_as_a_whole(client_of):
    client = client_of("analyst")
    given = {"company": "Acme", "time_zone": "Europe/Berlin", "currency": "eur"}
    client.post("/settings/company/change/", given)
    assert (preferences().time_zone, preferences().currency) == ("Europe/Berlin", "EUR")
    for currency in ("many", "XQZ", ""):
        wrong = {**given, "company": "Other", "currency": currency}
        page = client.post("/settings/company/change/", wrong, follow=True)
        assert "There is no currency" in page.content.decode()
    assert preferences().company == "Acme"


def test_notes_come_and_go(client_of):
    client = client_of("analyst")
    client.post("/settings/notes/add/", {"at": "2026-03-01", "label": "New <prices>"})
    assert "New &lt;prices&gt;" in client.get("/settings/notes/").content.decode()
    client.post(f"/settings/notes/{Note.objects.get().pk}/remove/")
    assert not Note.objects.exists()
    assert (
        "not a day" in client.post("/settings/notes/add/", {"at": "soon", "label": "x"}, follow=True).content.decode()
    )


def test_failed_work_is_seen_and_sent_again(client_of):
    client = client_of("analyst")
    event = Event.objects.create(kind="mart.stale", state="parked", created_at=NOW, due_at=NOW, error="disk full")
    assert "disk full" in client.get("/settings/data/").content.decode()
    client.post("/settings/data/resend/", {"event": str(event.pk)})
    event.refresh_from_db()
    assert event.state == "waiting"


def test_a_key_that_may_less_than_it_was_made_for_says_so(client_of):
    maker = people.create_person(email="bob@example.org", role="owner", now=NOW)
    keys.create(name="CRM", role="analyst", created_by=maker, now=NOW)
    owner = client_of("owner")
    assert "may do what its maker may now" not in owner.get("/settings/keys/").content.decode()
    people.change_role(user_id=maker.pk, role="viewer")
    assert "may do what its maker may now: viewer" in owner.get("/settings/keys/").content.decode()
    people.deactivate(user_id=maker.pk)
    assert "its maker may not log in" in owner.get("/settings/keys/").content.decode()


def test_only_an_address_can_be_put_on_the_list_of_never_written_to(client_of):
    client = client_of("analyst")
    add = partial(client.post, reverse("settings-suppressions-add"), follow=True)
    assert "This is no e-mail address" in add({"address": "nobody"}).text
    assert not Suppression.objects.exists()
    assert "ada@example.org is not written to any more." in add({"address": " Ada@Example.org "}).text
    assert Suppression.objects.get().address == "ada@example.org"


def test_a_sender_that_is_refused_leaves_what_was_filled_in_but_for_the_secrets(owner):
    given = {"channel": "smtp", "name": "Our server", "from_address": "nonsense", "setting_host": "mail.example.org"}
    page = owner.post(reverse("settings-senders-add"), given | {"setting_password": "quite secret 77"})
    assert page.status_code == 400
    assert "This is no e-mail address" in page.text.split('role="alert">')[1]
    for value in ("Our server", "nonsense", "mail.example.org"):
        assert f'value="{value}"' in page.text
    assert "quite secret" not in page.text
    assert not Sender.objects.exists()
