"""nineplus channel: what goes where, from a terminal; a webhook's address is read, never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import channel

pytestmark = pytest.mark.django_db(transaction=True)


def test_added_listed_changed_and_removed(settings, tmp_path: Path):
    settings.HOME = tmp_path
    app = typer.Typer()
    channel.register(app)

    def run(*words: str, stdin: str = "", fails: str = "") -> str:
        done = CliRunner().invoke(app, ["channel", *words], input=stdin)
        assert done.exit_code == int(bool(fails)), done.output
        assert fails in done.stderr
        return done.stdout

    number = str(json.loads(run("add", "#cs", "--id", "C1", "--want", "overdue_case", "--json"))["id"])
    run("add", "T", "--kind", "teams", stdin="https://teams.example.com/secret\n")
    run("add", "T", "--kind", "teams", stdin="secret\n", fails="https://")
    run("change", number, "--want", "nps_change", "--digest", "daily")
    said = run("list")
    assert "nps_change, digest daily" in said
    assert "secret" not in said
    run("change", number, "--nothing", "--digest", "none")
    row = json.loads(run("list", "--json"))[0]
    assert (row["name"], row["wants"], row["digest"]) == ("#cs", [], "")
    run("change", number, "--want", "rain", fails="no alert 'rain'")
    run("test", number, fails="No Slack app")
    assert run("again", number) == "0 are tried again.\n"
    run("remove", number)
    run("remove", number, fails="no such channel")
