"""Surveys by API: drawn up, published, switched; and who would be asked."""

from __future__ import annotations

import pytest

from nineplus.store.models import Invitation, Survey
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db


def test_from_a_starting_point_to_a_survey_that_asks(client_as, send):
    client = client_as("analyst")
    start = client.get("/api/surveys/starting").json()[0]
    made = send(client, "surveys", {"name": "After support", "starting": start["slug"]})
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["version"], body["content"]) == ("draft", None, None)
    assert (body["plan"], body["draft"], body["touchpoint"]) == (start["plan"], start["content"], start["touchpoint"])
    path = f"surveys/{body['id']}"
    content = {"product": "Acme", "extras": [{"slug": "why", "kind": "text"}]}
    changed = send(client, path, {"name": "Support", "content": content}, method="patch").json()
    assert (changed["name"], changed["draft"]["product"], changed["plan"]) == ("Support", "Acme", body["plan"])
    assert changed["draft"]["extras"][0]["settings"]  # the kind of question says its own defaults
    published = client.post(f"/api/{path}/publish").json()
    assert (published["version"], published["content"]["product"], published["draft"]) == (1, "Acme", None)
    assert send(client, f"{path}/state", {"state": "active"}, method="put").json()["state"] == "active"
    assert client.get(f"/api/{path}").json()["state"] == "active"
    assert [one["number"] for one in client.get(f"/api/{path}/versions").json()["items"]] == [1]
    [line] = client.get("/api/surveys", {"state": "active"}).json()["items"]
    assert (line["id"], line["version"]) == (body["id"], 1)
    assert client.get("/api/surveys", {"state": "draft"}).json()["items"] == []


def test_the_same_key_makes_one_survey(client_as, send, problem):
    client, other = client_as("analyst"), client_as("analyst")
    first, again = (send(client, "surveys", {"name": "A"}, key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    problem(send(client, "surveys", {"name": "B"}, key="k"), 409)
    assert send(other, "surveys", {"name": "B"}, key="k").status_code == 201
    assert Survey.objects.count() == 2


def test_what_failed_under_a_key_may_be_tried_again(client_as, send, problem):
    client = client_as("analyst")
    send(client, "surveys", {"name": "A"})
    problem(send(client, "surveys", {"name": "A"}, key="k"), 400)
    assert send(client, "surveys", {"name": "B"}, key="k").status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({}, 422, "name"),
        ({"name": " "}, 422, "name"),
        ({"name": "A", "starting": "whenever"}, 422, "starting"),
        ({"name": "A", "plan": {"policy": {"share": 2}}}, 422, "share"),
        ({"name": "A", "plan": {"policy": {"weekdays": []}}}, 422, "policy"),
        ({"name": "A", "content": {"colour": "red"}}, 422, "colour"),
        ({"name": "A", "content": {"extras": [{"slug": "x", "kind": "guess"}]}}, 400, "guess"),
    ],
)
def test_what_is_no_survey_is_refused_with_its_place(client_as, send, problem, body, status, where):
    told = problem(send(client_as("analyst"), "surveys", body), status)
    assert where in (told["faults"][0]["where"] if status == 422 else told["detail"])
    assert not Survey.objects.exists()


def test_what_cannot_be_done_is_said(client_as, send, problem):
    client = client_as("analyst")
    made = send(client, "surveys", {"name": "A"}).json()
    assert (
        "Publish"
        in problem(send(client, f"surveys/{made['id']}/state", {"state": "active"}, method="put"), 400)["detail"]
    )
    problem(client.get("/api/surveys/999"), 404)
    problem(client.get(f"/api/surveys/{made['id']}/preview", {"reason": "mood"}), 400)
    problem(client.get(f"/api/surveys/{made['id']}/preview", {"cursor": "x"}), 400)
    problem(client.get("/api/surveys", {"cursor": "x"}), 400)
    elsewhere = Survey.objects.create(name="Old", external_id="old", created_at=world.NOW, revision=0)
    for path, body in (("state", {"state": "closed"}), ("", {"name": "New"})):
        method = "put" if path else "patch"
        problem(send(client, f"surveys/{elsewhere.pk}/{path}".rstrip("/"), body, method=method), 400)
    problem(client.post(f"/api/surveys/{elsewhere.pk}/publish"), 400)


def test_who_would_be_asked_and_why_not(client_as, survey):
    for number in range(60):
        world.contact(f"person{number}@example.org", consent=None if number else False)
    client = client_as("analyst")
    seen = client.get(f"/api/surveys/{survey.pk}/preview").json()
    assert (seen["due"], seen["asked"], seen["by_hand"], len(seen["items"])) == (60, 59, True, 50)
    assert [(one["reason"], one["n"]) for one in seen["reasons"]] == [("no_consent", 1)]
    rest = client.get(f"/api/surveys/{survey.pk}/preview", {"cursor": seen["next"]}).json()
    assert (len(rest["items"]), rest["next"], rest["items"][-1]["asked"]) == (10, None, False)
    assert not Invitation.objects.exists()


def test_how_asking_goes(client_as, send, survey, problem):
    client = client_as("analyst")
    path = f"/api/surveys/{survey.pk}/funnel"
    assert client.get(path).json()["refusal"]  # nobody was asked: a refusal, and no error
    for name in ("ada", "bob"):
        contact = {"email": f"{name}@example.org", "attributes": {"plan": "pro"}}
        send(client, "invitations", {"survey": survey.pk, "contact": contact})
    told = client.get(path, {"by": "plan"}).json()
    assert (told["figures"]["planned"], told["figures"]["sent"]) == (2, 0)
    assert "groups" in [table["name"] for table in told["tables"]]
    problem(client.get(path, {"by": "planet"}), 404)
