"""Who is not written to, and who is on a list of those asked regularly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from nineplus.model.survey import Condition, Plan, Trigger
from nineplus.stages.capture.asking import planning
from nineplus.stages.capture.drawing import membership, surveys
from nineplus.stages.capture.people.suppression import suppress
from nineplus.store.models import Contact
from tests.api.delighted.conftest import Caller

pytestmark = pytest.mark.django_db


def test_unsubscribing(call: Caller):
    person = call("POST", "people", {"email": "ada@customer.example", "name": "Ada", "send": False})
    call("POST", "unsubscribes", {"person_email": "Ada@customer.example"})
    call("POST", "unsubscribes", {"person_email": "ada@customer.example"})
    call("POST", "unsubscribes", "person_email=stranger%40customer.example", form=True)
    ada, stranger = call("GET", "unsubscribes")
    assert (ada["person_id"], ada["email"], ada["name"]) == (person["id"], "ada@customer.example", "Ada")
    assert ada["unsubscribed_at"] > 0
    assert stranger["person_id"] is None
    assert "person_email" in call("POST", "unsubscribes", {"person_email": "x"}, status=422)["errors"]
    assert call("GET", "unsubscribes?per_page=1&page=2") == [stranger]


def test_bounces_in_a_window(call: Caller):
    now = timezone.now()
    for days in (1, 5):
        address = f"p{days}@customer.example"
        suppress(medium="email", address=address, reason="bounced", now=now - timedelta(days=days))
    since = int((now - timedelta(days=2)).timestamp())
    [one] = call("GET", f"bounces?since={since}")
    assert one["email"] == "p1@customer.example"
    assert one["bounced_at"] > since
    assert len(call("GET", "bounces")) == 2


def test_a_member_carries_the_flag_that_audiences_can_name(call: Caller):
    path = "autopilot/email/memberships"
    made = call("POST", path, {"person_email": "ada@customer.example", "properties": {"plan": "gold"}})
    assert made["properties"] == {"plan": "gold"}
    flag = membership.flag_of(call.survey, "email")
    assert Contact.objects.get().attributes == {flag: "true"}
    assert call("GET", "people/" + made["person"]["id"])["properties"] == {}, "a list is no property"
    assert call("POST", path, {"person_id": made["person"]["id"]})["properties"] == {"plan": "gold"}
    [listed] = call("GET", path)
    assert listed["person"]["email"] == "ada@customer.example"
    assert listed["next_survey_request"] is None
    left = call("DELETE", f"{path}?person_email=ada%40customer.example", status=202)
    assert left == {"person": {"id": made["person"]["id"]}}
    assert Contact.objects.get().attributes == {}
    call("DELETE", path, {"person_id": made["person"]["id"]}, status=404)


def test_members_page_by_page(call: Caller):
    for n in range(3):
        call("POST", "autopilot/sms/memberships", f"person_phone_number=%2B1415555267{n}", form=True)
    first = call.raw("GET", "autopilot/sms/memberships?per_page=2")
    assert len(first.json()) == 2
    query = first["Link"].partition("?")[2].partition(">")[0]
    assert len(call("GET", f"autopilot/sms/memberships?{query}")) == 1
    assert call("GET", "autopilot/email/memberships") == []


def test_autopilot_says_honestly_whether_it_runs(call: Caller):
    assert call("GET", "autopilot/email")["active"] is False
    flag = membership.flag_of(call.survey, "email")
    plan = Plan(
        trigger=Trigger(kind="relationship", period_days=90),
        audience=(Condition(attribute=flag, op="is_set"),),
    )
    surveys.save(call.survey, plan=plan, now=timezone.now())
    said = call("GET", "autopilot/email.json")
    assert (said["platform_id"], said["active"], said["frequency"]) == ("email", True, 7_776_000)
    assert call("GET", "autopilot/sms")["active"] is False


def test_only_members_are_asked(call: Caller):
    call("POST", "autopilot/email/memberships", {"person_email": "in@customer.example"})
    call("POST", "people", {"email": "out@customer.example", "send": False})
    plan = Plan(audience=(Condition(attribute=membership.flag_of(call.survey, "email"), op="is_set"),))
    survey = surveys.find(call.survey.pk)
    surveys.save(survey, plan=plan, now=timezone.now())
    asked = planning.ask(surveys.find(survey.pk), contacts=None, occasion="test", now=timezone.now())
    emails = set(Contact.objects.filter(pk__in=[one.contact for one in asked]).values_list("email", flat=True))
    assert emails == {"in@customer.example"}
