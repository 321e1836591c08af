"""WSGI behind the server: what a request was is told, long bodies go through, and nothing is left running."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest

from nineplus.web.in_threads import environ_of
from tests.fixtures.site import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-ws", "--port", str(port)]
    command += ["--log-level", "critical", "--workers-kill-timeout", "10", "tests.fixtures.small_site:application"]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        ends = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < ends
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@contextmanager
def asked(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request(method, path, body or None, {name.replace("_", "-"): text for name, text in headers.items()})
        with connection.getresponse() as answered:
            yield answered


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    with asked(port, method, path, body, **headers) as answered:
        return Answer(answered.status, answered.headers, answered.read())


def test_a_request_is_told_as_wsgi_has_it(server):
    told = ask(server[0], "POST", "/a%20b/%C3%BC?x=%ff", b"9", X_Forwarded_For="1.2.3.4", Cookie="a=1").json
    assert told["PATH_INFO"].encode("latin-1").decode() == "/a b/ü"
    assert (told["REQUEST_METHOD"], told["QUERY_STRING"], told["CONTENT_LENGTH"]) == ("POST", "x=%ff", "1")
    assert (told["REMOTE_ADDR"], told["SERVER_PORT"]) == ("127.0.0.1", str(server[0]))
    assert (told["HTTP_X_FORWARDED_FOR"], told["HTTP_COOKIE"], told["wsgi.url_scheme"]) == ("1.2.3.4", "a=1", "http")


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
def test_a_body_of_any_size_arrives_whole(server, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    told = ask(server[0], "PUT", "/", body).json
    assert (told["length"], told["digest"]) == (size, hashlib.sha256(body).hexdigest())


def test_a_head_has_the_length_and_no_body(server):
    answered = ask(server[0], "HEAD", "/unread")
    assert (answered.status, answered.headers["Content-Length"], answered.body) == (200, "6", b"")


def test_an_answer_may_come_before_the_body_was_read(server):
    assert ask(server[0], "POST", "/unread", b"x" * 200_000).body == b"unread"


def test_pieces_come_as_they_are_made_and_end_when_nobody_listens(server):
    with asked(server[0], "GET", "/pieces") as answered:
        assert answered.read(6) == b"first,"
    assert ask(server[0], "GET", "/closed").json is True


def test_a_fault_of_the_application_is_an_answer_and_not_the_end(server):
    assert ask(server[0], "GET", "/fault").status == 500
    assert ask(server[0], "GET", "/").status == 200


def test_what_is_being_answered_is_answered_before_the_end(server):
    found: list[bytes] = []
    asking = threading.Thread(target=lambda: found.append(ask(server[0], "GET", "/slow").body))
    asking.start()
    time.sleep(0.5)
    server[1].send_signal(signal.SIGTERM)
    asking.join(15)
    assert found == [b"done"]
    assert server[1].wait(15) == 0


def test_headers_that_could_be_taken_for_others_are_left_out():
    given = [("x-forwarded-for", "1.1.1.1"), ("x_forwarded_for", "9.9.9.9"), ("x-forwarded-for", "2.2.2.2"),
             ("cookie", "a=1"), ("cookie", "b=2"), ("content-type", "text/plain")]  # fmt: skip
    scope = SimpleNamespace(
        client="[::1]:5000", server="[::1]:8000", method="GET", path="/", query_string="", http_version="1.1",
        scheme="http", headers=SimpleNamespace(items=lambda: given),
    )  # fmt: skip
    told = environ_of(scope)
    assert (told["HTTP_X_FORWARDED_FOR"], told["HTTP_COOKIE"]) == ("1.1.1.1,2.2.2.2", "a=1; b=2")
    assert (told["CONTENT_TYPE"], told["REMOTE_ADDR"], told["SERVER_NAME"]) == ("text/plain", "::1", "::1")
    assert "HTTP_CONTENT_TYPE" not in told
