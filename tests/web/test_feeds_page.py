"""Settings → Feeds: made, changed, switched, removed; the secret is shown once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nineplus.stages.connect import feeds
from nineplus.store.models import Feed, Response
from tests.connectors.surveys.typeform_calls import body, scale, signed
from tests.web.given import NOW

pytestmark = pytest.mark.django_db
HERE = "/settings/feeds/"


@pytest.fixture
def owner(client_of) -> Client:
    return client_of("owner")


def add(owner: Client, **given: str) -> str:
    told = {"kind": "typeform", "touchpoint": "relationship", **given}
    return owner.post(f"{HERE}add/", told).content.decode()


def test_made_with_a_secret_that_is_shown_once(owner: Client):
    html = add(owner, name="<b>Loyalty</b>", survey="Relationship 2026")
    secret = re.search(r"Secret: <code class=\"token\" data-copy>([\w-]{40,})<", html)[1]
    assert "<b>Loyalty</b>" not in html
    feed = Feed.objects.get()
    assert secret not in feed.secrets
    for path in (HERE, f"{HERE}{feed.pk}/"):
        shown = owner.get(path).content.decode()
        assert secret not in shown
        assert "Relationship 2026" in shown
    call = body()
    feeds.hear(hook_key=feed.hook_key, headers=signed(call, secret), body=call, now=NOW)
    assert Response.objects.get().survey.touchpoint == "relationship"


def test_a_secret_of_ones_own_is_never_shown_and_a_short_one_is_refused(owner: Client):
    assert "my own typeform secret" not in add(owner, secret="my own typeform secret")
    assert "12 to 500 characters" in add(owner, secret="short")
    assert Feed.objects.count() == 1


def test_it_is_mended_and_what_could_not_be_used_tried_again(owner: Client):
    made = feeds.add(kind="typeform", name="Loyalty", now=NOW)
    call = body(answers=[scale(3, "one"), scale(8, "two")])
    feeds.hear(hook_key=made.feed.hook_key, headers=signed(call, made.secret), body=call, now=NOW)
    here = f"{HERE}{made.feed.pk}/"
    assert "Several questions are on 0 to 10" in owner.get(here).content.decode()
    owner.post(f"{here}change/", {"name": "Loyalty", "survey": "", "set-question": "two", "secret": ""})
    assert "1 of them are answers now." in owner.post(f"{here}again/", follow=True).content.decode()
    assert Response.objects.get().score == 8


def test_it_is_switched_off_and_taken_off(owner: Client):
    made = feeds.add(kind="typeform", name="Loyalty", now=NOW)
    owner.post(f"{HERE}{made.feed.pk}/switch/", {"on": "0"})
    assert not Feed.objects.get().is_active
    owner.post(f"{HERE}{made.feed.pk}/remove/")
    assert not Feed.objects.exists()
