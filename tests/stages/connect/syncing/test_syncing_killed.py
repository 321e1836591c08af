"""kill -9 in the middle of reading: how far it came and what it brought are never apart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
KILLS = 5


def test_kills_cost_no_row(own_database: dict[str, str]):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("syncing_killed.py"), str(KILLS)],
        env=own_database,
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
