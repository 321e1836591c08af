"""nineplus taxonomy: from one version to the next, labels out and in, and what will not do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import taxonomy
from nineplus.stages import capture
from nineplus.stages.analyze.comments import versions
from nineplus.store.models import ThemeLabel, ThemesVersion

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def run(settings, tmp_path: Path, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.setattr("nineplus.cli.use_store", lambda: None)
    app = typer.Typer()
    taxonomy.register(app)
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    versions._reader.cache_clear()
    return lambda *words: CliRunner().invoke(app, ["taxonomy", *words])


def test_from_one_version_to_the_next(run, tmp_path: Path):
    capture.record_response(score=2, survey="Quarterly", comment="Slow response times from support.", now=NOW)
    assert json.loads(run("read", "--json").stdout) == {"read": 1}
    document = json.loads(run("show", "--json").stdout)
    document["theme"] = [one for one in document["theme"] if one["slug"] != "support.speed"]
    file = tmp_path / "themes.json"
    file.write_text(json.dumps(document))
    told = json.loads(run("draft", str(file), "--json").stdout)
    assert (told["number"], told["preview"]["comments"]) == (2, 1)
    assert "There is a draft of version 2" in run("show").stdout
    assert "Version 2 is in force" in run("apply", "--here").stdout
    assert "Version 2," in run("show").stdout
    assert "Nothing is said" in run("topics", "--look").stdout
    assert json.loads(run("quality", "--json").stdout)["n"] == 0


def test_labels_go_out_and_in(run, tmp_path: Path):
    capture.record_response(score=2, survey="Quarterly", comment="Slow response times from support.", now=NOW)
    run("read")
    file = tmp_path / "l.csv"
    file.write_text("text,themes,sentiment\nSlow response times from support.,billing,negative\nNobody,billing,\n")
    done = run("labels", "--bring", str(file))
    assert "1 comments labelled, 1 lines not used" in done.stdout
    assert "l.csv:3: There is no answer" in done.stderr
    assert ThemeLabel.objects.filter(theme="billing", holds=True).exists()
    assert ",billing," in run("labels").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draft",), "Give a file"),
        (("draft", "nowhere.json"), "cannot be read"),
        (("draft", "--pack", "moon"), "no pack"),
        (("apply",), "no draft"),
        (("discard",), "no draft"),
        (("cancel", "9"), "no version 9"),
        (("labels", "--bring", "nowhere.csv"), "cannot be read"),
    ],
)
def test_what_will_not_do_is_said(run, words, said):
    done = run(*words)
    assert done.exit_code == 1
    assert said in done.stderr
