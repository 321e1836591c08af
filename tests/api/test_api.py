"""The API: keys and roles, answers in once, lists out page by page, errors of one shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from nineplus.model.survey import Content, Extra
from nineplus.stages.govern import keys
from nineplus.store.models import Event, Import, Response
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
As = Callable[[str], Client]


def problem(response: object, status: int) -> dict[str, object]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == status
    assert body["detail"]
    return body


def send(client: Client, key: str = "", **more: object):
    headers = {"Idempotency-Key": key} if key else {}
    body = {"score": 9, "survey": "Relationship", **more}
    return client.post("/api/responses", json.dumps(body), content_type="application/json", headers=headers)


def test_nothing_without_a_key(client: Client):
    for path in ("/api/analyses", "/api/analyses/score", "/api/responses", "/api/responses/1", "/api/imports"):
        response = client.get(path)
        problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")
    problem(send(client), 401)


def test_a_revoked_key_is_no_key(client: Client):
    made = keys.create(name="CRM", now=NOW)
    keys.revoke(key=made.key.pk, now=NOW)
    problem(client.get("/api/imports", headers={"Authorization": f"Bearer {made.token}"}), 401)


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/api/analyses", 200),
        ("viewer", "/api/responses", 403),
        ("viewer", "/api/imports", 403),
        ("agent", "/api/responses", 200),
        ("agent", "/api/imports", 403),
        ("analyst", "/api/imports", 200),
        ("owner", "/api/responses", 200),
    ],
)
def test_a_key_may_do_what_its_role_may(client_as: As, role: str, path: str, status: int):
    assert client_as(role).get(path).status_code == status


def test_a_session_does_not_open_the_api(client: Client, django_user_model):
    client.force_login(
        django_user_model.objects.create(email="a@example.org", role="owner", created_at=NOW),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    problem(client.get("/api/imports"), 401)


def test_an_answer_in_and_out_again(client_as: As):
    client = client_as("agent")
    made = send(
        client,
        score=3,
        comment="Slow",
        account="acme",
        email="Ada@example.org",
        touchpoint="post-resolution",
        answered_at="2026-01-01T12:00:00+01:00",
        attributes={"Region": "EMEA"},
    )
    assert made.status_code == 201
    body = made.json()
    assert (body["group"], body["answered_at"], body["account"]) == ("detractor", "2026-01-01T11:00:00Z", "acme")
    assert body["contact"] == {"name": "", "email": "ada@example.org"}
    assert body["attributes"] == {"region": "EMEA"}
    assert client.get(f"/api/responses/{body['id']}").json() == body
    assert client.get("/api/responses").json()["items"] == [body]
    said = client.put(
        f"/api/responses/{body['id']}/comment", '{"comment": "Fine now"}', content_type="application/json"
    )
    assert said.json()["comment"] == "Fine now"


def test_the_same_key_twice_is_one_answer(client_as: As):
    client = client_as("agent")
    first, again = send(client, key="k1"), send(client, key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Response.objects.count() == Event.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"score": 1},
        {"answered_at": "2025-12-31T12:00:00Z"},
        {"channel": "email"},
        {"language": "de"},
        {"touchpoint": "relationship"},
        {"comment": "Fine"},
        {"attributes": {"region": "EMEA"}},
    ],
)
def test_the_same_key_with_another_body_is_refused(client_as: As, other: dict[str, object]):
    client = client_as("agent")
    assert send(client, key="k1").status_code == 201
    problem(send(client, key="k1", **other), 409)
    assert Response.objects.count() == 1


def test_the_time_of_an_answer_is_the_same_in_every_zone(client_as: As):
    client = client_as("agent")
    first = send(client, key="k1", answered_at="2026-01-01T12:00:00+01:00")
    again = send(client, key="k1", answered_at="2026-01-01T11:00:00Z")
    assert (first.status_code, again.status_code) == (201, 200)


@pytest.mark.parametrize("key", ["1", "k" * 200])
def test_two_programs_may_count_their_answers_alike(client_as: As, key: str):
    one, other = client_as("agent"), client_as("agent")
    assert [send(one, key=key).status_code, send(other, key=key, score=1).status_code] == [201, 201]
    assert [send(one, key=key).status_code, send(other, key=key, score=1).status_code] == [200, 200]
    assert Response.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 11},
        {"score": "9"},
        {"score": 9.5},
        {"score": None},
        {"survey": ""},
        {"survey": "   "},
        {"touchpoint": "whenever"},
        {"answered_at": "2026-01-01T12:00:00"},
        {"comment": "nul \x00"},
        {"nps": 9},
        {"attributes": {"a": 1}},
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(client_as: As, wrong: dict[str, object]):
    body = problem(send(client_as("agent"), **wrong), 422)
    assert next(iter(wrong)) in body["faults"][0]["where"]
    assert not Response.objects.exists()


def test_what_a_stage_refuses_is_said(client_as: As):
    body = problem(send(client_as("agent"), answered_at="2999-01-01T00:00:00Z"), 400)
    assert "future" in body["detail"]


def test_no_error_repeats_what_was_sent(client_as: As):
    secret = "ada@example.org" * 40
    assert secret.encode() not in send(client_as("agent"), email=secret).content


def test_all_that_comes_with_a_score_is_kept(client_as: As):
    person = world.contact("ada@example.org", account=world.account())
    about = world.ticket(person)
    more = {
        "extras": {"why": "Fast", "used": ["api", "app"]},
        "consent_contact": True,
        "consent_quote": False,
        "tags": ["beta", "beta", "emea"],
        "ticket": about.external_id,
    }
    client = client_as("agent")
    first, again = send(client, key="k", **more), send(client, key="k", **more)
    assert (first.status_code, again.status_code) == (201, 200)
    body = first.json()
    assert body == again.json()
    assert body | more == body | {"tags": ["beta", "beta", "emea"]}
    assert body["tags"] == ["beta", "emea"]
    assert (body["contact"]["email"], body["account"]) == ("ada@example.org", person.account.external_id)
    assert (body["anonymous"], body["invitation"]) == (False, None)
    problem(send(client, key="k", **more | {"tags": []}), 409)


def test_extras_are_those_that_the_survey_asks(client_as: As):
    content = Content(extras=(Extra(slug="why", kind="text"),))
    world.survey("Launch", content=content)
    client = client_as("agent")
    assert send(client, survey="Launch", extras={"why": " Fast "}).json()["extras"]["why"].strip() == "Fast"
    assert "no such question" in problem(send(client, survey="Launch", extras={"who": "me"}), 400)["detail"]
    problem(send(client, survey="Launch", extras={"why": ["a", "b"]}), 400)
    assert Response.objects.count() == 1  # a refusal keeps nothing of it


def test_an_anonymous_answer_is_nobodys(client_as: As):
    client = client_as("agent")
    assert send(client, anonymous=True).json()["anonymous"] is True
    problem(send(client, anonymous=True, email="ada@example.org"), 400)
    problem(send(client, anonymous=True, ticket=world.ticket(None).external_id), 400)
    problem(send(client, ticket="unknown"), 400)
    assert Response.objects.count() == 1


def test_what_changed_since_then(client_as: As):
    client = client_as("agent")
    old = send(client, answered_at="2025-01-01T00:00:00Z").json()["id"]
    send(client, answered_at="2025-01-02T00:00:00Z")
    since = {"updated_since": "2025-06-01T00:00:00Z"}
    assert client.get("/api/responses", since).json()["items"] == []
    client.put(f"/api/responses/{old}/comment", '{"comment": "Late"}', content_type="application/json")
    assert [item["id"] for item in client.get("/api/responses", since).json()["items"]] == [old]
    problem(client.get("/api/responses", {**since, "a.region": "EMEA"}), 400)


def test_pages_follow_each_other(client_as: As):
    client = client_as("agent")
    made = [send(client, comment=f"{i}").json()["id"] for i in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get("/api/responses", {"limit": 2, "cursor": cursor}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]
    problem(client.get("/api/responses", {"cursor": "x"}), 400)
    problem(client.get("/api/responses", {"limit": 0}), 422)
    problem(client.get("/api/responses", {"group": "fans"}), 422)


def test_filters_are_spelled_as_on_pages(client_as: As):
    client = client_as("agent")
    send(client, survey="A", answered_at="2025-06-01T00:00:00Z")
    mine = send(client, survey="B", answered_at="2025-07-01T00:00:00Z").json()
    found = client.get("/api/responses", {"from": "2025-06-02", "survey": ["B", "C"]}).json()
    assert [item["id"] for item in found["items"]] == [mine["id"]]
    problem(client.get("/api/responses", {"from": "yesterday"}), 400)
    problem(client.get("/api/responses", {"a.planet": "Mars"}), 400)
    problem(client.get("/api/responses", {"survey": "nul \x00"}), 400)
    assert "surveys" in problem(client.get("/api/responses", {"surveys": "A"}), 400)["detail"]


def test_every_analysis_can_be_asked(client_as: As):
    client = client_as("viewer")
    found = client.get("/api/analyses").json()
    assert "score" in [each["name"] for each in found]
    answer = client.get("/api/analyses/score", {"from": "2025-01-01"}).json()
    assert answer["name"] == "score"
    assert answer["filter"]["from"] == "2025-01-01"
    assert answer["refusal"]  # no answers yet: a refusal, and no error


def test_what_cannot_be_asked_is_said(client_as: As):
    client = client_as("viewer")
    problem(client.get("/api/analyses/astrology"), 404)
    body = problem(client.get("/api/analyses/score", {"colour": "red"}), 400)
    assert "colour" in body["detail"]
    problem(client.get("/api/analyses/score", {"confidence": "high"}), 400)


def test_imports_newest_first(client_as: As):
    for name in ("a.csv", "b.csv"):
        Import.objects.create(kind="responses", file_name=name, created_at=NOW)
    client = client_as("analyst")
    first = client.get("/api/imports", {"limit": 1}).json()
    second = client.get("/api/imports", {"limit": 1, "cursor": first["next"]}).json()
    assert [page["items"][0]["file_name"] for page in (first, second)] == ["b.csv", "a.csv"]
    assert second["next"] is None


def test_it_describes_itself(client: Client):
    described = client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {path.split("/")[2] for path in described["paths"]} == {
        "accounts",
        "advocates",
        "alerts",
        "analyses",
        "attribution",
        "cases",
        "changes",
        "channels",
        "connections",
        "events",
        "imports",
        "invitations",
        "matches",
        "playbooks",
        "responses",
        "rules",
        "suppressions",
        "surveys",
        "themes",
    }
