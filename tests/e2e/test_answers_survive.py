"""Answers outlive the processes that took them: the short form of `benchmarks/answers_killed.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fixtures.site import environment_for

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "answers_killed.py"


def test_no_acknowledged_answer_is_lost_or_doubled_when_everything_is_killed(tmp_path: Path):
    words = ["--kills", "1", "--every", "1.5", "--rate", "100", "--asked", "2000", "--parts", "everything"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words, "--databases", "SQLite", "--no-table"],
        env=environment_for(tmp_path),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'killed': ['everything']" in done.stdout
