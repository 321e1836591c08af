"""The commands that need the store: what they print, and the exit codes that scripts trust."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner, Result

from nineplus.cli import analyze, key, owner, worker
from nineplus.stages import capture
from nineplus.stages.govern import keys
from nineplus.store.models import ApiKey, Event, User
from nineplus.store.models.govern import Role

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
Run = Callable[..., Result]


@pytest.fixture
def nineplus(settings, tmp_path: Path) -> Run:
    settings.HOME = tmp_path
    app = typer.Typer()
    for command in (analyze, key, owner, worker):
        command.register(app)

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, list(words), input=typed)

    return run


def test_an_owner_is_made_with_a_password_from_standard_input(nineplus: Run):
    done = nineplus("owner", "create", "ada@example.org", "--name", "Ada", "--password-stdin", typed=PASSWORD + "\n")
    assert (done.exit_code, done.stdout) == (0, "ada@example.org is an owner.\n")
    assert User.objects.get().check_password(PASSWORD)


def test_an_owner_is_asked_for_the_password_twice(nineplus: Run):
    done = nineplus("owner", "create", "ada@example.org", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output


def test_a_weak_password_ends_with_1_and_says_why(nineplus: Run):
    done = nineplus("owner", "create", "ada@example.org", "--password-stdin", typed="short\n")
    assert done.exit_code == 1
    assert "too short" in done.stderr
    assert not User.objects.exists()


def test_a_key_may_be_narrowed_to_scopes(nineplus: Run):
    done = nineplus("key", "create", "Desk", "--scope", "responses:read", "--scope", "analyses:read", "--json")
    assert json.loads(done.stdout)["scopes"] == ["analyses:read", "responses:read"]
    assert "only analyses:read, responses:read" in nineplus("key", "list").stdout
    wrong = nineplus("key", "create", "Desk", "--scope", "everything")
    assert wrong.exit_code == 1
    assert "responses:write" in wrong.stderr


def test_a_key_is_alone_on_standard_output(nineplus: Run):
    done = nineplus("key", "create", "CRM", "--role", "viewer")
    assert done.exit_code == 0
    assert keys.authenticate(done.stdout.strip(), now=NOW) == ApiKey.objects.get(role="viewer")


def test_keys_are_listed_and_revoked(nineplus: Run):
    token = json.loads(nineplus("key", "create", "CRM", "--json").stdout)["token"]
    [row] = json.loads(nineplus("key", "list", "--json").stdout)
    assert (row["name"], row["revoked_at"]) == ("CRM", None)
    assert token not in nineplus("key", "list").output
    assert nineplus("key", "revoke", row["prefix"]).exit_code == 0
    assert keys.authenticate(token, now=NOW) is None
    assert "revoked" in nineplus("key", "list").stdout
    unknown = nineplus("key", "revoke", "np_00000000")
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no such key.\n")


def test_a_role_that_does_not_exist_is_wrong_usage_and_the_roles_are_named(nineplus: Run):
    done = nineplus("key", "create", "CRM", "--role", "king")
    assert done.exit_code == 2
    assert all(role in done.stderr for role in Role.values)
    assert get_args(key.Role) == tuple(Role.values)
    assert not ApiKey.objects.exists()


def test_analyze_lists_what_can_be_asked(nineplus: Run):
    assert "What is the NPS?" in nineplus("analyze").stdout
    assert "score" in [row["name"] for row in json.loads(nineplus("analyze", "--json").stdout)]


def test_a_refusal_is_an_answer(nineplus: Run):
    done = nineplus("analyze", "score", "--filter", "from=2026-01-01", "--json")
    assert done.exit_code == 0
    body = json.loads(done.stdout)
    assert body["refusal"]
    assert body["filter"]["from"] == "2026-01-01"


@pytest.mark.parametrize(
    "words",
    [
        ("astrology",),
        ("score", "--option", "colour=red"),
        ("score", "--option", "confidence=high"),
        ("score", "--option", "confidence"),
        ("score", "--filter", "from=yesterday"),
        ("score", "--filter", "form=2026-01-01"),
        ("score", "--filter", "a.planet=Mars"),
    ],
)
def test_wrong_usage_ends_with_2(nineplus: Run, words: tuple[str, ...]):
    assert nineplus("analyze", *words).exit_code == 2


def test_from_an_answer_to_a_number_through_the_worker(nineplus: Run):
    for i in range(40):
        capture.record_response(score=10 if i % 4 else 3, survey="Relationship", account=f"a{i}", now=NOW)
    done = nineplus("worker", "--burst")
    assert done.exit_code == 0, done.output
    assert done.stdout == "41 events handled.\n"  # forty answers, one refresh
    body = json.loads(nineplus("analyze", "score", "--json").stdout)
    assert (body["estimate"]["value"], body["estimate"]["n"]) == (50.0, 40)
    shown = nineplus("analyze", "score").stdout
    assert re.search(r"^  50 \(\d+ to \d+\), n=40$", shown, re.MULTILINE)
    assert "more column" not in shown  # of no terminal, nothing is cut off
    assert not Event.objects.exclude(state="done").exists()


def test_every_command_has_help_with_examples(nineplus: Run):
    for words in (
        ("analyze",),
        ("owner", "create"),
        ("key", "create"),
        ("key", "list"),
        ("key", "revoke"),
        ("worker",),
    ):
        assert "Example" in nineplus(*words, "--help").stdout, words
