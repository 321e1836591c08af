"""kill -9 in the middle of planning: nobody is asked twice, nobody is forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


KILLS = 8


def test_kills_ask_each_once(own_database: dict[str, str]):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("planning_killed.py"), str(KILLS)],
        env=own_database,
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
