"""A restore killed between two renames is finished by the next command; doctor says so before."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

SCRIPT = Path(__file__).with_name("killed_restore.py")


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "NINEPLUS_HOME": str(home), "NINEPLUS_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def company(home: Path) -> str:
    with closing(sqlite3.connect(home / "nineplus.sqlite3")) as store:
        return json.loads(store.execute("SELECT value FROM nineplus_preference WHERE key = 'company'").fetchone()[0])


def test_it_is_finished_by_the_next_command(tmp_path: Path):
    def said(name: str) -> str | None:
        path = tmp_path / name / "said.txt"
        return path.read_text() if path.exists() else None

    killed = run(str(SCRIPT), "2", home=tmp_path)  # the other steps: test_backup, without a process for each
    assert killed.returncode == 0, killed.stderr
    assert (company(tmp_path), said("mart"), said("imports")) == ("before", None, "after")
    checks = json.loads(run("-m", "nineplus.cli", "doctor", "--json", home=tmp_path).stdout)
    assert next(check["state"] for check in checks if check["name"] == "restore") == "wrong"

    done = run("-m", "nineplus.cli", "key", "list", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Finishing a restore that was interrupted." in done.stderr
    assert (company(tmp_path), said("mart"), said("imports")) == ("before", "before", "before")
    aside = tmp_path / "before-restore-20261122-090000"
    assert (aside / "mart/said.txt").read_text() == (aside / "imports/said.txt").read_text() == "after"
    assert not (tmp_path / "restoring").exists()
