"""nineplus survey: preview, plan and funnel say the same, for people and for programs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import survey as command
from nineplus.store.models import Invitation
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db(transaction=True)


def invoked(*words: str):
    app = typer.Typer()
    command.register(app)
    return CliRunner().invoke(app, ["survey", *words])


def run(*words: str, code: int = 0):
    done = invoked(*words)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and not code else done.output


@pytest.fixture
def asked():
    now = timezone.now()
    made = world.survey("After tickets", kind="ticket_resolved", on=now - timedelta(hours=3))
    for consent in (None, None, False):
        world.ticket(world.contact(consent=consent, name="Kim"), resolved=now - timedelta(hours=1))
    return made


def test_what_is_previewed_is_what_is_planned(asked):
    told = run("preview", "After tickets", "--json")
    assert (told["asked"], told["not_asked"], told["reasons"]) == (2, 1, {"no_consent": 1})
    assert "people" not in told
    assert len(run("preview", "after tickets", "--people", "--json")["people"]) == 3
    text = run("preview", "After tickets")
    assert "2 would be asked, 1 not" in text
    assert "They did not agree to be asked." in text
    assert "Kim" not in text
    assert run("plan", str(asked.pk), "--dry-run", "--json")["asked"] == 2
    assert Invitation.objects.count() == 0
    assert run("plan", "After tickets", "--json") == {"planned": 2, "skipped": {"no_consent": 1}, "complete": True}
    assert "0 invited, 0 skipped" in run("plan", "After tickets")
    funnel = run("funnel", "After tickets", "--json")
    assert (funnel["figures"]["planned"], funnel["figures"]["skipped"]) == (2, 1)
    assert "channel" in run("funnel", "--by", "channel").lower()


def test_the_list_and_the_coverage(asked):
    (line,) = run("list", "--json")
    assert (line["name"], line["state"], line["id"]) == ("After tickets", "active", asked.pk)
    assert "After tickets" in run("list")
    assert "no coverage goals" in run("coverage", "After tickets")
    assert run("coverage", "--json")["refusal"]


def test_an_unknown_survey_is_answered_with_those_there_are(asked):
    assert "'After tickets'" in run("preview", "Quarterly", code=1)
    world.survey("By hand", state="draft")
    assert "switched on" in str(invoked("plan", "By hand").exception)
    assert "says so" in run("plan", "By hand", "--dry-run")
