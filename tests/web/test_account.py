"""The door: first visit, log-in, log-out, theme."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nineplus.stages.govern.preferences import Preferences, preferences
from nineplus.store.models import User
from tests.web.given import PASSWORD

GIVEN = {
    "company": "Acme",
    "name": "Ada",
    "email": "Ada@Example.org",
    "password": "correct horse battery",
    "time_zone": "Europe/Berlin",
    "currency": "eur",
}


@pytest.fixture
def client(db: None) -> Client:
    return Client()


def test_the_first_visitor_becomes_the_owner(client):
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/first-visit/"
    response = client.post("/first-visit/", GIVEN)
    assert response.status_code == 302
    assert response["Location"] == "/welcome/"
    owner = User.objects.get()
    assert (owner.email, owner.role) == ("ada@example.org", "owner")
    assert preferences() == Preferences(company="Acme", time_zone="Europe/Berlin", currency="EUR")
    assert "Load the sample company" in client.get("/welcome/").content.decode()


def test_the_first_visit_asks_for_time_zone_and_currency_and_works_without_a_script(client):
    page = client.get("/first-visit/").content.decode()
    assert '<option value="UTC" selected>' in page
    assert 'name="currency" value="USD"' in page


@pytest.mark.parametrize(("field", "wrong"), [("time_zone", "Mars/Olympus"), ("currency", "euro"), ("currency", "")])
def test_a_wrong_zone_or_currency_makes_no_owner_and_keeps_the_rest(client, field, wrong):
    response = client.post("/first-visit/", {**GIVEN, field: wrong})
    assert list(response.context["form"].errors) == [field]
    assert 'value="Ada@Example.org"' in response.content.decode()
    assert "data-whereabouts" not in response.content.decode()  # what was chosen is not guessed over
    assert not User.objects.exists()


def test_there_is_one_first_visit_only(client):
    client.post("/first-visit/", GIVEN)
    other = Client()
    assert other.get("/first-visit/").status_code == 302
    other.post("/first-visit/", {**GIVEN, "email": "eve@example.org"})
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345"])
def test_a_weak_password_is_refused_in_words(client, password):
    response = client.post("/first-visit/", {**GIVEN, "password": password})
    assert response.status_code == 200
    assert "password" in response.context["form"].non_field_errors()[0].lower()
    assert not User.objects.exists()
    assert f'value="{password}"' not in response.content.decode()


def test_log_in_goes_back_to_where_one_was(client, client_of):
    client_of("owner")
    given = {"email": "OWNER@example.org", "password": PASSWORD, "next": "/segments/?by=plan"}
    assert client.post("/log-in/", given)["Location"] == "/segments/?by=plan"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_log_in_sends_nobody_elsewhere(client, client_of, elsewhere):
    client_of("owner")
    given = {"email": "owner@example.org", "password": PASSWORD, "next": elsewhere}
    assert client.post("/log-in/", given)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_person_look_alike(client, client_of):
    client_of("owner")
    wrong = client.post("/log-in/", {"email": "owner@example.org", "password": "not this one"})
    unknown = client.post("/log-in/", {"email": "nobody@example.org", "password": "not this one"})
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.status_code == unknown.status_code == 200


def test_log_out_needs_a_press_not_a_link(client_of):
    client = client_of("viewer")
    assert client.get("/log-out/").status_code == 405
    client.post("/log-out/")
    assert client.get("/").status_code == 302


def test_the_theme_is_in_the_page_before_any_script(client_of):
    client = client_of("viewer")
    assert "data-theme" not in client.get("/settings/").content.decode().split("<body")[0]
    client.post("/theme/", {"theme": "dark", "next": "/settings/"})
    assert '<html lang="en" data-theme="dark">' in client.get("/settings/").content.decode()


def test_an_unknown_theme_is_ignored(client_of):
    client = client_of("viewer")
    client.post("/theme/", {"theme": '"><script>'})
    assert "theme" not in client.cookies


def test_a_currency_that_is_none_is_refused_before_anybody_is_an_owner(client):
    given = {
        "company": "Acme",
        "name": "Ada",
        "email": "ada@us.example",
        "password": "a few words of twelve",
        "time_zone": "UTC",
        "currency": "XQZ",
    }
    page = client.post("/first-visit/", given)
    assert "There is no such currency" in page.content.decode()
    assert not User.objects.exists()
    assert client.post("/first-visit/", {**given, "currency": " eur"}).status_code == 302
    client.logout()
    wrong = client.post("/log-in/", {"email": "ada@us.example", "password": "another"}).content.decode()
    assert re.search(r'<input[^>]*type="password"[^>]*autofocus', wrong)
    assert not re.search(r'<input[^>]*type="email"[^>]*autofocus', wrong)
    assert 'value="ada@us.example"' in wrong
