"""Asking by API: once an occasion, by the rules, in words; links for channels of one's own; events."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from nineplus.stages.capture.asking import planning
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Contact, Event, Invitation, Message, Response, Suppression
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db
ADA = {"email": "Ada@Example.org", "name": "Ada", "account": "acme", "language": "de"}


def test_a_person_is_asked_and_added(client_as, send, survey):
    client = client_as("analyst")
    body = {"survey": survey.pk, "contact": {**ADA, "external_id": "u1", "attributes": {"Plan": "pro"}}}
    asked = send(client, "invitations", {**body, "attributes": {"Order": "1001"}})
    assert asked.status_code == 201
    told = asked.json()
    assert (told["outcome"], told["reason"], told["says"]) == ("asked", "", "")
    person = Contact.objects.get()
    assert (person.external_id, person.email, person.account.external_id) == ("u1", "ada@example.org", "acme")
    assert person.attributes == {"plan": "pro"}
    message = Message.objects.get()
    assert (message.invitation_id, message.address) == (told["invitation"], "ada@example.org")
    whole = client.get(f"/api/invitations/{told['invitation']}").json()
    assert (whole["fate"], whole["language"], whole["attributes"]) == ("planned", "de", {"order": "1001"})
    assert [(one["kind"], one["state"]) for one in whole["messages"]] == [("invitation", "waiting")]
    assert [one["what"] for one in whole["history"]] == ["invitation planned"]
    # By their id alone, next time.
    again = send(client, "invitations", {"survey": survey.pk, "contact": {"external_id": "u1"}}).json()
    assert again["outcome"] == "asked"
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("by", ["key", "occasion"])
def test_the_same_occasion_asks_once(client_as, send, survey, by):
    client = client_as("analyst")
    body = {"survey": survey.pk, "contact": ADA, **({"occasion": "order 1"} if by == "occasion" else {})}
    key = "k1" if by == "key" else ""
    first, again = (send(client, "invitations", body, key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Message.objects.count() == 1


def test_a_key_with_another_body_is_refused(client_as, send, survey, problem):
    client = client_as("analyst")
    send(client, "invitations", {"survey": survey.pk, "contact": ADA}, key="k1")
    other = {"survey": survey.pk, "contact": {"email": "bob@example.org"}}
    problem(send(client, "invitations", other, key="k1"), 409)
    assert Message.objects.count() == 1
    # What failed may be mended under the same key.
    problem(send(client, "invitations", {"survey": survey.pk, "contact": {"email": "nobody"}}, key="k2"), 400)
    assert send(client, "invitations", other, key="k2").status_code == 201


def test_who_is_skipped_is_told_with_the_reason(client_as, send, survey):
    client = client_as("analyst")
    send(client, "suppressions", {"address": "ADA@example.org"})
    told = send(client, "invitations", {"survey": survey.pk, "contact": ADA}).json()
    assert (told["outcome"], told["reason"], told["at"]) == ("skipped", "unsubscribed", None)
    assert told["says"].endswith(".")
    assert client.get("/api/invitations", {"fate": "skipped"}).json()["items"][0]["id"] == told["invitation"]
    picky = world.survey("Picky", audience=[{"attribute": "plan", "op": "is", "values": ["pro"]}])
    told = send(client, "invitations", {"survey": picky.pk, "contact": {"email": "bob@example.org"}}).json()
    assert (told["outcome"], told["reason"], told["invitation"]) == ("skipped", "outside", None)


def test_many_at_once(client_as, send, survey):
    people = [{"contact": {"email": f"p{number}@example.org"}} for number in range(3)]
    people += [{"contact": {"email": "no address"}}, {"contact": {"external_id": "ghost"}}, people[0]]
    client = client_as("analyst")
    body = {"survey": survey.pk, "occasion": "launch", "people": people}
    told = send(client, "invitations/batch", body).json()
    assert (told["asked"], told["skipped"], told["refused"]) == (4, 0, 2)
    assert [one["outcome"] for one in told["items"]] == ["asked"] * 3 + ["refused"] * 2 + ["asked"]
    assert told["items"][0]["invitation"] == told["items"][5]["invitation"]
    assert send(client, "invitations/batch", body).json() == told
    assert Message.objects.count() == 3


def test_more_than_a_thousand_are_refused(client_as, send, survey, problem):
    people = [{"contact": {"email": f"p{number}@example.org"}} for number in range(1_001)]
    problem(send(client_as("analyst"), "invitations/batch", {"survey": survey.pk, "people": people}), 422)
    assert not Contact.objects.exists()


def test_a_link_to_hand_over_takes_an_answer(client_as, send, survey):
    client = client_as("analyst")
    body = {"survey": survey.pk, "contact": ADA, "occasion": "in the app", "attributes": {"Screen": "home"}}
    made, again = send(client, "invitations/link", body), send(client, "invitations/link", body)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    assert not Message.objects.exists()
    row = Invitation.objects.get()
    assert (row.channel, row.fate, row.sent_at is not None) == ("api", "sent", True)
    path = "/" + made.json()["link"].split("/", 3)[3]
    assert Client().post(f"{path}score", {"score": "9"}).status_code in (200, 303)
    answer = Response.objects.get()
    assert (answer.score, answer.invitation_id, answer.attributes) == (9, row.pk, {"screen": "home"})
    whole = client.get(f"/api/invitations/{row.pk}").json()
    assert (whole["fate"], whole["response"]) == ("answered", answer.pk)
    assert [one["what"] for one in whole["history"]] == ["sent", "answered"]


def test_rules_hold_for_links_too(client_as, send):
    strict = world.survey("Strict", rules={"survey_gap_days": 90})
    client = client_as("analyst")
    first, second = (send(client, "invitations/link", {"survey": strict.pk, "contact": ADA}).json() for _ in range(2))
    assert first["link"]
    assert (second["outcome"], second["reason"], second["link"]) == ("skipped", "survey_gap", None)
    send(client, "suppressions", {"address": "bob@example.org"})
    told = send(client, "invitations/link", {"survey": strict.pk, "contact": {"email": "bob@example.org"}}).json()
    assert (told["outcome"], told["reason"]) == ("skipped", "unsubscribed")


def test_who_has_no_address_can_be_handed_a_link(client_as, send, survey):
    person = world.contact("x")
    Contact.objects.filter(pk=person.pk).update(email="")
    told = send(
        client_as("analyst"), "invitations/link", {"survey": survey.pk, "contact": {"external_id": person.external_id}}
    )
    assert told.json()["outcome"] == "asked"


def test_only_a_survey_that_is_on_asks(client_as, send, problem):
    draft = world.survey("Draft", state="draft")
    client = client_as("analyst")
    for path in ("invitations", "invitations/link"):
        problem(send(client, path, {"survey": draft.pk, "contact": ADA}), 400)
        problem(send(client, path, {"survey": 999, "contact": ADA}), 404)
    assert not Invitation.objects.exists()


def test_an_event_asks_after_its_delay(client_as, send):
    listening = world.survey("Report", kind="event", event="first_report", delay_hours=2)
    client = client_as("analyst")
    body = {"event": "first_report", "contact": ADA, "occasion": "report 7"}
    told = send(client, "events", body)
    assert (told.status_code, told.json()) == (202, {"surveys": 1})
    assert send(client, "events", {**body, "event": "other"}).json() == {"surveys": 0}
    event = Event.objects.get(kind="survey.happened")
    assert event.due_at - event.created_at == timedelta(hours=2)
    done = planning.ask_about(**event.data, now=event.due_at)
    assert done.planned == 1
    assert Invitation.objects.get().survey == listening


def test_the_list_is_narrowed_and_paged(client_as, send, survey):
    client = client_as("analyst")
    people = [{"contact": {"email": f"p{number}@example.org", "account": f"a{number % 2}"}} for number in range(5)]
    send(client, "invitations/batch", {"survey": survey.pk, "people": people})
    seen, cursor = [], ""
    while cursor is not None:
        answer = client.get("/api/invitations", {"limit": 2, "cursor": cursor})
        page = answer.json()
        assert ("Link" in answer) == (page["next"] is not None)
        if page["next"]:
            assert f"cursor={page['next']}" in answer["Link"]
            assert answer["Link"].startswith("<http://testserver/api/invitations?")
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5

    def found(**by):
        return len(client.get("/api/invitations", by).json()["items"])

    assert found(account="a0") == 3
    assert found(contact="P1@example.org") == 1
    assert found(survey=survey.pk) == 5
    assert found(survey=survey.pk + 1) == 0
    assert found(fate="sent") == 0
    assert found(since=(timezone.now() + timedelta(days=30)).isoformat()) == 0
    assert found(since="2020-01-01T00:00:00Z") == 5


def test_suppressions_are_added_listed_and_lifted(client_as, send, problem):
    client = client_as("analyst")
    first, again = (send(client, "suppressions", {"address": "Ada@example.org"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    send(client, "suppressions", {"medium": "sms", "address": "+49 30 123456", "reason": "manual"})
    assert [one["medium"] for one in client.get("/api/suppressions").json()["items"]] == ["sms", "email"]
    assert len(client.get("/api/suppressions", {"reason": "manual"}).json()["items"]) == 1
    assert send(client, "suppressions/lift", {"address": "ada@EXAMPLE.org"}).json() == {"lifted": 1}
    assert send(client, "suppressions/lift", {"address": "ada@example.org"}).json() == {"lifted": 0}
    problem(send(client, "suppressions", {"address": "nobody"}), 400)
    problem(send(client, "suppressions", {"address": "ada@example.org", "reason": "erased"}), 422)
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    "contact",
    [{}, {"email": ""}, {"email": "nobody"}, {"phone": "123"}, {"external_id": "ghost"}],
)
def test_who_cannot_be_reached_is_refused(client_as, send, survey, problem, contact):
    problem(send(client_as("analyst"), "invitations", {"survey": survey.pk, "contact": contact}), 400)
    assert not Contact.objects.exists()


def test_quiet_hours_are_kept_and_a_later_time_is_taken(client_as, send, survey):
    at = (timezone.now() + timedelta(days=2)).replace(microsecond=0)
    told = send(client_as("analyst"), "invitations", {"survey": survey.pk, "contact": ADA, "at": at.isoformat()}).json()
    assert datetime.fromisoformat(told["at"]) >= at
    assert surveys.find(survey.pk).state == "active"
