"""kill -9 in the middle of reading: how far it came and what it brought are never apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
KILLS = 5


@pytest.fixture
def environment(tmp_path: Path, on_postgres: bool, request: pytest.FixtureRequest) -> dict[str, str]:
    """A database of its own, of the kind the suite runs on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NINEPLUS_")}
    kept |= {"NINEPLUS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nineplus.settings", "PYTHONPATH": str(ROOT)}
    if on_postgres:
        kept["NINEPLUS_DATABASE_URL"] = request.getfixturevalue("postgres_database")
    return kept


def test_kills_cost_no_row(environment: dict[str, str]):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("syncing_killed.py"), str(KILLS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert 0 < outcome["before"] < 700  # the killed ones got somewhere, and not to the end
    assert outcome["finished"] == 0
    assert outcome["apart"] == 0
    assert (outcome["state"], outcome["contacts"], outcome["tickets"], outcome["events"]) == ("done", 400, 300, 300)
