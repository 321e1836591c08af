"""nineplus sender: what a first day needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nineplus.cli import complete
from nineplus.store.models import Sender

pytestmark = pytest.mark.django_db


def run(*words: str, stdin: str = ""):
    return CliRunner().invoke(complete(), ["sender", *words], input=stdin)


def test_a_folder_is_added_listed_and_tried(tmp_path: Path):
    added = run("add", "outbox_folder", f"folder={tmp_path}", "--from", "cs@acme.example", "--json")
    number = json.loads(added.stdout)["id"]
    assert run("check", str(number), "--to", "me@acme.example").exit_code == 0
    assert [file.suffix for file in tmp_path.iterdir()] == [".eml"]
    listed = json.loads(run("list", "--json").stdout)
    assert [sender["channel"] for sender in listed["senders"]] == ["outbox_folder"]
    assert listed["messages"]["waiting"] == 0


def test_a_secret_comes_from_standard_input_and_is_never_shown():
    added = run("add", "postmark", "--secret", "server_token", "--from", "cs@acme.example", stdin="hush\n")
    assert added.exit_code == 0, added.output
    assert "hush" not in added.output + run("list", "--json").stdout + run("list").stdout
    assert Sender.objects.get().secrets


def test_what_is_wrong_is_said():
    assert run("add", "smtp", "--from", "cs@acme.example").exit_code == 1
    assert run("add", "smtp", "nonsense", "--from", "cs@acme.example").exit_code == 2
    assert run("check", "99").exit_code == 1
    assert "host" in run("add", "--help-for", "smtp").stdout
