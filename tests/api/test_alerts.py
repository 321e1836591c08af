"""Alerts over the API: those of whoever made the key, read one by one, and how they are told."""

from __future__ import annotations

import pytest

from nineplus.stages.act.alerts import telling
from nineplus.stages.govern import keys
from tests.stages.act.world import NOW, agent

pytestmark = pytest.mark.django_db


def test_told_read_and_chosen(client):
    ada, bea = agent("Ada", seat=False), agent("Bea", seat=False)
    for number, whom in enumerate(([ada.pk], [ada.pk, bea.pk], [bea.pk])):
        telling.tell(
            kind="overdue_case", subject=f"case-{number}", period="1", title="Late", path="/loop/1/", whom=whom, now=NOW
        )

    def call(method, path, body=None, *, by=ada, status=200):
        token = keys.create(name="K", role="agent", created_by=by, now=NOW).token
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/alerts{path}", headers={"Authorization": f"Bearer {token}"}, **sent)
        assert answer.status_code == status, answer.content
        return answer.json()

    page = call("get", "?limit=1")
    assert (page["unread"], len(page["items"])) == (2, 1)
    [older] = call("get", f"?limit=1&cursor={page['next']}")["items"]
    assert call("post", f"/{older['id']}/read")["read_at"]
    assert [one["id"] for one in call("get", "?unread=true")["items"]] == [page["items"][0]["id"]]
    call("post", f"/{older['id']}/read", by=bea, status=404)
    assert call("get", "/preferences")["mailed"] == "at_once"
    chosen = {
        "kinds": ["score_fall"],
        "mailed": "weekly",
        "digest_hour": 17,
        "digest_day": "friday",
        "quiet_from": 20,
        "quiet_to": 7,
        "slack": True,
        "time_zone": "Europe/Berlin",
    }
    assert call("put", "/preferences", chosen) == chosen == call("get", "/preferences")
    call("put", "/preferences", {**chosen, "quiet_to": None}, status=400)
    waiting = call("get", "?limit=1")["items"][0]
    assert (waiting["mail_at"], waiting["mailed_at"], waiting["mail_not"]) == (None, None, "kind")
    call("get", "", by=None, status=400)
