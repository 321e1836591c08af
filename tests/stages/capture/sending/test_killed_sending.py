"""kill -9 while sending: nothing goes twice, nothing is forgotten, and only what was in hand is unsure."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nineplus.stages.capture.sending import delivering
from tests.fixtures.mail_server import mail_server

HERE = Path(__file__).parent
KILLS, MESSAGES, CONNECTIONS = 3, 250, 2


@pytest.mark.django_db
def test_kills_send_nothing_twice(own_database: dict[str, str]):
    with mail_server() as server:
        server.pause = 0.004  # as slow as a server that writes to its disk
        done = subprocess.run(
            [sys.executable, HERE / "killed_sending.py", str(server.port), str(KILLS), str(MESSAGES)],
            env=own_database,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        came = Counter(taken.recipients[0] for taken in server.taken)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert max(came.values()) == 1
    assert len(outcome["states"]) == MESSAGES
    assert set(outcome["states"].values()) == {"sent", "unsure"}
    unsure = {address for address, state in outcome["states"].items() if state == "unsure"}
    assert set(outcome["states"]) - unsure <= set(came)
    assert len(unsure) <= KILLS * CONNECTIONS * delivering.IN_HAND
    assert outcome["fates"] == {"sent": MESSAGES}
