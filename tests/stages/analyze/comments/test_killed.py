"""kill -9, again and again, while comments are read anew and labels are taken in: nothing is lost or done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMMENTS = 300
LABELS = 60


def test_kills_lose_no_comment_and_no_label(own_database: dict[str, str]):
    done = subprocess.run(
        [sys.executable, HERE / "killed.py", str(COMMENTS)],
        env=own_database,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout)
    (_, labelled), (once, _), (again, _) = came["seen"]
    assert 0 < labelled < LABELS, "it was killed amidst"
    assert 0 < once < again < COMMENTS, "twice"
    assert came["in_force"] == 1
    assert (came["read"], came["twice"], came["counted"], came["themeless"]) == (COMMENTS, 0, COMMENTS, 0)
    assert (came["labels"], came["reviews"]) == (LABELS, LABELS)
    assert came["file"] == ["done", LABELS + 1, LABELS, 1]
    assert came["kept"] == 0, "the file of labels is personal data: it goes when it is taken in"
