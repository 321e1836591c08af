"""nineplus attribution: the rule in words and as JSON, its next version, and what will not do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import attribution
from nineplus.stages import analyze, capture
from nineplus.stages.connect.attribution import current
from nineplus.stages.mart import newest
from nineplus.store.models import LinkCheck
from tests.stages.connect.linked import a_link

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def run(settings, tmp_path: Path):
    settings.HOME = tmp_path
    app = typer.Typer()
    attribution.register(app)
    return lambda *words, said="": CliRunner().invoke(app, ["attribution", *words], input=said)


def test_from_one_version_to_the_next(run, tmp_path: Path):
    capture.record_response(score=9, survey="Relationship", now=NOW)
    analyze.refresh_mart(now=NOW)
    assert "up to 30 days before the answer" in run("show").stdout
    assert "Version 2" in run("set", "--window", "14", "--leave-out", "category=Internal, Spam").stdout
    assert "Version 2 is on its way" in run("show").stdout
    assert "No version" not in run("relink").stdout
    rule = newest().rule
    assert (rule, rule.window_days, rule.leave_out) == (current(), 14, (("category", ("Internal", "Spam")),))
    kept = tmp_path / "rule.json"
    kept.write_text(run("show", "--json").stdout)
    assert "nothing to do" in run("set", "--file", str(kept)).stderr
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "half_life_days": 28}))
    assert run("set", "--file", str(kept)).exit_code == 0
    assert "Version 2 stays" in run("cancel", "3").stdout
    assert run("cancel", "3").exit_code == 1


def test_links_are_judged_by_number_and_one_by_one(run):
    first, second = a_link(place=1), a_link(place=2)
    told = json.loads(run("judge", str(first.pk), "no", "--json").stdout)
    assert (told["judged"], told["next"]["id"], told["next"]["ticket"]["tier"]) == (1, second.pk, "T2")
    asked = run("judge", said="y\n").stdout
    assert "Too slow" in asked
    assert "2 of 100 links judged" in asked
    assert sorted(LinkCheck.objects.values_list("verdict", flat=True)) == ["no", "yes"]
    assert "Say yes, no or unsure" in run("judge", str(first.pk), "perhaps").stderr
    assert "Draw more" in run("judge").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--window", "900"), "1 to 365"),
        (("--tiers", "T2"), "T1 is always"),
        (("--leave-out", "colour=red"), "colour"),
    ],
)
def test_what_will_not_do(run, words, said):
    refused = run("set", *words)
    assert (refused.exit_code, said in refused.stderr) == (1, True)
    assert current().version == 1
