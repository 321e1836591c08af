"""Answers outlive the processes that took them: the short form of `benchmarks/answers_killed.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.site import environment_for

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "answers_killed.py"


@pytest.mark.parametrize(("parts", "processes"), [("everything", 1), ("web", 2)])
def test_no_acknowledged_answer_is_lost_or_doubled(parts: str, processes: int, tmp_path: Path):
    """Everything is killed at once; or one of two web processes, while the other goes on."""
    words = ["--kills", "1", "--every", "1.5", "--rate", "100", "--asked", "1000", "--parts", parts]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words, "--web-workers", str(processes), "--databases", "SQLite", "--no-table"],
        env=environment_for(tmp_path),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"'killed': ['{parts}']" in done.stdout
