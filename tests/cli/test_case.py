"""nineplus case: from the list to the end of a follow-up, as words and as JSON."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import case
from nineplus.store.models import Case, CaseEntry
from tests.stages.act.world import agent, answer, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    case.register(app)
    return lambda *words: CliRunner().invoke(app, ["case", *words])


def test_from_the_list_to_the_end(run):
    ada, said = agent("Ada", seat=False), answer(3, by=person("Bo", at=company("Initech")), comment="Slow")
    assert run("list").exit_code == 0
    made = json.loads(run("open", "--response", str(said.pk), "--note", "Call them", "--json").stdout)
    number = str(made["id"])
    assert made["new"]
    assert "was open" in run("open", "--account", str(said.account_id)).stdout
    [row] = json.loads(run("list", "--view", "queue", "--json").stdout)
    assert (row["customer"], row["score"], row["owner"]) == ("Initech", 3, None)
    assert "Initech" in run("list").stdout
    assert run("assign", number).exit_code == 2
    assert run("assign", number, "nobody@us.example").exit_code == 1
    assert "has it" in run("assign", number, ada.email).stdout
    run("contact", number, "--way", "call", "--note", "They want a date", "--as", ada.email)
    run("note", number, "Their contract ends in March", "--as", ada.email)
    assert CaseEntry.objects.filter(kind="note", by=ada).count() == 1
    refused = run("close", number, "--outcome", "solved", "--note", "Done")
    assert refused.exit_code == 1
    assert "root cause" in refused.stderr
    assert "performance" in json.loads(run("close", "--causes", "--json").stdout)
    closed = run("close", number, "--outcome", "solved", "--cause", "performance", "--note", "Done", "--json")
    assert json.loads(closed.stdout)["state"] == "closed"
    assert Case.objects.get().contacted_at
    shown = run("show", number).stdout
    assert "They want a date" in shown
    assert json.loads(run("show", number, "--json").stdout)["history"][0]["kind"] == "closed"
    assert run("show", "999").exit_code == 1
