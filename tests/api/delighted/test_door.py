"""Who may come in, how often, and that whatever is sent gets an answer in JSON."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as within
from hypothesis import strategies as st

from nineplus.stages.capture.asking.turns import Busy
from nineplus.stages.govern import keys, quotas
from tests.api.delighted.conftest import Caller

pytestmark = pytest.mark.django_db


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_a_key_is_as_theirs_were(call: Caller):
    assert len(call.token) == 32
    assert call.token.isalnum()


def test_while_others_plan_it_is_told_when_to_come_again(call: Caller, monkeypatch: pytest.MonkeyPatch):
    def busy(*_given: object, **_named: object) -> None:
        raise Busy("Somebody else is planning invitations.")

    monkeypatch.setattr("nineplus.stages.capture.asking.planning.ask", busy)
    body = json.dumps({"email": "ada@customer.example"})
    answer = Client().post("/v1/people", body, content_type="application/json", headers=basic(call.token))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.parametrize("colon", ["", ":", ":x"])
def test_with_and_without_a_colon(call: Caller, colon: str):
    assert Client().get("/v1/metrics", headers=basic(call.token + colon)).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic " + "a" * 44, "Bearer x", "Basic gA==", "Basic  Og==", "basic AAAA"]
)
def test_without_a_key_nothing(call: Caller, header: str):
    answer = Client().get("/v1/people", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_each_kind_of_key_opens_only_its_own_door(call: Caller):
    ours = keys.create(name="CRM", now=timezone.now()).token
    assert Client().get("/v1/people", headers=basic(ours)).status_code == 403
    assert Client().get("/api/responses", headers={"Authorization": f"Bearer {call.token}"}).status_code == 401


def test_roles_and_scopes(call: Caller):
    now = timezone.now()
    viewer = Caller(keys.create(name="v", role="viewer", survey=call.survey, now=now).token, call.survey)
    viewer("GET", "metrics")
    viewer("GET", "people", status=403)
    narrow = keys.create(name="n", scopes=["analyses:read"], survey=call.survey, now=now).token
    narrowed = Caller(narrow, call.survey)
    narrowed("GET", "metrics")
    assert "scope" in narrowed("POST", "people", {"email": "a@customer.example"}, status=403)["message"]


def test_a_revoked_key_is_none(call: Caller):
    keys.revoke(key=call.token[:8], now=timezone.now())
    call("GET", "metrics", status=401)


def test_too_often(call: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings.NINEPLUS, "api_limit", 2)
    quotas.forget()
    answers = [call.raw("GET", "metrics") for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(1 <= int(answer["Retry-After"]) <= 60 for answer in refused)
    assert refused[0].json()["status"] == 429
    quotas.forget()


def test_what_the_client_takes(call: Caller):
    for accept in ("application/json", "*/*", "text/html, application/*;q=0.5"):
        assert call.raw("GET", "metrics", headers={"Accept": accept}).status_code == 200
    assert call.raw("GET", "metrics", headers={"Accept": "application/xml"}).status_code == 406


def test_a_get_with_a_body_and_no_kind(call: Caller):
    """As the Python client sends it when there are no parameters."""
    answer = Client().generic("GET", "/v1/metrics.json", "{}", content_type="", headers=basic(call.token))
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["", "nothing", "people/1/2/3", "autopilot/fax", "survey_responses/1/2", "people.xml"])
def test_wrong_addresses_are_told_in_json(call: Caller, path: str):
    assert call("POST", path, {}, status=405 if path.startswith("people/") else 404)["message"]


def test_methods(call: Caller):
    answer = call.raw("PATCH", "people")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST, PUT"


@pytest.mark.parametrize("body", ["{", "[1]", '"x"', "null x", "\x00", "{" * 100_000])
def test_bodies_that_are_none(call: Caller, body: str):
    answer = Client().generic("POST", "/v1/people", body, content_type="application/json", headers=basic(call.token))
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_when_the_database_is_away(call: Caller, monkeypatch: pytest.MonkeyPatch):
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("nineplus.stages.capture.asking.contacts.contacts", away)
    answer = call.raw("GET", "people")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


def test_a_defect_of_ours_is_told_in_json(call: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nineplus.stages.capture.asking.contacts.contacts", lambda **_: 1 / 0)
    assert call("GET", "people", status=500)["message"]


def test_an_address_never_reaches_the_log(call: Caller, caplog: pytest.LogCaptureFixture):
    from nineplus.logs import redact

    line = redact(None, "", {"path": "/v1/people/phone_number:+15556667777", "other": "/v1/people/email:a@x.example"})
    assert "555" not in json.dumps(line)
    assert "a@x.example" not in json.dumps(line)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_NAMES = [
    *("email", "phone_number", "name", "delay", "channel", "send", "last_sent_at", "properties", "id", "per_page"),
    *("person", "score", "comment", "person_properties", "created_at", "tags", "notes", "expand", "person_email"),
    *("since", "until", "page", "order", "trend", "groups", "page_info", "person_id", "updated_since"),
]
_CALLS = [
    *(("POST", "people"), ("GET", "people"), ("PUT", "people"), ("POST", "survey_responses")),
    *(("PUT", "survey_responses"), ("GET", "survey_responses"), ("GET", "metrics"), ("POST", "unsubscribes")),
    *(("GET", "bounces"), ("POST", "autopilot/email/memberships"), ("DELETE", "autopilot/sms/memberships")),
]
_LISTS = ["people", "survey_responses", "metrics", "bounces", "autopilot/email/memberships"]
_bodies = st.dictionaries(st.sampled_from(_NAMES), _values, max_size=6)
_fuzz = within(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_fuzz
@given(which=st.sampled_from(_CALLS), body=_bodies)
def test_whatever_json_is_sent_is_answered(call: Caller, which: tuple[str, str], body: dict[str, Any]):
    answer = call.raw(*which, body)
    assert answer.status_code < 500, (which, body)
    json.loads(answer.content)


@_fuzz
@given(which=st.sampled_from(_CALLS), text=st.text(max_size=80))
def test_whatever_text_is_sent_is_answered(call: Caller, which: tuple[str, str], text: str):
    method, path = which
    answer = call.raw(method, path, text.encode("utf-8", "surrogatepass"), form=True)
    assert answer.status_code < 500, (which, text)


@_fuzz
@given(
    path=st.sampled_from(_LISTS), pairs=st.lists(st.tuples(st.sampled_from(_NAMES), st.text(max_size=12)), max_size=6)
)
def test_whatever_query_is_sent_is_answered(call: Caller, path: str, pairs: list[tuple[str, str]]):
    query = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    answer = call.raw("GET", f"{path}?{query}")
    assert answer.status_code < 500, (path, pairs)
