"""The widget's other half: any site may ask and answer, nobody is told anything of a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.model.survey import Brand, Content, Extra, ExtraTexts, Plan, Texts
from nineplus.stages.capture import score_anonymous
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Response, Survey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "k" * 20


@pytest.fixture
def survey() -> Survey:
    content = Content(
        brand=Brand(company="Acme <b>&", colour="#ffee00"),
        texts={"en": Texts(extras={"team": ExtraTexts(wording="Which team?", options={"sales": "Sales", "it": "IT"})})},
        extras=(Extra(slug="team", kind="choice", settings={"options": ["sales", "it"], "other": True}),),
        languages=("en", "de"),
    )
    made = surveys.create(name="Site", touchpoint="custom", content=content, plan=Plan(), now=NOW)
    surveys.publish(made, now=NOW)
    return surveys.switch(made, state="active", now=NOW)


def send(survey: Survey, what: str, body: object, *, kind: str = "text/plain"):
    text = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(f"/w/{survey.public_id}/{what}", data=text, content_type=kind)


def test_what_is_asked_comes_in_the_visitors_language_to_any_site(survey):
    answer = Client().get(f"/w/{survey.public_id}/config", headers={"accept-language": "de-AT,fr;q=0.9"})
    config = answer.json()
    assert (config["state"], config["language"], len(config["numbers"])) == ("open", "de", 11)
    assert config["groups"] == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    assert [option["slug"] for option in config["extras"][0]["options"]] == ["sales", "it"]
    assert config["colours"]["light"]["ink"] == "#050506", "white on yellow cannot be read"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert "{company}" not in answer.text
    assert "{product}" not in answer.text


def test_a_score_and_what_follows_are_one_anonymous_answer(survey):
    given = {"score": 4, "key": KEY, "language": "de", "attributes": {"unknown": "x"}, "signals": {"seconds": 3}}
    first = send(survey, "score", given).json()
    again = send(survey, "score", given).json()
    assert (first["state"], again["state"]) == ("saved", "same")
    more = {
        "amend": first["amend"],
        "comment": "Slow",
        "extras": {"team": {"options": ["it"]}},
        "consent_contact": True,
    }
    assert send(survey, "more", more).json()["state"] == "changed"
    kept = Response.objects.get()
    assert (kept.score, kept.comment, kept.channel, kept.anonymous) == (4, "Slow", "widget", True)
    assert kept.extras == {"team": {"options": ["it"]}}
    assert (kept.contact_id, kept.invitation_id) == (None, None)


def test_what_follows_finds_its_answer_by_the_key_too(survey):
    other = "o" * 20
    assert send(survey, "more", {"key": KEY, "comment": "Too early"}).json()["state"] == "forged"
    send(survey, "score", {"score": 4, "key": KEY})
    score_anonymous(public_id=survey.public_id, score=9, key=other, channel="kiosk", now=NOW)
    assert send(survey, "more", {"key": KEY, "comment": "Slow"}).json()["state"] == "changed"
    assert send(survey, "more", {"key": other, "comment": "Not mine"}).json()["state"] == "forged"
    assert list(Response.objects.order_by("score").values_list("score", "comment")) == [(4, "Slow"), (9, "")]


@pytest.mark.parametrize("score", [11, -1, "ten", None, 9.5, True, [9], {"score": 9}])
def test_what_is_no_score_is_refused_and_nothing_is_kept(survey, score):
    answer = send(survey, "score", {"score": score, "key": KEY})
    assert (answer.status_code, answer.json()["state"]) == (422, "wrong")
    assert not Response.objects.exists()


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_survey_that_rests_asks_nobody(survey, state):
    surveys.switch(survey, state=state, now=NOW)
    assert Client().get(f"/w/{survey.public_id}/config").json() == {"state": state}
    assert send(survey, "score", {"score": 9, "key": KEY}).json()["state"] == state
    assert not Response.objects.exists()


def test_a_stranger_survey_is_not_found_but_answered(survey):
    answer = Client().get("/w/nobody/config")
    assert answer.status_code == 404
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_browsers_question_whether_it_may_is_answered(survey):
    answer = Client().options(f"/w/{survey.public_id}/score", headers={"origin": "https://shop.example"})
    assert answer.status_code == 204
    assert "POST" in answer["Access-Control-Allow-Methods"]


def test_a_body_too_large_is_not_read(survey):
    assert send(survey, "score", {"score": 9, "key": KEY, "language": "x" * 200_000}).status_code == 400
    assert not Response.objects.exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=200), st.recursive(st.none() | st.text() | st.integers(), st.lists)))
def test_whatever_is_sent_is_answered(survey, body):
    for what in ("score", "more"):
        assert send(survey, what, body).status_code in (200, 400, 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text())
            for name in ("score", "key", "language", "attributes", "signals", "amend", "comment", "extras")
        },
    )
)
def test_whatever_its_parts_are_is_answered(survey, body):
    for what in ("score", "more"):
        assert send(survey, what, body).status_code in (200, 422)


def test_nobody_anonymous_is_asked_whether_to_be_contacted(survey: Survey):
    content = Content(consent_contact=True, consent_quote=True)
    asking = surveys.create(name="Consents", touchpoint="custom", content=content, plan=Plan(), now=NOW)
    surveys.publish(asking, now=NOW)
    asking = surveys.switch(asking, state="active", now=NOW)
    assert set(Client().get(f"/w/{asking.public_id}/config").json()["consent"]) == {"quote"}
    send(asking, "score", {"score": 9, "key": KEY})
    send(asking, "more", {"key": KEY, "comment": "Fine", "consent_contact": True, "consent_quote": True})
    assert list(Response.objects.values_list("consent_contact", "consent_quote")) == [(None, True)]


def test_an_answer_that_waited_was_given_when_it_was_pressed(survey: Survey):
    before = datetime.now(UTC)
    send(survey, "score", {"score": 9, "key": KEY, "age_ms": 3 * 86_400_000})
    waited = before - Response.objects.get().answered_at
    assert 2.9 < waited.total_seconds() / 86_400 < 3.1
    body = {"key": KEY, "comment": "Fine", "age_ms": 3 * 86_400_000}
    assert send(survey, "more", body).json()["state"] == "changed"
