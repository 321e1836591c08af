"""nineplus alert: what was raised, and a look for what no event tells."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import alert
from nineplus.stages.act.alerts import telling
from tests.stages.act.world import NOW

pytestmark = pytest.mark.django_db


def test_listed_and_looked_for(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    alert.register(app)

    def run(*words: str) -> str:
        return CliRunner().invoke(app, ["alert", *words]).output

    assert "Nothing was raised yet." in run("list")
    telling.tell(kind="overdue_case", subject="c", period="1", title="Late", path="/loop/1/", whom=(), now=NOW)
    assert run("list").split() == ["2026-11-17", "09:00", "overdue_case", "Late"]
    assert json.loads(run("list", "--kind", "score_fall", "--json")) == []
    assert run("look") == "0 people were told.\n"
