"""What /ready and `nineplus doctor` say of worker, port and mart."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings

from nineplus.stages import analyze, capture
from nineplus.stages.analyze.comments import versions
from nineplus.stages.govern import health, heartbeat, running, troubles
from nineplus.stages.govern.health import Check, State
from nineplus.stages.govern.heartbeat import Part
from nineplus.store.models import Response, Sender, Survey, ThemesVersion
from tests.fixtures.site import free_port

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, settings) -> None:
    settings.HOME = tmp_path
    (tmp_path / "secret").write_text("hush")
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"port": free_port()})


def checked(name: str) -> Check:
    return next(check for check in health.every_check(now=NOW) if check.name == name)


def ready(name: str) -> str:
    return next(check.state for check in health.readiness(now=NOW).checks if check.name == name)


def test_no_worker_is_said_and_keeps_nobody_out():
    assert health.readiness(now=NOW).ready
    assert ready("worker") == State.DOUBTFUL
    heartbeat.beat("here/1/a", now=NOW - timedelta(seconds=30))
    assert ready("worker") == State.WELL
    assert checked("worker").says == "One worker is alive."


def test_a_silent_worker_is_not_alive_and_one_that_leaves_is_gone():
    heartbeat.beat("here/1/a", now=NOW - timedelta(minutes=2))
    heartbeat.beat("here/2/b", now=NOW)
    heartbeat.beat("there/3/c", now=NOW)
    assert heartbeat.alive(now=NOW) == 2
    heartbeat.leave("here/2/b")
    assert heartbeat.alive(now=NOW) == 1


def test_rows_of_long_gone_workers_are_taken_away():
    heartbeat.beat("here/1/a", now=NOW - timedelta(days=3))
    heartbeat.beat("here/2/b", now=NOW)
    assert heartbeat.alive(now=NOW - timedelta(days=3)) == 1  # only the young one is left


def test_a_free_port_is_well_and_one_taken_by_others_is_wrong():
    assert checked("running").state == State.WELL
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.NINEPLUS.port))
        found = checked("running")
    assert found.state == State.WRONG
    assert "is taken" in found.says


def test_what_runs_on_this_home_is_found_wherever_it_listens(tmp_path):
    with HTTPServer(("127.0.0.1", 0), Healthy) as web:
        Thread(target=web.serve_forever, daemon=True).start()
        with running.announced(tmp_path, host="127.0.0.1", port=web.server_port, now=NOW) as ours:
            assert ours
            found = checked("running")
            with running.announced(tmp_path, host="127.0.0.1", port=1, now=NOW) as another:
                assert not another
        web.shutdown()
    assert (found.state, found.says) == (
        State.WELL,
        f"nineplus 7 answers at http://127.0.0.1:{web.server_port} (process {os.getpid()}).",
    )
    assert "is not running on this home" in checked("running").says  # the file is there, and nobody holds it
    (tmp_path / "running").write_text(json.dumps({"pid": 1, "host": "127.0.0.1", "port": 1, "since": str(NOW)}))
    assert running.found(tmp_path) is None


@pytest.mark.parametrize(
    ("since", "state", "words"),
    [(timedelta(seconds=5), State.DOUBTFUL, "is starting"), (timedelta(minutes=5), State.WRONG, "does not answer")],
)
def test_what_runs_and_does_not_answer_is_said(tmp_path, since, state, words):
    with running.announced(tmp_path, host="127.0.0.1", port=free_port(), now=NOW - since):
        found = checked("running")
    assert (found.state, words in found.says, str(os.getpid()) in found.says) == (state, True, True)


class Healthy(BaseHTTPRequestHandler):
    """What a nineplus says of itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "up", "version": "7"}')

    def log_message(self, *_: object) -> None: ...


def test_heavy_work_that_is_not_alive_or_ends_again_and_again_is_said():
    assert checked("heavy work").state == State.WELL  # without a worker that is what is said
    heartbeat.beat("here/1/a", now=NOW)
    assert (checked("heavy work").state, "is not alive" in checked("heavy work").says) == (State.DOUBTFUL, True)
    heartbeat.beat("here/9/z", now=NOW, part=Part.HEAVY)
    assert heartbeat.alive(now=NOW) == 1
    assert checked("heavy work").state == State.WELL
    for minutes in (2, 3, 70):  # the last is long ago
        heartbeat.beat(f"here/{minutes}/b", now=NOW - timedelta(minutes=minutes), part=Part.HEAVY)
    assert checked("heavy work").state == State.WELL
    heartbeat.beat("here/4/c", now=NOW - timedelta(minutes=4), part=Part.HEAVY)
    assert (checked("heavy work").state, "ended 3 times" in checked("heavy work").says) == (State.DOUBTFUL, True)


@pytest.mark.django_db(transaction=True)  # the mart is made by a connection of its own
def test_a_file_lost_from_the_mart_is_said_and_a_rebuild_mends_it():
    capture.record_response(score=9, survey="Relationship", now=NOW)
    analyze.rebuild_mart(now=NOW)
    assert checked("mart").state == State.WELL
    for file in analyze.folder().rglob("*.parquet"):
        file.unlink()
    lost = checked("mart")
    assert lost.state == State.DOUBTFUL
    assert "nineplus mart rebuild" in lost.mend
    analyze.rebuild_mart(now=NOW)
    assert checked("mart").state == State.WELL


def test_a_name_in_the_environment_that_nobody_reads_is_doubtful(settings):
    settings.UNKNOWN_NAMES = []
    assert checked("settings").state == State.WELL
    settings.UNKNOWN_NAMES = ["There is no setting NINEPLUS_PROT; it does nothing. Did you mean NINEPLUS_PORT?"]
    assert checked("settings").state == State.DOUBTFUL
    assert "NINEPLUS_PORT" in checked("settings").says


def test_a_sender_that_does_not_work_and_a_mailbox_that_cannot_be_read_are_said():
    assert checked("senders").state == State.WELL
    one = Sender.objects.create(
        channel="smtp", medium="email", name="House", settings={"inbox_host": "mail.acme.example"}, created_at=NOW
    )
    troubles.not_read(one.pk, says="It refuses the password.", now=NOW)
    troubles.not_read(one.pk, says="It is away.", now=NOW + timedelta(minutes=1))
    assert troubles.of_mailbox(one.pk).since == NOW
    assert checked("senders").state == State.DOUBTFUL
    assert "“House” cannot be read: It is away." in checked("senders").says
    troubles.read_again(one.pk)
    Sender.objects.update(error="The server is away.")
    assert checked("senders").says == "“House” does not work, and its messages wait: The server is away."


def test_comments_that_wait_and_themes_that_failed_are_said():
    assert checked("themes").says.startswith("No comment was read yet")
    one = versions.current()
    assert checked("themes").says == "All comments are read, by version 1 of the themes."
    survey = Survey.objects.create(external_id="s", name="S", created_at=NOW, revision=5)
    for number, comment in enumerate(("Slow.", "")):
        Response.objects.create(
            external_id=str(number), survey=survey, score=3, comment=comment, answered_at=NOW, revision=one.revision + 1
        )
    assert (checked("themes").state, health.unread()) == (State.WELL, 1)
    assert "1 wait for the worker" in checked("themes").says
    ThemesVersion.objects.create(number=2, document={}, created_at=NOW, state="failed", error="It broke.", revision=7)
    assert checked("themes").state == State.DOUBTFUL
    assert checked("themes").says.endswith("It broke.")
