"""People over the API: brought, asked by the survey's rules, listed page by page, erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from nineplus.api.delighted import people
from nineplus.model.survey import Content, Plan
from nineplus.stages.capture import record_response
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.people.suppression import is_suppressed, suppress
from nineplus.store.models import Contact, Invitation, Message, Response
from tests.api.delighted.conftest import Caller

pytestmark = pytest.mark.django_db


def reasons() -> list[str]:
    return list(Invitation.objects.exclude(reason="").order_by("pk").values_list("reason", flat=True))


def test_a_person_is_asked_when_the_delay_is_over(call: Caller):
    before = int(timezone.now().timestamp())
    said = call("POST", "people", {"email": "Ada@Customer.example", "name": "Ada", "delay": 600})
    assert said["id"] == str(Contact.objects.get().pk)
    assert before + 600 <= said["survey_scheduled_at"] <= before + 660
    message = Message.objects.get()
    assert (message.medium, message.address) == ("email", "ada@customer.example")


def test_the_survey_s_own_rules_hold(call: Caller):
    assert call("POST", "people", {"email": "ada@customer.example"})["survey_scheduled_at"]
    assert call("POST", "people", {"email": "ada@customer.example"})["survey_scheduled_at"] is None
    suppress(medium="email", address="bob@customer.example", reason="unsubscribed", now=timezone.now())
    assert call("POST", "people", {"email": "bob@customer.example"})["survey_scheduled_at"] is None
    assert reasons() == ["survey_gap", "unsubscribed"]


def test_a_survey_that_is_off_asks_nobody_and_keeps_the_person(call: Caller):
    surveys.switch(call.survey, state="paused", now=timezone.now())
    assert call("POST", "people", {"email": "ada@customer.example"})["survey_scheduled_at"] is None
    assert reasons() == ["survey_paused"]
    assert Contact.objects.count() == 1


def test_not_to_be_sent(call: Caller):
    assert call("POST", "people", {"email": "ada@customer.example", "send": False})["survey_scheduled_at"] is None
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("given", "medium"),
    [
        ({"email": "ada@customer.example", "phone_number": "+14155552671", "channel": "sms"}, "sms"),
        ({"email": "ada@customer.example", "phone_number": "+14155552671", "channel": "email"}, "email"),
        ({"phone_number": "+14155552671"}, "sms"),
    ],
)
def test_by_which_channel(call: Caller, given: dict[str, str], medium: str):
    call("POST", "people", given)
    assert Message.objects.get().medium == medium


def test_asked_elsewhere_lately_is_asked_lately(call: Caller):
    lately = int((timezone.now() - timedelta(days=3)).timestamp())
    given = {"email": "ada@customer.example", "last_sent_at": lately}
    assert call("POST", "people", given)["survey_scheduled_at"] is None
    assert reasons() == ["survey_gap"]
    [person] = call("GET", "people")
    assert person["last_sent_at"] == lately


def test_properties_come_and_go_and_the_special_ones_are_not_kept(call: Caller):
    properties = {"State": "CA", "Seats": 5, "Trial": True, "locale": "pt_BR", "delighted_email_subject": "Hi"}
    said = call("POST", "people", {"email": "ada@customer.example", "properties": properties})
    assert said["properties"] == {"State": "CA", "Seats": "5", "Trial": "true"}
    contact = Contact.objects.get()
    assert contact.language == "pt-BR"
    assert Invitation.objects.get().signals == {"words": {"subject": "Hi"}}
    call("POST", "people", {"email": "ada@customer.example", "send": False, "properties": {"State": None}})
    contact.refresh_from_db()
    assert contact.attributes == {"seats": "5", "trial": "true"}


def test_a_form_means_the_same_as_json(call: Caller):
    form = "email=ada%40customer.example&properties[State]=CA&properties%5BPlan%5D=Gold&send=false"
    said = call("POST", "people.json", form, form=True)
    assert said["properties"] == {"State": "CA", "Plan": "Gold"}
    assert said["survey_scheduled_at"] is None
    gone = call("DELETE", "people/email%3Aada%40customer.example", "x=1", form=True, status=202)
    assert gone == {"ok": True}


def test_pages_are_told_in_the_link_alone_and_miss_nobody(call: Caller):
    for n in range(7):
        call("POST", "people", {"email": f"p{n}@customer.example", "send": False})
    path, seen = "people?per_page=3&since=0", []
    for _ in range(5):
        answer = call.raw("GET", path, headers={"Host": "localhost"})
        seen += [one["email"] for one in answer.json()]
        if "Link" not in answer:
            break
        url, rel = answer["Link"].split("; ")
        assert rel == 'rel="next"'
        assert answer["Link"].count(",") == 0
        assert answer["Link"].count(";") == 1
        parts = urlsplit(url.strip("<>"))
        assert (parts.hostname, parts.path) == ("localhost", "/v1/people")
        path = f"people?{parts.query}"
    assert seen == [f"p{n}@customer.example" for n in range(7)]


def test_a_client_that_misses_the_link_gets_everybody_at_once_or_is_told_to_ask_for_less(call: Caller, monkeypatch):
    for n in range(4):
        call("POST", "people", {"email": f"p{n}@customer.example", "send": False})
    php = {"headers": {"User-Agent": "Delighted PHP API Client 3.0.0"}}
    assert len(call("GET", "people?per_page=3", **php)) == 4
    monkeypatch.setattr(people, "MOST_AT_ONCE", 3)
    assert "3 people" in str(call("GET", "people", status=422, **php)["errors"]["since"])
    assert call("GET", "people?until=1", **php) == []


def test_the_link_has_neither_comma_nor_semicolon(call: Caller):
    for n in range(2):
        call("POST", "people", {"email": f"p{n}@customer.example", "send": False})
    link = call.raw("GET", "people?per_page=1&x=a,b;c%0d%0aSet-Cookie:d")["Link"]
    assert "," not in link
    assert link.count(";") == 1
    assert "\n" not in link


def test_one_person_by_address(call: Caller):
    for n in range(2):
        call("POST", "people", {"email": f"p{n}@customer.example", "send": False})
    [found] = call("GET", "people?email=P1%40customer.example")
    assert found["email"] == "p1@customer.example"
    assert call("GET", "people?email=nobody%40customer.example") == []
    both = call("GET", "people?email=a%40customer.example&phone_number=%2B14155552671", status=422)
    assert "email" in both["errors"]


def test_a_plus_that_php_leaves_as_it_is(call: Caller):
    call("POST", "people", {"email": "a+b@customer.example", "phone_number": "+14155552671", "send": False})
    assert len(call("GET", "people?email=a+b@customer.example")) == 1
    assert len(call("GET", "people?phone_number=+14155552671")) == 1


def test_erasing_keeps_what_counts_and_nothing_that_names(call: Caller):
    own = {"State": "CA", "delighted_intro_message": "Dear Ada"}
    given = {"email": "ada@customer.example", "name": "Ada", "properties": own}
    person = call("POST", "people", given)
    assert Message.objects.get().address == "ada@customer.example"
    Message.objects.update(claimed_by="a worker that died", claimed_until=timezone.now())
    assert "Dear Ada" in str(list(Invitation.objects.values()))
    call("POST", "survey_responses", {"person": person["id"], "score": 2, "comment": "Call me, Ada"}, status=201)
    assert call("DELETE", f"people/{person['id']}", status=202) == {"ok": True}
    contact, response = Contact.objects.get(), Response.objects.get()
    assert (contact.email, contact.name, contact.attributes) == ("", "", {})
    assert contact.erased_at
    assert (response.score, response.comment, response.comment_raw, response.raw) == (2, "", "", None)
    assert response.attributes == {}
    assert not Message.objects.exclude(address="").exists()
    assert "Ada" not in str(list(Invitation.objects.values()))
    assert is_suppressed(medium="email", address="ada@customer.example")
    assert call("GET", "people") == []
    call("DELETE", f"people/{person['id']}", status=404)
    again = call("POST", "people", given)
    assert again["id"] != person["id"]
    assert again["survey_scheduled_at"] is None


def test_what_is_pending_is_taken_back_also_at_strange_addresses(call: Caller):
    for address, written in (("a/b@customer.example", "a/b%40customer.example"), ("c@x.example", "c@x.example")):
        call("POST", "people", {"email": address})
        assert call("DELETE", f"people/{written}/survey_requests/pending") == {"ok": True}
    assert reasons() == ["withdrawn", "withdrawn"]
    assert set(Message.objects.values_list("state", flat=True)) == {"dropped"}
    assert all(one["next_survey_scheduled_at"] is None for one in call("GET", "people"))


def test_node_saves_a_person_by_the_id_in_the_body(call: Caller):
    person = call("POST", "people", {"email": "ada@customer.example", "send": False})
    said = call("PUT", "people", {"id": person["id"], "name": "Countess", "email": "ada@customer.example"})
    assert (said["id"], said["name"]) == (person["id"], "Countess")
    call("PUT", "people", {"id": "999999", "name": "x"}, status=404)


def test_times_are_those_of_the_key_s_own_survey(call: Caller):
    person = call("POST", "people", {"email": "ada@customer.example", "send": False})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    record_response(score=1, survey="Another", email="ada@customer.example", answered_at=at, now=timezone.now())
    [found] = call("GET", "people")
    assert found["id"] == person["id"]
    assert found["last_responded_at"] is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@customer.example\r\nBcc: x@x.example"}, "email"),
        ({"phone_number": "12"}, "phone_number"),
        ({"email": "a@customer.example", "delay": "soon"}, "delay"),
        ({"email": "a@customer.example", "delay": -1}, "delay"),
        ({"email": "a@customer.example", "channel": "pigeon"}, "channel"),
        ({"email": "a@customer.example", "last_sent_at": 99_999_999_999}, "last_sent_at"),
        ({"email": "a@customer.example", "properties": [1]}, "properties"),
        ({"email": "a@customer.example", "properties": {"a": {"b": 1}}}, "properties"),
        ({"email": "a@customer.example", "properties": {"a": "x" * 1_001}}, "properties"),
        ({"email": "a@customer.example", "properties": {"delighted_email_subject": "a\nBcc: b"}}, "properties"),
        ({"email": ["a@customer.example", {}]}, "email"),
    ],
)
def test_what_cannot_be_used_is_said_by_field(call: Caller, given: dict[str, object], field: str):
    said = call("POST", "people", given, status=422)
    assert said["status"] == 422
    assert field in said["errors"]
    assert not Contact.objects.exists()


def test_a_key_knows_the_people_of_its_survey_and_erases_nobody(call: Caller, plain: Caller):
    now = timezone.now()
    other = surveys.create(name="Other", touchpoint="custom", content=Content(), plan=Plan(), now=now)
    stranger = Contact.objects.create(external_id="s", email="stranger@customer.example", revision=1)
    elsewhere = Contact.objects.create(external_id="e", email="elsewhere@customer.example", source="api", revision=1)
    Invitation.objects.create(external_id="i", survey=other, contact=elsewhere, revision=1)
    brought = plain("POST", "people", {"email": "brought@customer.example", "send": False})["id"]
    asked = plain("POST", "people", {"email": "asked@customer.example"})["id"]
    everyone = [str(stranger.pk), str(elsewhere.pk), brought, asked]
    assert [one["id"] for one in call("GET", "people")] == everyone
    assert [one["id"] for one in plain("GET", "people")] == [brought, asked]
    for pk in everyone[:2]:
        plain("GET", f"people/{pk}", status=404)
        plain("PUT", "people", {"id": pk, "name": "Mallory"}, status=404)
        plain("DELETE", f"people/{pk}/survey_requests/pending", status=404)
    assert plain("GET", "people/email:stranger@customer.example")["id"] == str(stranger.pk)  # the address is known
    assert "people:everyone" in plain("DELETE", f"people/{asked}", status=403)["message"]
    call("DELETE", f"people/{stranger.pk}", status=202)
