"""What holds for every address of the API: Problems for all that goes wrong, quotas, scopes, no other origins."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client
from django.urls import reverse

from nineplus.api.application import api
from nineplus.api.delighted.urls import urlpatterns as v1
from nineplus.stages.govern import keys, quotas, scopes
from nineplus.stages.govern.scopes import SCOPES
from nineplus.store.models import ApiKey
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db


def test_an_unknown_address_and_method_are_problems(client_as, problem):
    client = client_as("owner")
    problem(client.get("/api/nothing"), 404)
    problem(client.get("/api/surveys/first"), 422)
    assert set(client.delete("/api/surveys")["Allow"].split(", ")) == {"GET", "POST"}
    problem(client.delete("/api/surveys"), 405)
    problem(client.get("/api/surveys/"), 404)


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"score=9", "application/x-www-form-urlencoded", 415, "application/json"),
        (b'{"score": 9,', "application/json", 400, "line 1"),
        (b'{"score": NaN}', "application/json", 400, ""),
        (b'{"survey": "\\ud800"}', "application/json", 400, ""),
        (b"\xff", "application/json", 400, ""),
        (b"[" * 5_000, "application/json", 400, ""),
        (b"[]", "application/json", 422, ""),
        (b"", "application/json", 422, ""),
        (b" " * 10_000_001, "application/json", 413, "10 MB"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(client_as, problem, body, kind, status, words):
    told = problem(client_as("owner").post("/api/responses", body, content_type=kind), status)
    assert words in told["detail"]


def test_what_is_larger_than_any_upload_is_a_problem(client_as, problem, settings):
    settings.NINEPLUS.upload_limit_mb, before = 1, settings.NINEPLUS.upload_limit_mb
    try:
        sent = client_as("owner").post("/api/responses", b" " * 1_000_001, content_type="application/json")
    finally:
        settings.NINEPLUS.upload_limit_mb = before
    problem(sent, 413)


def test_a_fault_of_ours_is_a_problem_and_tells_nothing(client_as, problem, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("nineplus.stages.capture.drawing.surveys.find", broken)
    client = client_as("owner")
    client.raise_request_exception = False
    told = problem(client.get("/api/surveys/1"), 500)
    assert "secret" not in json.dumps(told)


def test_every_answer_says_how_the_key_stands_and_too_many_are_refused(client_as, problem, settings):
    settings.NINEPLUS.api_limit, before = 5, settings.NINEPLUS.api_limit
    quotas.forget()
    try:
        client, other = client_as("owner"), client_as("owner")
        answers = [client.get("/api/surveys") for _ in range(11)]  # a minute may end meanwhile
        refused = [answer for answer in answers if answer.status_code == 429]
        told = answers[0]
        assert (told["RateLimit-Limit"], told["RateLimit-Remaining"]) == ("5", "4")
        assert told["RateLimit-Policy"] == "5;w=60"
        assert 1 <= int(told["RateLimit-Reset"]) <= 60
        assert refused
        problem(refused[0], 429)
        assert refused[0]["Retry-After"] == refused[0]["RateLimit-Reset"]
        assert refused[0]["RateLimit-Remaining"] == "0"
        assert other.get("/api/surveys").status_code == 200
        assert "RateLimit-Limit" in other.get("/api/surveys/999")
        settings.NINEPLUS.api_limit = 0
        assert "RateLimit-Limit" not in client.get("/api/surveys")
    finally:
        settings.NINEPLUS.api_limit = before
    assert "RateLimit-Limit" not in Client().get("/api/surveys")


@pytest.mark.one_database("what browsers are told is the same whatever is behind it")
def test_no_other_origin_may_read_it(client_as):
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    client = client_as("owner")
    for path in ("surveys", "responses", "invitations", "openapi.json", "nothing"):
        for method in ("get", "options", "post"):
            answer = getattr(client, method)(f"/api/{path}", headers=headers)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")], path


def test_a_scope_narrows_what_the_role_may(client_as, send, problem, survey):
    reader = client_as("owner", "surveys:read")
    assert reader.get("/api/surveys").status_code == 200
    told = problem(reader.get("/api/responses"), 403)
    assert "responses:read is needed" in told["detail"]
    problem(send(reader, "surveys", {"name": "A"}), 403)
    problem(client_as("viewer", "surveys:read").get("/api/surveys"), 403)  # never more than the role
    with pytest.raises(keys.NotPossible, match="no scope"):
        client_as("owner", "surveys:own")


def test_every_operation_needs_a_scope_that_there_is():
    described = api.get_openapi_schema(path_prefix="/api/")
    used = set()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            [[scope]] = [next(iter(each.values())) for each in operation["security"]]
            used.add(scope)
            reads = method == "get"
            judges = scope == "attribution:judge" and "/attribution/links" in path  # who judges sees what is judged
            assert judges or scope.endswith(":read" if reads else ":write"), path
    assert used == {name for name, scope in SCOPES.items() if not scope.explicit}  # those are of /v1


EXPLICIT = [name for name, scope in SCOPES.items() if scope.explicit]


def test_a_scope_that_must_be_named_is_needed_by_an_address_of_v1(client: Client, monkeypatch):
    made = keys.create(name="Shop", survey=world.survey("Shop"), now=world.NOW)
    headers = {"Authorization": "Basic " + base64.b64encode(f"{made.token}:".encode()).decode()}
    needed = set()
    monkeypatch.setattr(scopes, "refusal", lambda key, scope: needed.add(scope) or "Refused.")
    for pattern in (one for one in v1 if one.name != "delighted-none"):
        parts = {part: {"platform": "email"}.get(part, "1") for part in pattern.pattern.regex.groupindex}
        for method in ("get", "post", "put", "delete"):
            answer = getattr(client, method)(reverse(pattern.name, kwargs=parts), headers=headers)
            assert answer.status_code in (403, 405), (pattern.name, method)
    assert EXPLICIT
    assert set(EXPLICIT) <= needed <= set(SCOPES)


@pytest.mark.parametrize("name", EXPLICIT)
def test_a_scope_that_must_be_named_is_no_keys_unless_named_and_takes_nothing_away(name):
    def key(*named: str, role: str = "owner") -> ApiKey:
        prefix = keys.create(name="Test", role=role, scopes=named, now=world.NOW).key.prefix
        return ApiKey.objects.get(prefix=prefix)

    assert name in scopes.refusal(key(), name)
    assert name in scopes.refusal(key("responses:read"), name)
    assert scopes.refusal(key(name, role="viewer"), name), "named, but beyond the role"
    assert [one for one in SCOPES if scopes.refusal(key(name), one)] == [one for one in EXPLICIT if one != name]
    assert scopes.refusal(key(name, "responses:read"), name) == ""
    assert scopes.refusal(key(name, "responses:read"), "surveys:read"), "narrowed by what was named beside it"


def test_a_key_of_delighteds_clients_does_not_open_it(client: Client, problem):
    made = keys.create(name="Shop", role="owner", survey=world.survey("Shop"), now=world.NOW)
    problem(client.get("/api/surveys", headers={"Authorization": f"Bearer {made.token}"}), 401)
    assert ApiKey.objects.get().last_used_at is None
