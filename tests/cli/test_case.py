"""nineplus case: from the list to the end of a follow-up, as words and as JSON."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import case
from nineplus.stages.govern import preferences
from nineplus.store.models import Case, CaseEntry, CaseMail, Contact
from tests.stages.act.world import HOUR, NOW, agent, answer, company, person

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


def test_one_case_says_who_it_is_what_they_said_and_the_letters_both_ways(run):
    ada, bo = agent("Ada", seat=False), person("Bo", at=company("Initech"))
    said = answer(3, by=bo, comment="Slow.\nAnd \x1b[31mdear", consent_contact=False)
    number = str(json.loads(run("open", "--response", str(said.pk), "--json").stdout)["id"])
    of = {"case_id": number, "address": bo.email}
    CaseMail.objects.create(**of, by=ada, subject="Your answer", text="What happened?", at=NOW, settled="sent")
    CaseMail.objects.create(**of, came="1@bo", subject="Re: Your answer", text="It broke.", at=NOW + HOUR)
    shown = run("show", number).stdout
    for words in (
        f"Person     Bo, {bo.email}",
        "Answer     3 on 2026-11-17 09:00 UTC, Relationship",
        "  Slow.\n             And [31mdear\n",
        "They did not agree to be contacted",
        "Contact    not yet, due ",
        f"2026-11-17 09:00 UTC, to the customer by {ada.email}, sent: Your answer\n             What happened?",
        "2026-11-17 10:00 UTC, of the customer: Re: Your answer\n             It broke.",
    ):
        assert words in shown
    told = json.loads(run("show", number, "--json").stdout)
    assert (told["score"], told["answers"][0]["comment"][:5], told["person"]["email"]) == (3, "Slow.", bo.email)
    assert [(one["way"], one["state"]) for one in told["letters"]] == [("received", "received"), ("sent", "sent")]
    Contact.objects.filter(pk=bo.pk).update(erased_at=NOW)
    assert json.loads(run("show", number, "--json").stdout)["person"] is None


def test_times_are_by_the_companys_clock(run):
    preferences.change(time_zone="Asia/Tokyo")
    made = json.loads(run("open", "--response", str(answer(3, by=person("Bo")).pk), "--json").stdout)
    Case.objects.update(next_at=NOW.replace(year=2099, hour=20))
    assert "2099-11-18 05:00 JST" in run("list").stdout
    assert "3 on 2026-11-17 18:00 JST" in run("show", str(made["id"])).stdout
    assert json.loads(run("list", "--json").stdout)[0]["next_at"] == "2099-11-17T20:00:00+00:00"
