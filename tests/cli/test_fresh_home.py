"""A command on a machine where nothing was started yet brings the database up itself, or says why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys


def nineplus(*words, home, **environment):
    return subprocess.run(
        [sys.executable, "-m", "nineplus.cli", *words],
        env={**os.environ, "NINEPLUS_HOME": str(home), "NINEPLUS_DATABASE_URL": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_key_can_be_made_before_the_first_start(tmp_path):
    made = nineplus("key", "create", "first", "--json", home=tmp_path, NINEPLUS_PROT="9")
    assert made.returncode == 0, made.stderr
    assert "Did you mean NINEPLUS_PORT?" in made.stderr
    assert '"token"' in made.stdout or '"key"' in made.stdout


def test_a_database_that_does_not_answer_is_a_sentence(tmp_path):
    said = nineplus("key", "list", home=tmp_path, NINEPLUS_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert said.returncode == 1
    assert "database" in said.stderr
    assert "Traceback" not in said.stderr
