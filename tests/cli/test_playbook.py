"""nineplus playbook: listed, taken up on a case, shown; and the numbers of the loop."""

from __future__ import annotations

import json

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import playbook
from nineplus.stages.act.playbooks import keeping
from tests.stages.act.world import NOW, case

pytestmark = pytest.mark.django_db


def test_a_playbook_at_the_command_line(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    playbook.register(app)

    def run(*words):
        return CliRunner().invoke(app, ["playbook", *words])

    assert "no playbooks" in run("list").stderr
    keeping.save("Call", [{"title": "Ring them"}], by=None, now=NOW)
    made = case(at=timezone.now())
    for _ in range(2):
        assert f"on case {made.pk}" in run("start", str(made.pk), "call").stdout
    assert (run("start", "9999", "call").exit_code, run("show", "Nobody").exit_code) == (1, 1)
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["cases"], row["going"], row["ended"]) == (1, 1, 0)
    assert "0 of 1 done, 0 late: Ring them" in run("show", str(row["id"])).stdout
    assert f"There are: Call ({row['id']})." in run("show", "Write").stderr
    assert "1 case, 0 of 0 that ended complete  Call" in run("list").stdout
    assert json.loads(run("loop", "--json").stdout)["cases"] == 0  # nothing is prepared here
    assert "Passives: " in run("loop").stdout
