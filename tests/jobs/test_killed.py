"""kill -9, twenty times, under load: nothing is lost and nothing is handled zero times."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from nineplus.jobs.kinds import HANDLERS, LANES, TICKS
from nineplus.jobs.worker import Worker

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


def test_heavy_work_has_a_process_beside_that_is_started_again_and_ends_with_its_own(own_database: dict[str, str]):
    nineplus = [sys.executable, "-c", "from nineplus.cli import main; main()"]
    with subprocess.Popen([*nineplus, "worker"], env=own_database, stderr=subprocess.PIPE, text=True) as process:
        us = psutil.Process(process.pid)
        try:
            first = one_child(us, but=None)
            assert "--apart" in first.cmdline()
            assert first.nice() > us.nice()
            if hasattr(os, "SCHED_BATCH"):
                assert {os.sched_getscheduler(one.pid) for one in (us, first)} == {os.SCHED_BATCH}
            first.kill()
            second = one_child(us, but=first.pid)
            process.kill()
            process.wait(10)
            second.wait(20)  # though nobody could ask it to
        finally:
            process.kill()


def one_child(of: psutil.Process, *, but: int | None) -> psutil.Process:
    """The child that works at its own niceness by now, and is not that one."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with suppress(psutil.NoSuchProcess):
            for child in of.children():
                if child.pid != but and child.status() != psutil.STATUS_ZOMBIE and child.nice() > of.nice():
                    return child
        time.sleep(0.02)
    raise AssertionError("There is no such process.")


def test_each_kind_travels_in_one_of_the_two_processes():
    apart = {kind for lane in LANES if lane.apart for kind in lane.kinds}
    rest = {kind for lane in LANES if not lane.apart for kind in lane.kinds}
    assert "mart.stale" in apart
    assert not apart & rest
    assert apart | rest == set(HANDLERS)


def test_of_the_two_processes_one_keeps_the_house():
    names = [chore.work.__name__ for chore in Worker(keeps_house=False)._chores()]
    assert names == ["_beat", "_care"]  # it says that it lives, under a name of its own
    assert len(Worker()._chores()) == 4 + len(TICKS)
