"""nineplus rule: brought in, tried, switched on, told of, written out and removed."""

from __future__ import annotations

import json

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import rule
from nineplus.store.models import Workflow
from tests.stages.act.world import answer, company, person

pytestmark = pytest.mark.django_db
YAML = """name: Ruf sie an
when: response.scored
if: {all: [{field: score, is: at_most, value: 6}]}
then: [{do: tag_answer, with: {tag: anrufen}}]
"""


@pytest.fixture
def run(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    rule.register(app)
    return lambda *words, **more: CliRunner().invoke(app, ["rule", *words], **more)


def test_a_rule_from_a_file_to_its_end(run, tmp_path):
    assert run("list").stdout == ""
    file = tmp_path / "rule.yaml"
    file.write_text(YAML)
    answer(3, by=person(at=company()), at=timezone.now())
    assert "Ruf sie an, version 1: off." in run("import", str(file)).stdout
    refused = run("on", "ruf sie an")
    assert (refused.exit_code, "Try it" in refused.stderr) == (1, True)
    assert json.loads(run("dry-run", "Ruf sie an", "--json").stdout)["fired"] == 1
    tried = run("dry-run", "Ruf sie an").stdout
    assert "holds for 1" in tried
    assert "3  Bo, Acme" in tried
    assert run("on", "Ruf sie an").stdout == "Ruf sie an, version 1: on.\n"
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["on"], row["fired"]) == (True, 0)
    number = str(row["id"])
    assert run("list").stdout.split()[:5] == [number, "on", "fired", "0", "times"]
    assert run("show", number).stdout == run("show", "Ruf sie an").stdout
    assert "the score is at most 6" in run("show", number).stdout
    assert json.loads(run("show", "Ruf sie an", "--json").stdout)["tried"]["fired"] == 1
    written = run("export", "Ruf sie an").stdout
    changed = run("import", "-", "--json", input=written.replace("value: 6", "value: 5"))
    assert (json.loads(changed.stdout)["version"], json.loads(changed.stdout)["on"]) == (2, False)
    assert run("off", number).exit_code == 0
    assert f"There are: Ruf sie an ({number})." in run("on", "Ruf ihn an").stderr
    assert run("remove", number).stdout == "Removed.\n"
    assert not Workflow.objects.filter(removed_at=None).exists()


def test_a_name_goes_before_a_number(run):
    for name in ("Erste", "1"):
        run("import", "-", input=YAML.replace("Ruf sie an", name))
    first, named = Workflow.objects.get(name="Erste"), Workflow.objects.get(name="1")
    Workflow.objects.filter(pk=named.pk).update(name=str(first.pk))
    assert json.loads(run("show", str(first.pk), "--json").stdout)["id"] == named.pk


@pytest.mark.parametrize("words", [("show", "Nobody"), ("import", "nowhere.yaml"), ("export", "Nobody")])
def test_what_is_not_there_is_said(run, words):
    refused = run(*words)
    assert refused.exit_code == 1
    assert refused.stderr


@pytest.mark.parametrize("text", ["- 1", "a: [", "name: x\nwhen: never\nthen: []"])
def test_a_file_that_is_no_rule_is_said(run, text):
    refused = run("import", "-", input=text)
    assert refused.exit_code == 1
    assert refused.stderr
