"""Slack's calls over HTTP: signed, taken once, answered to whoever asked; and the settings that an owner sees."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings as house
from django.test import Client
from django.utils import timezone

from nineplus.stages.act.chat import places, workspace
from nineplus.store.models import ChatPlace, ChatPost, User
from tests.connectors.slack.signed import headers
from tests.fixtures.slack_server import TEAM, TOKEN, SlackServer, wrong
from tests.stages.act import world

pytestmark = pytest.mark.django_db
SIGNING = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def server():
    running = SlackServer()
    yield running
    running.stop()


@pytest.fixture
def slack(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> SlackServer:
    server.calls.clear()
    server.people.clear()
    server.posted.clear()
    here = house.NINEPLUS.model_copy(
        update={"slack_url": server.base, "webhooks_inside": True, "public_url": "https://nps.example.com"}
    )
    monkeypatch.setattr(house, "NINEPLUS", here)
    workspace.connect(token=TOKEN, signing=SIGNING)
    return server


def send(path: str, form: dict[str, str], *, secret: str = SIGNING, late: float = 0, twice: bool = False):
    body = urlencode(form).encode()
    signed = headers(at=timezone.now() - timedelta(seconds=late), secret=secret, body=body)
    client = Client()
    for _ in range(1 + twice):
        found = client.post(
            f"/hooks/slack/{path}/", body, content_type="application/x-www-form-urlencoded", headers=signed
        )
    return found


def asked(text: str, *, by: str = "UAda", team: str = TEAM) -> str:
    found = send("command", {"user_id": by, "team_id": team, "text": text, "command": "/nineplus"})
    assert found.status_code == 200
    answer = found.json()
    assert answer["response_type"] == "ephemeral"
    assert not wrong(answer["blocks"])
    return json.dumps(answer["blocks"], ensure_ascii=False)


def known(slack: SlackServer, name: str, role: str) -> User:
    user = world.agent(name, seat=False, role=role)
    slack.people[f"U{name}"] = {"id": f"U{name}", "profile": {"email": user.email}}
    return user


def test_only_what_slack_signed_now_is_taken_and_once(slack: SlackServer):
    known(slack, "Ada", "agent")
    form = {"user_id": "UAda", "team_id": TEAM, "text": "help"}
    assert send("command", form).status_code == 200
    assert send("command", {**form, "text": "forged"}, secret="else").status_code == 403
    assert send("command", {**form, "text": "old"}, late=301).status_code == 403
    assert send("command", {**form, "text": "again"}, twice=True).status_code == 403
    assert Client().post("/hooks/slack/act/", {"payload": "{}"}).status_code == 403
    assert send("act", {"payload": "no JSON"}).status_code == 400
    assert send("act", {"payload": "[1]"}).status_code == 400
    assert Client().get("/hooks/slack/act/").status_code == 405


def test_a_case_is_claimed_over_http(slack: SlackServer):
    ada = known(slack, "Ada", "agent")
    case = world.case(by=world.person(at=world.company()))
    payload = {
        "type": "block_actions",
        "user": {"id": "UAda"},
        "team": {"id": TEAM},
        "channel": {"id": "C1"},
        "actions": [{"action_id": "claim", "value": str(case.pk)}],
    }
    assert send("act", {"payload": json.dumps(payload)}).content == b""
    case.refresh_from_db()
    assert case.owner == ada


def test_how_a_customer_is_asked_by_those_who_may(slack: SlackServer):
    ada = known(slack, "Ada", "agent")
    known(slack, "Vi", "viewer")
    acme = world.company("Acme & Sons", owner=ada)
    world.company("Acmeville")
    for score in (2, 9):
        world.answer(score, by=world.person(at=acme))
    said = asked("account acme & sons")
    assert "Acme &amp; Sons" in said
    assert f"https://nps.example.com/accounts/{acme.pk}/" in said
    assert "Ada" in said
    assert "Which one: Acmeville, Acme &amp; Sons?" in asked("account acme")
    assert "no customer called" in asked("account <!channel>")
    assert "takes the role agent" in asked("account acme", by="UVi")
    assert "does not know you" in asked("account acme", by="USomebody")
    assert "another workspace" in asked("account acme", team="T2")
    assert "/nineplus score" in asked("")
    assert "*NPS*" in asked("score", by="UVi")
    assert "no segment" in asked("score Enterprise")


def test_an_owner_sets_it_up_without_an_engineer(client_of, slack: SlackServer):
    workspace.forget()
    owner: Client = client_of("owner")
    assert client_of("analyst").get("/settings/slack/").status_code == 403
    html = owner.get("/settings/slack/").content.decode()
    assert "https://nps.example.com/hooks/slack/act/" in html
    assert "Nothing is posted anywhere yet" in html
    assert (
        "does not know this token"
        in owner.post("/settings/slack/connect/", {"token": "xoxb-wrong", "signing": SIGNING}).content.decode()
    )
    said = owner.post("/settings/slack/connect/", {"token": TOKEN, "signing": SIGNING}, follow=True).content.decode()
    assert "Connected with Us" in said
    assert TOKEN not in said
    given = {"kind": "slack", "name": "#cs", "channel": "C9", "wants": [places.CASES, "nps_change"], "digest": "weekly"}
    said = owner.post("/settings/slack/add/", {**given, "channel": "#cs"}).content.decode()
    assert "looks like C0123ABCD" in said
    owner.post("/settings/slack/add/", given)
    listed = owner.get("/settings/slack/").content.decode()
    assert "A case is opened<br>NPS changed<br>A digest on Mondays" in listed
    place = ChatPlace.objects.get()
    one = f"/settings/slack/{place.pk}/"
    said = owner.post(f"{one}test/", follow=True).content.decode()
    assert "/invite @nineplus" in said
    slack.channels.add("C9")
    assert "The test message is there." in owner.post(f"{one}test/", follow=True).content.decode()
    assert "A test" in slack.posted["C9"][0]["text"]
    owner.post(f"{one}digest/")
    assert ChatPost.objects.get().what == "digest"
    owner.post(f"{one}change/", {"name": "#success", "wants": ["score_fall"], "digest": "weekly"})
    place.refresh_from_db()
    assert (place.name, place.wants, place.digest) == ("#success", ["score_fall"], "weekly")
    ChatPost.objects.update(state="failed", error="It answered 500.")
    assert "It answered 500." in owner.get(one).content.decode()
    owner.post(f"{one}again/")
    assert ChatPost.objects.get().state == "waiting"
    owner.post(f"{one}remove/")
    owner.post("/settings/slack/forget/")
    assert not ChatPlace.objects.exists()
    assert not workspace.held().connected


def test_each_person_chooses_direct_messages_and_hears_when_slack_does_not_know_them(client_of, slack: SlackServer):
    agent: Client = client_of("agent")
    user = User.objects.get(role="agent")
    chosen = {"kind": ["overdue_case"], "mailed": "never", "slack": "1"}
    said = agent.post("/alerts/choose/", chosen, follow=True).content.decode()
    assert f"Nobody in Slack has the address {user.email}" in said
    assert "You get nothing in Slack: Nobody in Slack" in said
    assert "1 cannot be found in Slack" in client_of("owner").get("/settings/slack/").content.decode()
    slack.people["UA"] = {"id": "UA", "profile": {"email": user.email}}
    said = agent.post("/alerts/choose/", chosen, follow=True).content.decode()
    assert f"Slack knows you by {user.email}" in said
    assert "never by e-mail, but directly in Slack." in said
    assert "You get nothing in Slack" not in said
    workspace.forget()
    assert "No Slack app is connected any more." in agent.get("/alerts/").content.decode()
    agent.post("/alerts/choose/", {"mailed": "never"})
    said = agent.get("/alerts/").content.decode()
    assert "No Slack app is connected. An owner can do that" in said
    assert "any more" not in said
