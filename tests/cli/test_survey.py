"""nineplus survey: preview, plan and funnel say the same, for people and for programs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import survey as command
from nineplus.store.models import Invitation, Sender
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


def test_a_survey_is_drawn_up_from_a_file_shown_started_and_paused(tmp_path):
    made = run("create", "--starting", "post-resolution", "--name", "After a case", "--json")
    assert (made["state"], made["plan"]["trigger"]["kind"], made["version"]) == ("draft", "ticket_resolved", None)
    shown = run("show", "after a case", "--json")
    shown |= {"name": "Copy"}
    shown["plan"]["open_days"] = 9
    file = tmp_path / "survey.json"
    file.write_text(json.dumps(shown), encoding="utf-8")
    assert run("create", str(file), "--json")["plan"]["open_days"] == 9
    started = run("start", "Copy", "--json")
    assert (started["state"], started["version"]) == ("active", 1)
    assert "no e-mail sender yet" in started["hindrance"]
    assert "Nobody is due" in run("show", "Copy")
    assert "Paused." in run("pause", "Copy")
    toml = tmp_path / "survey.toml"
    toml.write_text('[plan]\nopen_days = 12\n[content]\nproduct = "Other"\n', encoding="utf-8")
    changed = run("change", "Copy", str(toml), "--publish", "--json")
    assert (changed["version"], changed["plan"]["open_days"], changed["content"]["product"]) == (2, 12, "Other")


def test_what_cannot_be_drawn_up_is_said_with_its_exit_code(tmp_path):
    file = tmp_path / "survey.json"
    for text, code, said in (
        ("{", 2, "neither JSON nor TOML"),
        ("[]", 2, "must hold one survey"),
        ('{"names": "x"}', 2, "there is no 'names' in a survey"),
        ('{"name": "x", "plan": {"open_days": 0}}', 1, "open_days"),
        ('{"name": ""}', 1, "needs a name"),
    ):
        file.write_text(text, encoding="utf-8")
        assert said in run("create", str(file), code=code)
    assert "Name a file or --starting: post-resolution" in run("create", code=2)
    assert "cannot be read" in run("create", str(tmp_path / "none.json"), code=2)
    assert "There is no survey 'x'" in run("start", "x", code=1)
    run("create", "--starting", "relationship", "--name", "R")
    assert "no e-mail sender yet" in run("test-send", "R", "--to", "me@example.com", code=1)
    Sender.objects.create(
        name="F", channel="outbox_folder", medium="email", hook_key="k", is_default=True, created_at=timezone.now()
    )
    assert run("test-send", "R", "--to", "me@example.com", "--json")["state"] == "waiting"
