"""Rules in the browser: written in words, tried, switched on; files in and out; the answer says why."""

from __future__ import annotations

import pytest
from django.utils import timezone

from nineplus.jobs.kinds import HANDLERS
from nineplus.store.models import Event, Workflow
from tests.stages.act.world import answer, company, person

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Call them",
    "when": "response.scored",
    "how": "all",
    "field": ["score", ""],
    "operator": ["at_most", "is"],
    "value": ["6", ""],
    "do": ["open_case", "wait", "tag_answer"],
    "open_case_reason_1": "rule",
    "wait_2": "1.5",
    "tag_answer_tag_3": "called",
}


def test_a_rule_is_written_tried_switched_on_and_tells_why(client_of):
    client = client_of("analyst")
    assert "There are no rules yet" in client.get("/loop/rules/").content.decode()
    assert "Mark who fell" in client.get("/loop/rules/new/?like=Mark+who+fell").content.decode()
    wrong = client.post("/loop/rules/create/", {**FORM, "value": ["six", ""]})
    assert (wrong.status_code, Workflow.objects.count()) == (400, 0)
    assert "if.all[1].value: this must be a number" in wrong.content.decode()
    answer(3, by=person(at=company()), at=timezone.now())
    client.post("/loop/rules/create/", FORM)
    rule = Workflow.objects.get()
    one = f"/loop/rules/{rule.pk}/"
    page = client.get(one).content.decode()
    assert "When an answer comes in and the score is at most 6: open case (rule), then wait 1.5 hours" in page
    client.post(one + "switch/", {"on": "1"})
    assert not Workflow.objects.get().on
    client.post(one + "try/")
    assert "it would have fired <strong>1</strong> times" in client.get(one).content.decode()
    client.post(one + "switch/", {"on": "1"})
    assert Workflow.objects.get().on
    said, happy = (answer(score, by=person(at=company()), at=timezone.now()) for score in (2, 9))
    for row in (said, happy):
        for handle in HANDLERS["response.scored"]:
            handle({"response": row.pk}, now=timezone.now(), stopping=lambda: False)
    for event in Event.objects.filter(kind="rules.look"):
        HANDLERS["rules.look"][0](event.data, now=timezone.now(), stopping=lambda: False)
    assert f"/responses/{said.pk}/" in client.get(one).content.decode()
    assert "Yes: the score is at most 6 (it is 2)" in client.get(f"/responses/{said.pk}/").content.decode()
    assert "No: the score is at most 6 (it is 9)" in client.get(f"/responses/{happy.pk}/").content.decode()
    assert 'value="6"' in client.get(one + "edit/").content.decode()
    file = client.get(one + "rule.yaml").content.decode()
    client.post(one + "remove/")
    client.post("/loop/rules/create/", {"yaml": file.replace("Call them", "Again")})
    assert Workflow.objects.filter(name="Again", on=False).exists()
    for bad, words in (("a: [", "this is no YAML"), ("&a [*a]", "no aliases"), ("- 1", "the rule: this must be")):
        page = client.post("/loop/rules/create/", {"yaml": bad}, follow=True).content.decode()
        assert words in page


def test_rules_are_for_analysts(client_of):
    assert client_of("agent").get("/loop/rules/").status_code == 403
