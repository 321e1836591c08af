"""Follow-ups over the API: found, opened once, worked on, closed with what came of it."""

from __future__ import annotations

import pytest

from nineplus.stages.govern import keys
from nineplus.store.models import Case, CaseEntry
from tests.stages.act.world import NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client):
    token = keys.create(name="K", role="agent", now=NOW).token

    def call(method, path, body=None, *, key="", status=200):
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
        more = {"content_type": "application/json"} if method == "post" else {}
        sent = {"data": body} if body is not None else {}
        answer = getattr(client, method)(f"/api/cases{path}", **sent, **more, headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    return call


def test_opened_once_however_often_it_is_sent(ask):
    ada, said = agent("Ada"), answer(3, by=person(at=company()))
    body = {"response": said.pk, "note": "Call them", "owner": ada.email}
    made = ask("post", "", body, key="k1", status=201)
    assert ask("post", "", body, key="k1")["id"] == made["id"]
    ask("post", "", {**body, "note": "Else"}, key="k1", status=409)
    assert ask("post", "", {"account": made["account"], "note": "Again"})["id"] == made["id"]
    assert made["owner"] == ada.email
    ask("post", f"/{made['id']}/notes", {"text": "Once"}, key="k2")
    ask("post", f"/{made['id']}/notes", {"text": "Once"}, key="k2")
    assert CaseEntry.objects.filter(text="Once").count() == 1
    ask("post", "", {"response": 10**9}, status=404)
    ask("post", "", {"account": made["account"], "owner": "nobody@us.example"}, status=400)
    ask("post", "", {}, status=400)


def test_worked_on_from_first_contact_to_the_end(ask):
    ada, made = agent("Ada"), case()
    one = f"/{made.pk}"
    assert ask("post", f"{one}/assign", {"to": ada.email})["owner"] == ada.email
    ask("post", f"{one}/wait", {"why": "for logs"})
    assert ask("post", f"{one}/start")["state"] == "working"
    early = {"way": "call", "at": "2020-01-01T00:00:00Z"}
    ask("post", f"{one}/contact", early, status=400)
    seen = ask("post", f"{one}/contact", {"way": "call", "text": "They want a date"})["version"]
    ask("post", f"{one}/promise", {"text": "A fix", "until": "2099-01-31T17:00:00Z"})
    done = {"outcome": "solved", "root_cause": "performance", "note": "Fast again"}
    ask("post", f"{one}/close", {**done, "version": seen}, status=409)
    ask("post", f"{one}/close", {**done, "root_cause": "gossip"}, status=400)
    assert ask("post", f"{one}/close", done)["state"] == "closed"
    ask("post", f"{one}/start", status=409)
    assert ask("post", f"{one}/reopen", {"why": "It broke"})["state"] == "open"
    told = ask("get", one)
    assert [line["kind"] for line in told["history"]][:2] == ["reopened", "closed"]
    assert told["answers"] == [made.answers.get().response_id]
    assert "performance" in ask("get", "/causes")["items"]


def test_a_contact_noted_by_mistake_is_taken_back(ask):
    made = case()
    ask("delete", f"/{made.pk}/contact", status=400)
    assert ask("post", f"/{made.pk}/contact", {"way": "call"})["contacted_at"]
    assert ask("delete", f"/{made.pk}/contact")["contacted_at"] is None
    assert ask("get", f"/{made.pk}")["history"][0]["title"].startswith("nineplus took back a contact")
    ask("delete", f"/{made.pk}/contact", status=400)


def test_found_and_paged(ask):
    ada = agent("Ada", seat=False)
    made = [case() for _ in range(3)]
    Case.objects.filter(pk=made[0].pk).update(owner=ada)
    page = ask("get", "?limit=2")
    assert [one["id"] for one in page["items"]] == [made[2].pk, made[1].pk]
    assert [one["id"] for one in ask("get", f"?cursor={page['next']}")["items"]] == [made[0].pk]
    assert len(ask("get", "?owner=-")["items"]) == 2
    assert len(ask("get", f"?owner={ada.email}&overdue=true&state=open&account={made[0].account_id}")["items"]) == 1
    ask("get", "/999999999", status=404)


def test_a_viewer_sees_no_cases(client):
    token = keys.create(name="V", role="viewer", now=NOW).token
    assert client.get("/api/cases", headers={"Authorization": f"Bearer {token}"}).status_code == 403
