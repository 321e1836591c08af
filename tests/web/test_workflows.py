"""Rules in the browser: written in words, tried, switched on; files in and out; the answer says why."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from nineplus.jobs.kinds import HANDLERS
from nineplus.render import numbers
from nineplus.stages.act.rules import firing, keeping, trying
from nineplus.stages.govern import preferences
from nineplus.store.models import Event, Workflow
from nineplus.web.pages import workflow_editor as editor
from tests.stages.act.world import answer, company, person

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Call them",
    "when": "response.scored",
    "how": "all",
    "if": ["1"],
    "field_1": "score",
    "operator_1": "at_most",
    "value_1": "6",
    "then": ["1", "2", "3"],
    "do_1": "open_case",
    "reason_1": "rule",
    "do_2": "wait",
    "wait_2": "1.5",
    "do_3": "tag_answer",
    "tag_3": "called",
}


def test_a_rule_is_written_tried_switched_on_and_tells_why(client_of):
    client = client_of("analyst")
    assert "There are no rules yet" in client.get("/loop/rules/").content.decode()
    assert 'value="fell"' in client.get("/loop/rules/new/?like=Who+fell+by+three+points+or+more").content.decode()
    wrong = client.post("/loop/rules/create/", {**FORM, "value_1": "six"})
    assert (wrong.status_code, Workflow.objects.count()) == (400, 0)
    assert "Condition 1, the score: “six” is not a number." in wrong.content.decode()
    answer(3, by=person(at=company()), at=timezone.now())
    client.post("/loop/rules/create/", FORM)
    rule = Workflow.objects.get()
    one = f"/loop/rules/{rule.pk}/"
    page = client.get(one).content.decode()
    assert "When an answer comes in and the score is at most 6: open case (rule), then wait 1.5 hours" in page
    client.post(one + "switch/", {"on": "1"})
    assert not Workflow.objects.get().on
    client.post(one + "try/")
    tried = client.get(one).content.decode()
    assert "it would have fired <strong>1</strong> time:" in tried
    assert "<bdi>Bo, Acme</bdi>" in tried  # whose answer the example is
    first, _ = rule.versions.get().tried["weeks"][0]
    assert f">{numbers.day(date.fromisoformat(first))}<" in tried
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


MONEY = {"field_1": "monthly", "was_1": "monthly", "operator_1": "at_least"}


@pytest.mark.parametrize(("text", "meant"), [("1,000", 1000), ("1.000", 1000), ("1 500,50", 1500.5)])
def test_amounts_are_taken_as_they_are_written(client_of, text, meant):
    client = client_of("analyst")
    assert client.post("/loop/rules/create/", {**FORM, **MONEY, "value_1": text}).status_code == 302
    assert [one.value for one in keeping.every(now=timezone.now())[0].rule.when.conditions()] == [meant]


@pytest.mark.parametrize(("text", "why"), [("1,234", "in two ways"), ("much", "is not a number")])
def test_a_value_that_cannot_be_taken_is_marked_and_kept(client_of, text, why):
    preferences.change(currency="CHF")
    wrong = client_of("analyst").post("/loop/rules/create/", {**FORM, **MONEY, "value_1": text})
    html = wrong.content.decode()
    assert wrong.status_code == 400
    assert f'value="{text}"' in html
    assert 'aria-describedby="wrong-1"' in html
    assert html.count(why) == 2, "above the form and at the field"
    assert "if.all" not in html
    assert "CHF" in html


def test_another_field_begins_with_the_comparison_that_fits_it(client_of):
    client = client_of("analyst")

    def compared(**more):
        html = client.post("/loop/rules/draft/", {**FORM, **more}).content.decode()
        return re.search(r'name="operator_1".*?value="(\w+)" selected', html, re.S)[1]

    assert compared(field_1="monthly", was_1="score") == "at_least"
    assert compared(field_1="monthly", was_1="monthly") == "at_most"


@pytest.mark.parametrize(
    ("edit", "changes", "there", "gone"),
    [
        ("add-if", {}, ['name="value_2"', '<option value="all">and</option>'], ['name="value_3"']),
        ("drop-if-1", {}, ["+ condition"], ['name="value_1"']),
        ("drop-if-9", {}, ['name="value_1"'], []),
        ("add-do-webhook", {}, ['name="url_4"'], ['name="url_1"']),
        ("add-do-wait", {}, ['name="wait_4" value="24"'], []),
        ("drop-do-2", {}, ['name="tag_2"'], ["wait_2"]),
        ("up-do-2", {}, ['name="wait_1" value="1.5"', 'name="reason_2"'], []),
        ("", {"field_1": "group"}, ["<option>passive</option>"], ["is at most"]),
        ("", {"field_1": "may_contact"}, ["not true"], ["is at most"]),
        ("", {"operator_1": "unknown"}, ["is not known"], ['name="value_1"']),
    ],
)
def test_each_button_draws_the_form_again_and_keeps_nothing(client_of, edit, changes, there, gone):
    """It works without scripts: only what is filled is shown, and an action shows its own fields alone."""
    page = client_of("analyst").post("/loop/rules/draft/", {**FORM, **changes, "edit": edit})
    words = page.content.decode()
    assert page.status_code == 200
    assert 'name="name" value="Call them"' in words
    for one in there:
        assert one in words
    for one in gone:
        assert one not in words
    assert not Workflow.objects.exists()


def test_every_rule_to_begin_with_is_a_rule(client_of):
    client = client_of("analyst")
    for name in editor.starters():
        keeping.read(editor.begun(name))
        assert client.get("/loop/rules/new/", {"like": name}).status_code == 200
    assert len(editor.starters()) >= 3


def test_rules_are_for_analysts(client_of):
    assert client_of("agent").get("/loop/rules/").status_code == 403


def test_a_run_that_waits_for_its_turn_says_for_whom(client_of):
    call = {"do": "webhook", "with": {"url": "https://hooks.example/x"}}
    kept = keeping.save({"name": "Call", "when": "response.scored", "then": [call]}, by=None, now=timezone.now())
    keeping.tried(kept.version, trying.dry_run(kept.rule, now=timezone.now()).to_dict())
    keeping.switch(kept.workflow.pk, on=True, now=timezone.now() - timedelta(hours=1))
    said = answer(3, by=person(at=company()), at=timezone.now())
    firing.look({"on": "response.scored", "response": said.pk}, now=timezone.now())
    client = client_of("analyst")
    for page in (f"/loop/rules/{kept.workflow.pk}/", f"/responses/{said.pk}/"):
        assert "Waits for its turn to call hooks.example." in client.get(page).content.decode(), page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value_1": ""}, ": Say with what it is compared."),
        ({"then": ["1", "2"], "do_2": "wait", "wait_2": "soon"}, "Step 2: this must be a number."),
        ({"then": ["1", "2"], "do_2": "wait", "wait_2": "0"}, "Step 2: wait up to"),
        ({"name": ""}, "Name: this must be a text"),
        ({"times": "100000"}, "How often: a whole number from 1 to 1000."),
    ],
)
def test_what_is_wrong_is_said_in_the_forms_own_words(client_of, changed, said):
    wrong = client_of("analyst").post("/loop/rules/create/", {**FORM, **changed})
    assert wrong.status_code == 400
    assert said in wrong.content.decode()
    assert "if.all" not in wrong.content.decode()


def test_yaml_that_is_refused_goes_back_to_where_it_was_typed(client_of):
    client = client_of("analyst")
    client.post("/loop/rules/create/", FORM)
    pk = keeping.every(now=timezone.now())[0].workflow.pk
    assert (
        client.post(f"/loop/rules/{pk}/change/", {"yaml": "name: ["}).headers["Location"] == f"/loop/rules/{pk}/edit/"
    )
    assert client.post("/loop/rules/create/", {"yaml": "name: ["}).headers["Location"] == "/loop/rules/"
