"""nineplus up: starts, says so, survives a dead worker, stops clean; says in words why it cannot start."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from email.message import Message

import psutil
import pytest

from nineplus.stages.govern.public_address import START_AGAIN
from tests.fixtures.migrated import put_database
from tests.fixtures.site import command, environment_for, free_port, stop


def get(url: str, **headers: str) -> tuple[int, Message, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers, answer.read()


def test_it_answers_and_stops_without_leaving_anything(start_site):
    with start_site(fresh=True, NINEPLUS_METRICS="true") as site:
        status, headers, _ = get(f"{site.url}/first-visit/")
        assert status == 200
        assert "'unsafe" not in headers["Content-Security-Policy"]
        assert json.loads(get(f"{site.url}/ready")[2])["status"] == "ready"
        assert get(f"{site.url}/static/built/app.css")[0] == 200
        assert get(f"{site.url}/health", Host="elsewhere.example")[0] == 400
        assert b"nineplus_events" in get(f"{site.url}/metrics")[2]
        assert (site.home / "secret").stat().st_mode & 0o077 == 0
        assert site.home.stat().st_mode & 0o077 == 0
        assert stop(site.process) == 0  # and fails when a process is left


@pytest.mark.parametrize("early", [False, True], ids=["when it runs", "while it starts"])
def test_ctrl_c_in_a_terminal_stops_everything(tmp_path, early):
    """A real terminal: the key reaches the whole foreground group, not one process that a test picked."""
    put_database(tmp_path / "home")
    keyboard, terminal = pty.openpty()
    started = subprocess.Popen(
        command("up"),
        env=environment_for(tmp_path / "home", PORT=str(free_port())),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    seen = b""
    children: list[psutil.Process] = []
    try:
        ends = time.monotonic() + 90
        while not (b"is ready at" in seen or (early and len(children) >= 2)):
            assert started.poll() is None, seen.decode()
            assert time.monotonic() < ends, seen.decode()
            if select.select([keyboard], [], [], 0.05)[0]:
                seen += os.read(keyboard, 4096)
            children = psutil.Process(started.pid).children(recursive=True)
        assert len(children) >= 2
        os.write(keyboard, b"\x03")
        drained = threading.Thread(target=drain, args=(keyboard,), daemon=True)
        drained.start()  # what it still says must not fill the terminal and stop it
        assert started.wait(30) in (0, 130)
        _, left = psutil.wait_procs(children, timeout=5)
        assert left == []
    finally:
        for process in (*children, started):
            with suppress(psutil.Error, OSError):
                process.kill()
        os.close(keyboard)


def drain(terminal: int) -> None:
    with suppress(OSError):
        while os.read(terminal, 4096):
            pass


def test_a_dead_worker_is_started_again_and_none_outlives_its_starter(start_site):
    def worker() -> psutil.Process | None:
        for child in psutil.Process(site.process.pid).children():
            with suppress(psutil.Error):  # it may be gone by now
                if "worker" in child.cmdline():
                    return child
        return None

    with start_site() as site:
        first = worker()
        assert first is not None
        first.kill()
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            second = worker()
            if second is not None and second.pid != first.pid:
                break
            time.sleep(0.1)
        else:
            pytest.fail("no worker came back")
        assert "The worker process ended" in site.log.read_text()
        children = psutil.Process(site.process.pid).children(recursive=True)
        assert len(children) >= 2
        os.kill(site.process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []


def test_another_public_address_has_its_processes_start_again(start_site):
    def knows(address: str) -> bool:
        with suppress(OSError):  # between two of them nobody listens
            return get(f"{site.url}/health", Host=address)[0] == 200
        return False

    with start_site() as site:
        assert not knows("nps.example.com")
        (site.home / "settings.toml").write_text('public_url = "https://nps.example.com"\n')
        (site.home / START_AGAIN).touch()
        ends = time.monotonic() + 60
        while not knows("nps.example.com"):
            assert site.process.poll() is None, site.log.read_text()
            assert time.monotonic() < ends, site.log.read_text()
            time.sleep(0.1)
        assert knows("localhost")


def test_the_same_on_postgresql(start_site, postgres_database):
    with start_site(NINEPLUS_DATABASE_URL=postgres_database) as site:
        assert json.loads(get(f"{site.url}/ready")[2])["status"] == "ready"
        assert not (site.home / "nineplus.sqlite3").exists()


def refused(tmp_path, **settings: str) -> str:
    home = settings.pop("home", str(tmp_path / "home"))
    environment = environment_for(home, **settings)
    done = subprocess.run(command("up"), env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_taken_port_is_said(tmp_path):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the web server itself opens it
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "is taken" in refused(tmp_path, PORT=str(other.getsockname()[1]))


def test_a_home_that_is_no_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot write into its home folder" in refused(tmp_path, home=str(tmp_path / "file" / "home"))


def test_a_wrong_setting_is_named(tmp_path):
    assert "web_workers" in refused(tmp_path, NINEPLUS_WEB_WORKERS="many")


def test_an_unreachable_database_is_said(tmp_path):
    said = refused(tmp_path, NINEPLUS_DATABASE_URL="postgresql://someone:hush@127.0.0.1:9/none")
    assert "does not answer" in said
    assert "hush" not in said
