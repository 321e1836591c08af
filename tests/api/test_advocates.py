"""Advocates over the API: programmes, acts, referrals, points, rewards, budgets and conversion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from nineplus.stages.act.advocates import asking, leads, rewards
from nineplus.store.models import Act, Event, Points
from tests.stages.act.advocates.world import programme, rich, sender
from tests.stages.act.world import agent, answer, company, person

pytestmark = pytest.mark.django_db
_CALLS = {"kind": "reference", "name": "Calls", "subject": "A favour", "text": "Hello {name}", "least_score": 9}


def _got(response, status=200):
    assert response.status_code == status, response.content
    return response.json()


@pytest.mark.parametrize(
    ("role", "scopes", "path", "method", "status"),
    [
        ("viewer", (), "", "get", 403),
        ("agent", (), "", "get", 200),
        ("agent", ("cases:read",), "/acts", "get", 403),
        ("agent", ("advocates:read",), "/acts", "post", 403),
        ("agent", (), "/programmes", "post", 403),
        ("analyst", ("advocates:write",), "/limits", "put", 403),
        ("analyst", (), "/limits", "put", 200),
    ],
)
def test_a_key_opens_what_its_scopes_say(client_as, send, role, scopes, path, method, status):
    client = client_as(role, *scopes)
    where = f"advocates{path}"
    got = client.get(f"/api/{where}") if method == "get" else send(client, where, {"limits": {}}, method=method)
    assert got.status_code == status


def test_a_programme_from_its_drawing_to_who_is_asked(client_as, send, problem, settings, tmp_path):
    settings.HOME = tmp_path
    client = client_as("analyst")
    made = _got(send(client, "advocates/programmes", _CALLS, key="a"), 201)
    assert _got(send(client, "advocates/programmes", _CALLS, key="a"), 200) == made
    assert "of this name" in problem(send(client, "advocates/programmes", _CALLS), 400)["detail"]
    review = {**_CALLS, "kind": "review", "name": "G2", "link": "https://g.example/x"}
    assert "whatever they said" in problem(send(client, "advocates/programmes", review), 400)["detail"]
    one = f"advocates/programmes/{made['id']}"
    problem(send(client, f"{one}/ask", {}), 409)
    assert _got(send(client, f"{one}/switch", {"on": True}))["on"]
    sender(tmp_path)
    for score in (10, 3):
        answer(score, by=person("Ada", at=company()), at=timezone.now() - timedelta(days=30))
    assert _got(client.get(f"/api/{one}/reach")) == {"reached": 1, "refused": {"score": 1}, "trouble": ""}
    for _ in range(2):
        assert _got(send(client, f"{one}/ask", {}, key="ask"), 202)["asked"] == 0
    assert Event.objects.filter(kind=asking.KIND).count() == 1
    assert _got(send(client, f"{one}/test", {"to": "me@us.example"})) == {"to": "me@us.example"}
    problem(send(client, f"{one}/test", {"to": "nobody"}), 400)
    changed = send(client, one, {**_CALLS, "answers_within_days": 20}, method="put")
    assert (made["answers_within_days"], _got(changed)["answers_within_days"]) == (180, 20)
    assert _got(client.get(f"/api/{one}/reach"))["refused"] == {"long_ago": 2}
    changed = send(client, one, {**_CALLS, "name": "Phone calls", "cool_off_days": 60}, method="put")
    assert _got(changed)["cool_off_days"] == 60
    assert _got(client.get(f"/api/{one}/reach"))["refused"] == {"cool_off": 2}
    assert [row["name"] for row in _got(client.get("/api/advocates/programmes"))["items"]] == ["Phone calls"]
    problem(client.get("/api/advocates/programmes/99999"), 404)
    limits = {"limits": {"reference": 2}}
    assert _got(send(client, "advocates/limits", limits, method="put")) == limits
    assert (
        "1 to 100" in problem(send(client, "advocates/limits", {"limits": {"quote": 0}}, method="put"), 400)["detail"]
    )
    assert _got(client.get("/api/advocates/limits")) == limits


def test_acts_are_noted_moved_and_owned(client_as, send, problem):
    client = client_as("agent")
    agent("Ben")
    ada, of = person("Ada", at=company()), programme("quote", points=150)
    given = {"programme": of.pk, "contact": ada.pk, "owner": "ben@us.example", "note": "On the phone"}
    made = _got(send(client, "advocates/acts", given, key="1"), 201)
    assert (made["stage"], made["owner"], made["account"]) == ("agreed", "ben@us.example", ada.account_id)
    assert _got(send(client, "advocates/acts", given, key="1"))["id"] == made["id"]
    problem(send(client, "advocates/acts", {**given, "note": ""}, key="1"), 409)
    problem(send(client, "advocates/acts", given), 409)
    problem(send(client, "advocates/acts", {**given, "owner": "nobody@us.example"}), 400)
    one = f"advocates/acts/{made['id']}"
    done = {"stage": "done", "value_minor": 120_000, "currency": "EUR"}
    for _ in range(2):
        moved = _got(send(client, f"{one}/move", done, key="done"))
    assert (moved["stage"], moved["value_minor"]) == ("done", 120_000)
    assert Act.objects.get().entries.count() == 2
    problem(send(client, f"{one}/move", {"stage": "skipped"}), 422)
    assert _got(send(client, f"{one}/owner", {"to": ""}))["owner"] is None
    assert _got(client.get(f"/api/{one}"))["done_at"]
    problem(client.get("/api/advocates/acts/99999"), 404)
    other = _got(send(client, "advocates/acts", {**given, "contact": person("Bo").pk, "owner": ""}), 201)
    first = _got(client.get("/api/advocates/acts?limit=1"))
    assert ([row["id"] for row in first["items"]], first["next"]) == ([other["id"]], str(other["id"]))
    assert [row["id"] for row in _got(client.get("/api/advocates/acts?cursor=" + first["next"]))["items"]] == [
        made["id"]
    ]
    for wanted, number in (("stage=done", 1), ("owner=-", 2), ("owner=ben@us.example", 0), (f"contact={ada.pk}", 1)):
        assert len(_got(client.get(f"/api/advocates/acts?{wanted}"))["items"]) == number
    [row] = _got(client.get(f"/api/advocates?account={ada.account_id}"))["items"]
    assert (row["name"], row["points"], row["level"], row["acts"]) == ("Ada", 150, "Advocate", {"done": 1})
    assert _got(client.get(f"/api/advocates/{row['id']}")) == row
    [line] = _got(client.get(f"/api/advocates/{row['id']}/ledger"))["items"]
    assert (line["points"], line["why"]) == (150, "quote")
    found = _got(client.get(f"/api/advocates/conversion?year={timezone.now().year}"))
    assert found["all"] == {"did": 0, "known": 0, "not_known": 0, "value": None, "low": None, "high": None}
    assert [one["name"] for one in found["programmes"]] == ["quote"]


def test_referrals_and_rewards_are_settled_once(client_as, send, problem):
    client = client_as("analyst")
    mine, friends = rich("Ada", 100), programme("referral", points=50)
    said = {"name": "Eve", "company": "New", "agreed": True, "now": timezone.now()}
    for number in range(2):
        leads.bring(mine.code, email=f"eve{number}@new{number}.example", **said)
    open_ones = _got(client.get("/api/advocates/referrals?state=open"))["items"]
    assert [(one["advocate"], one["email"]) for one in open_ones][-1] == (mine.pk, "eve0@new0.example")
    one = f"advocates/referrals/{open_ones[0]['id']}/settle"
    won = {"won": True, "value_minor": 90_000, "currency": "EUR"}
    for _ in range(2):
        assert _got(send(client, one, won, key="w"))["state"] == "won"
    problem(send(client, one, won), 409)
    bound = f"advocates/programmes/{friends.pk}"
    money = {"budget_minor": 1500, "currency": "EUR", "period": "year"}
    assert _got(send(client, f"{bound}/budget", money, method="put"))["budget"]["left_minor"] == 1500
    assert _got(client.get(f"/api/{bound}"))["values"] == {"EUR": 90_000}
    mug = {"name": "Mug", "points": 10, "cost_minor": 1000, "currency": "EUR", "budget_minor": 9000}
    mug |= {"programme": friends.pk}
    made = _got(send(client, "advocates/rewards", mug, key="m"), 201)
    assert _got(send(client, "advocates/rewards", mug, key="m"))["id"] == made["id"]
    asked = rewards.redeem(mine, reward=made["id"], now=timezone.now())
    assert _got(client.get(f"/api/{bound}"))["budget"]["spent_minor"] == 1000
    [waiting] = _got(client.get("/api/advocates/redemptions?state=waiting"))["items"]
    assert waiting["id"] == asked.pk
    one = f"advocates/redemptions/{asked.pk}/settle"
    problem(send(client, one, {"give": False}), 400)
    for _ in range(2):
        assert _got(send(client, one, {"give": False, "why": "Out"}, key="n"))["state"] == "refused"
    assert _got(client.get("/api/advocates/rewards"))["items"][0]["spent_minor"] == 0
    assert _got(send(client, f"{bound}/budget", {"budget_minor": None}, method="put"))["budget"] is None
    assert sum(Points.objects.values_list("points", flat=True)) == 150
