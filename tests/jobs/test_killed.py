"""kill -9, twenty times, under load: nothing is lost and nothing is handled zero times."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_twenty_kills_lose_nothing(tmp_path: Path, own_database: dict[str, str]):
    done = subprocess.run(
        [sys.executable, HERE / "killed.py", tmp_path, "20"],
        env=own_database,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["published"] == 1000
    assert outcome["never"] == 0
    assert outcome["states"] == {"done": 1000}
    assert outcome["twice"] < 400  # repeats are allowed, but a kill costs at most the batch in hand


def test_the_command_ends_cleanly_when_told_to(own_database: dict[str, str]):
    nineplus = [sys.executable, "-c", "from nineplus.cli import main; main()"]
    with subprocess.Popen([*nineplus, "worker"], env=own_database, stderr=subprocess.PIPE, text=True) as process:
        while "Handling" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
