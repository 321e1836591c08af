"""Settings → Webhooks: made, tried, switched, removed; the secret is shown once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nineplus.store.models import WebhookDelivery, WebhookEndpoint
from tests.web.given import NOW

pytestmark = pytest.mark.django_db
HERE = "/settings/webhooks/"


@pytest.fixture
def owner(client_of) -> Client:
    return client_of("owner")


def add(owner: Client, **given: object) -> str:
    return owner.post(f"{HERE}add/", {"url": "https://hooks.example.com/nps", **given}).content.decode()


def test_made_with_a_secret_that_is_shown_once(owner: Client):
    html = add(owner, event=["survey_response.created"], name="<b>CRM</b>")
    secret = re.search(r"data-copy>([A-Za-z0-9]{32})<", html)[1]
    assert "<b>CRM</b>" not in html
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.events == ["survey_response.created"]
    assert secret not in endpoint.secrets
    for path in (HERE, f"{HERE}{endpoint.pk}/"):
        assert secret not in owner.get(path).content.decode()


def test_a_secret_of_ones_own_is_never_shown(owner: Client):
    assert "my own delighted key" not in add(owner, secret="my own delighted key")


def test_what_will_not_do_is_said(owner: Client):
    html = add(owner, url="http://hooks.example.com/")
    assert "must begin with https" in html
    assert re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"', html) == ["url"]
    html = add(owner, secret="x" * 501)
    assert re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"', html) == ["secret"]
    assert not WebhookEndpoint.objects.exists()


def test_off_on_and_away(owner: Client):
    add(owner)
    one = WebhookEndpoint.objects.get()
    owner.post(f"{HERE}{one.pk}/switch/", {"on": "no"})
    one.refresh_from_db()
    assert not one.is_active
    owner.post(f"{HERE}{one.pk}/switch/", {"on": "yes"})
    WebhookDelivery.objects.create(
        endpoint=one, event="survey_response.created", key="k", state="failed", error="503", created_at=NOW, due_at=NOW
    )
    assert "503" in owner.get(f"{HERE}{one.pk}/").content.decode()
    owner.post(f"{HERE}{one.pk}/again/")
    assert WebhookDelivery.objects.get().state == "waiting"
    owner.post(f"{HERE}{one.pk}/remove/")
    assert not WebhookEndpoint.objects.exists()
