"""nineplus alert: what was raised, a look for what no event tells, and how each colleague is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import alert
from nineplus.stages.act.alerts import telling
from nineplus.stages.act.alerts.kinds import KINDS
from tests.stages.act.world import NOW, agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    alert.register(app)
    return lambda *words: CliRunner().invoke(app, ["alert", *words]).output


def test_listed_and_looked_for(run):
    assert "Nothing was raised yet." in run("list")
    telling.tell(kind="overdue_case", subject="c", period="1", title="Late", path="/loop/1/", whom=(), now=NOW)
    assert run("list").split() == ["2026-11-17", "09:00", "UTC", "overdue_case", "Late"]
    assert json.loads(run("list", "--kind", "score_fall", "--json")) == []
    assert run("look") == "0 people were told.\n"


def test_one_chooses_how_to_be_told(run):
    ada = agent("Ada")

    def chosen(*words: str) -> dict[str, Any]:
        return json.loads(run("choose", ada.email, "--json", *words))

    said = run("preferences", ada.email.upper())
    assert f"{ada.email} is told of everything, by e-mail at once. The clock is that of UTC." in said
    assert said.count("  on ") == len(KINDS)
    weekly = chosen("--mail", "weekly", "--day", "Friday", "--hour", "7", "--quiet", "20-7", "--zone", "Asia/Tokyo")
    assert weekly == {
        "kinds": list(KINDS),
        "mailed": "weekly",
        "digest_hour": 7,
        "digest_day": "friday",
        "quiet_from": 20,
        "quiet_to": 7,
        "slack": False,
        "time_zone": "Asia/Tokyo",
    }
    assert chosen("--off", "all", "--on", "score_fall") == {**weekly, "kinds": ["score_fall"]}
    assert chosen("--on", "all", "--off", "score_fall")["kinds"] == [kind for kind in KINDS if kind != "score_fall"]
    rest = chosen("--no-quiet", "--zone", "company", "--mail", "daily")
    assert (rest["quiet_from"], rest["time_zone"], rest["mailed"]) == (None, "", "daily")
    assert json.loads(run("preferences", ada.email, "--json")) == rest
    said = run("choose", ada.email, "--mail", "weekly")
    assert f"by one letter on Fridays at 7:00. The clock is that of UTC.\n  on   {next(iter(KINDS))}" in said
    assert "No Slack app is connected" in run("choose", ada.email, "--slack")
    assert "as 20-7" in run("choose", ada.email, "--quiet", "late")
