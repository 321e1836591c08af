"""Rules over the API: made, tried, switched on, changed, removed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from nineplus.stages.govern import keys
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db
RULE = {
    "name": "Call them",
    "when": "response.scored",
    "if": {"all": [{"field": "score", "is": "at_most", "value": 6}]},
    "then": [{"do": "open_case"}],
}


def test_a_rule_from_its_making_to_its_end(client):
    token = keys.create(name="K", role="analyst", now=NOW).token
    answer(3, by=person(at=company()), at=timezone.now())

    def ask(method, path, body=None, status=200):
        more = {} if method == "get" else {"content_type": "application/json"}
        sent = {"data": body} if body is not None else {}
        headers = {"Authorization": f"Bearer {token}"}
        got = getattr(client, method)(f"/api/rules{path}", **sent, **more, headers=headers)
        assert got.status_code == status, got.content
        return got.json() if got.content else None

    made = ask("post", "", {"document": RULE}, status=201)
    one = f"/{made['id']}"
    assert made["says"] == "When an answer comes in and the score is at most 6: open case."
    assert "if.all[1].is" in str(ask("post", "", {"document": {**RULE, "if": {"all": [{"field": "x"}]}}}, status=400))
    ask("post", f"{one}/switch", {"on": True}, status=400)
    found = ask("post", f"{one}/dry-run")
    assert (found["of"], found["fired"], found["did"]) == (1, 1, [["Open a case", 1]])
    assert ask("post", f"{one}/switch", {"on": True})["on"]
    assert not ask("put", one, {"document": {**RULE, "limits": {"per": "account"}}})["on"]
    assert ask("get", "")["items"][0]["version"] == 2
    assert ask("get", f"{one}/runs") == {"items": []}
    ask("delete", one, status=204)
    ask("get", one, status=404)
