"""Channels over the API: an owner's keys say what goes where; addresses of webhooks are never shown."""

from __future__ import annotations

import pytest

from nineplus.stages.govern import keys
from nineplus.store.models import ChatPlace
from tests.stages.act.world import NOW, agent

pytestmark = pytest.mark.django_db


def test_listed_added_changed_and_removed(client):
    boss = agent("Boss", seat=False, role="owner")

    def call(method, path="", body=None, *, role="owner", status=200):
        token = keys.create(name="K", role=role, created_by=boss, now=NOW).token
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/channels{path}", headers={"Authorization": f"Bearer {token}"}, **sent)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    slack = {"kind": "slack", "name": "#cs", "channel": "C1", "wants": ["overdue_case"], "digest": "weekly"}
    made = call("post", "", slack, status=201)
    assert {name: made[name] for name in slack} == slack
    teams = {"kind": "teams", "name": "T", "url": "https://teams.example.com/secret"}
    call("post", "", teams, status=201)
    call("post", "", {**teams, "url": "nothing"}, status=400)
    assert "already" in call("post", "", slack, status=400)["detail"]
    call("post", "", {**slack, "wants": ["case_assigned"]}, status=422)  # told to one person alone
    every = call("get")
    assert "secret" not in str(every)
    assert [one["name"] for one in every] == ["#cs", "T"]
    path = f"/{made['id']}"
    ChatPlace.objects.update(error="Gone.")
    changed = call("patch", path, {"wants": ["case.opened", "nps_change"]})
    assert (changed["wants"], changed["digest"], changed["error"]) == (["case.opened", "nps_change"], "weekly", "")
    assert call("get", path) == changed
    assert "No Slack app" in call("post", f"{path}/test", {}, status=400)["detail"]
    assert call("post", f"{path}/again", {})["says"] == "0 messages are tried again."
    call("delete", path, status=204)
    call("get", path, status=404)
    call("get", role="analyst", status=403)
    call("delete", f"/{every[1]['id']}", role="analyst", status=403)
