"""Playbooks over the API: made, taken up, ticked, measured, changed, removed; and the numbers of the loop."""

from __future__ import annotations

import pytest
from django.utils import timezone

from nineplus.stages.govern import keys
from tests.stages.act.world import NOW, agent, case

pytestmark = pytest.mark.django_db


def test_a_playbook_from_its_making_to_its_measures(client):
    agent("Ada")
    token = keys.create(name="K", role="analyst", now=NOW).token

    def ask(method, path, body=None, status=200):
        more = {} if method == "get" else {"content_type": "application/json"}
        sent = {"data": body} if body is not None else {}
        headers = {"Authorization": f"Bearer {token}"}
        got = getattr(client, method)(f"/api/playbooks{path}", **sent, **more, headers=headers)
        assert got.status_code == status, got.content
        return got.json() if got.content else None

    steps = [{"title": "Call them", "minutes": 60}, {"title": "Write", "owner": "ada@us.example"}]
    made = ask("post", "", {"name": "Call", "steps": steps}, status=201)
    assert "Step 1" in str(ask("post", "", {"name": "B", "steps": [{"title": " "}]}, status=400))
    one = f"/{made['id']}"
    row = case(at=timezone.now())
    of = f"/cases/{row.pk}"
    for _ in range(2):
        [taken] = ask("post", of, {"playbook": made["id"]})["items"]
    assert [step["owner"] for step in taken["steps"]] == [None, "ada@us.example"]
    first, second = (f"/steps/{step['id']}" for step in taken["steps"])
    assert ask("post", first, {"note": "Glad"})["done_at"]
    ask("post", second, {"left_out": True}, status=400)
    assert ask("post", second, {"left_out": True, "note": "No need"})["left_out"]
    assert ask("post", second, {"done": False})["done_at"] is None
    found = ask("get", f"{one}/measures")
    assert (found["cases"], found["going"], found["steps"][0]["done"]) == (1, 1, 1)
    assert found["recovered"] is None
    loop = ask("get", "/loop")
    assert (loop["cases"], loop["recovered"], loop["grade"]) == (0, None, "C")  # nothing is prepared here
    assert ask("put", one, {"name": "Call", "steps": steps[:1]})["version"] == 2
    assert ask("get", of)["items"][0]["version"] == 1
    assert ask("get", "")["items"][0]["steps"] == [{**steps[0], "help": "", "link": "", "owner": ""}]
    ask("delete", one, status=204)
    ask("get", one, status=404)
    ask("get", "/cases/999999", status=404)
