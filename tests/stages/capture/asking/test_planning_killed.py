"""kill -9 in the middle of planning: nobody is asked twice, nobody is forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture
def environment(tmp_path: Path, on_postgres: bool, request: pytest.FixtureRequest) -> dict[str, str]:
    """A database of its own, of the kind the suite runs on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NINEPLUS_")}
    kept |= {"NINEPLUS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nineplus.settings", "PYTHONPATH": str(ROOT)}
    if on_postgres:
        kept["NINEPLUS_DATABASE_URL"] = request.getfixturevalue("postgres_database")
    return kept


KILLS = 8


def test_kills_ask_each_once(environment: dict[str, str]):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("planning_killed.py"), str(KILLS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["before_the_last"] > 0  # the killed ones got somewhere
    assert outcome["finished"] < KILLS  # and were killed on the way
    assert (outcome["decided"], outcome["twice"], outcome["early"]) == (500, 0, 0)
    assert (outcome["planned"], outcome["messages"], outcome["unwritten"], outcome["most"]) == (300, 300, 0, 3)
