"""nineplus mart rebuild: what was lost from the mart is there again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nineplus.cli import mart
from nineplus.mart import errors
from nineplus.stages import analyze, capture
from nineplus.stages import mart as stage

pytestmark = pytest.mark.django_db(transaction=True)  # the mart is made by a connection of its own
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def run(*words: str):
    app = typer.Typer()
    mart.register(app)
    return CliRunner().invoke(app, ["mart", *words])


def test_a_lost_mart_is_made_anew(settings, tmp_path: Path):
    settings.HOME = tmp_path
    for score in (9, 3):
        capture.record_response(score=score, survey="Relationship", now=NOW)
    analyze.refresh_mart(now=NOW)
    for file in analyze.folder().rglob("*.parquet"):
        file.unlink()
    with pytest.raises(errors.MartDamaged):
        stage.newest()
    assert "2 responses" in run("rebuild").stdout
    assert stage.newest().responses.count().execute() == 2
    assert json.loads(run("rebuild", "--json").stdout)["responses"] == 2


def test_one_that_is_busy_is_a_sentence(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings.HOME = tmp_path

    def busy(**_told: object) -> None:
        raise errors.MartBusy("Another refresh of the mart did not end within 60 s.")

    monkeypatch.setattr(analyze, "rebuild_mart", busy)
    done = run("rebuild")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Another refresh" in done.stderr
