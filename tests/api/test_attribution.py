"""/api/attribution: the rule, and the next version of it."""

from __future__ import annotations

import pytest

from nineplus.store.models import LinkCheck, LinkRuleVersion
from tests.stages.connect.linked import a_link

pytestmark = pytest.mark.django_db


def test_the_rule_is_read_and_its_next_version_is_made(client_as, send):
    client = client_as("analyst")
    told = client.get("/api/attribution").json()
    assert (told["version"], told["coming"], told["judged"], told["needed"]) == (1, None, 0, 100)
    calendar = {"name": "Office", "time_zone": "Europe/Berlin", "hours": [[0, 540, 1020]], "country": "DE"}
    level = {"name": "Gold", "calendar": "Office", "when": [["plan", ["Gold"]]], "first_response_minutes": 60}
    body = {"window_days": 14, "leave_out": [["team", ["Test"]]], "calendars": [calendar], "levels": [level]}
    made = send(client, "attribution", body, method="put")
    assert (made.status_code, made.json()["version"], made.json()["state"]) == (202, 2, "waiting")
    kept = LinkRuleVersion.objects.get().settings
    assert "2026-10-03" in kept["calendars"][0]["holidays"]
    assert client.get("/api/attribution").json()["coming"]["version"] == 2


def test_what_will_not_do_and_who_may_not(client_as, send, problem):
    problem(send(client_as("analyst"), "attribution", {"window_days": 0}, method="put"), 400)
    problem(send(client_as("viewer"), "attribution", {}, method="put"), 403)
    assert client_as("viewer").get("/api/attribution").status_code == 200
    assert not LinkRuleVersion.objects.exists()


def test_links_are_judged_one_after_the_other(client_as, send, problem):
    first, second = a_link(place=1), a_link(place=2, tier="T3")
    client = client_as("agent")
    told = client.get("/api/attribution/links").json()
    assert (told["open"], told["next"]["id"], told["next"]["verdict"]) == (2, first.pk, "")
    assert told["next"]["ticket"]["tied_by"].startswith("The same contact")
    assert told["next"]["answer"]["comment"] == "Too slow"
    after = send(client, f"attribution/links/{first.pk}", {"verdict": "yes"}, method="put").json()
    assert (after["judged"], after["next"]["id"]) == (1, second.pk)
    problem(send(client, f"attribution/links/{first.pk}", {"verdict": "perhaps"}, method="put"), 422)
    problem(send(client, "attribution/links/99", {"verdict": "no"}, method="put"), 404)
    assert LinkCheck.objects.get(pk=first.pk).verdict == "yes"


def test_who_may_judge_and_draw(client_as, problem):
    problem(client_as("viewer").get("/api/attribution/links"), 403)
    problem(client_as("agent", "analyses:read").get("/api/attribution/links"), 403)
    problem(client_as("agent").post("/api/attribution/links"), 403)
    assert "nothing to judge" not in problem(client_as("analyst").post("/api/attribution/links"), 400)["detail"]
