"""nineplus up: the database brought up to date, the web and a worker, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import typer

from nineplus.cli import warn_of_settings
from nineplus.cli._children import Child
from nineplus.cli._signals import when_asked
from nineplus.stages.govern import port as port_stage
from nineplus.stages.govern import running

_HELP = """Start nineplus: pages, API and a worker, until Ctrl-C.

Everything lies in NINEPLUS_HOME. Only this machine can reach it unless [bold]--host[/bold] says otherwise.

Examples:

  nineplus up

  nineplus up --port 9000

  nineplus up --host 0.0.0.0        others on the network too; name this machine in NINEPLUS_ALLOWED_HOSTS

  nineplus up --no-worker           workers run elsewhere
"""
_START = 90.0  # seconds until it must answer
_WORKER = 20.0  # seconds until the worker should be alive
_START_AGAIN = "start-again"  # stages.govern.public_address, which is not imported here for its weight
_SAID_FIRST = 0.5  # seconds in which the page that asked for it is answered
_STOP = 15.0  # seconds a child gets to finish what is in hand


def register(app: typer.Typer) -> None:
    app.command("up", help=_HELP)(up)


def up(
    host: str = typer.Option("", help="Address to listen on. Default: NINEPLUS_HOST, else 127.0.0.1."),
    port: int = typer.Option(0, min=0, max=65535, help="Port. Default: PORT or NINEPLUS_PORT, else 8000."),
    no_worker: bool = typer.Option(False, "--no-worker", help="Start the web only."),
) -> None:
    if port:
        os.environ["PORT"] = str(port)
    if host:
        os.environ["NINEPLUS_HOST"] = host
    stop = _Stop()
    settings = _settings()
    warn_of_settings()
    if reason := port_stage.obstacle(settings.host, settings.port):
        _give_up(reason)
    if settings.host not in ("127.0.0.1", "localhost", "::1") and not (settings.allowed_hosts or settings.public_url):
        _say("Others can reach this address, but only names in NINEPLUS_ALLOWED_HOSTS are answered.")
    _migrate()
    children = [Child("web", _web(settings), _web_environment(settings))]
    if not no_worker:
        children.append(Child("worker", [sys.executable, "-m", "nineplus.cli", "worker", "--with-parent"]))
    home, now = Path(settings.home), datetime.now(UTC)
    with running.announced(home, host=settings.host, port=settings.port, now=now):
        _run(children, stop, settings)


def _run(children: list[Child], stop: _Stop, settings) -> None:  # type: ignore[no-untyped-def]
    """Start them, say when they are ready, keep them running, and end them."""
    try:
        for child in children:
            child.start()
        if _wait_until_ready(settings.host, settings.port, children, stop):
            typer.echo(f"nineplus is ready at http://{port_stage.shown(settings.host)}:{settings.port}")
            sys.stdout.flush()
        _watch(children, stop, sign=Path(settings.home) / _START_AGAIN)
    finally:
        for child in children:
            child.ask_to_stop()
        ends = time.monotonic() + _STOP
        for child in children:
            child.wait_until(ends)


class _Stop:
    """Set by Ctrl-C and SIGTERM."""

    def __init__(self) -> None:
        self._event = threading.Event()
        when_asked((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self._event.set)

    def within(self, seconds: float) -> bool:
        return self._event.wait(seconds)


def _watch(children: list[Child], stop: _Stop, *, sign: Path) -> None:
    """Keep them running; when a page has changed what they read at their start, start them again."""
    seen = _changed_at(sign)
    while not stop.within(0.25):
        if (changed := _changed_at(sign)) != seen:
            seen = changed
            stop.within(_SAID_FIRST)
            _say("The settings were changed: starting again.")
            for child in children:
                child.ask_to_stop()
                child.again_at = 0.0  # it is meant to end: nothing is to be waited for
        for child in children:
            child.look()


def _changed_at(sign: Path) -> int:
    try:
        return sign.stat().st_mtime_ns
    except OSError:
        return 0


def _settings():  # type: ignore[no-untyped-def]
    """The settings alone: Django itself takes longer to load than the web server to start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
    try:
        from nineplus.settings import NINEPLUS
    except Exception as problem:
        if type(problem).__name__ == "WrongSettings":
            _give_up(str(problem))
        raise
    return NINEPLUS


def _migrate() -> None:
    from nineplus.stages.govern.restoring import left_behind
    from nineplus.stages.govern.steps import all_taken

    if left_behind() or not all_taken():
        from nineplus.cli import use_store

        use_store()


def _web(settings) -> list[str]:  # type: ignore[no-untyped-def]
    return [
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-ws"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_workers)),
        *("--backpressure", str(settings.web_threads * 16)),
        *("--log-level", "error", "--respawn-failed-workers", "--workers-kill-timeout", "10"),
        "nineplus.rsgi:application",
    ]


def _web_environment(settings) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Several web processes add their figures up through files."""
    if not (settings.metrics and settings.web_workers > 1):
        return {}
    folder = Path(settings.home) / "figures"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def _wait_until_ready(host: str, port: int, children: list[Child], stop: _Stop) -> bool:
    """Until the web answers and the worker, when we started one, is alive; False when asked to stop."""
    web, *workers = children
    began = time.monotonic()
    answer: dict[str, Any] = {}
    while time.monotonic() < began + _START:
        if web.ended():
            _give_up("The web process could not start; its last lines above say why.")
        status, answer = port_stage.ask(host, port, "/ready")
        if status == 200:
            if not workers or answer["checks"]["worker"] == "well":
                return True
            if workers[0].ended() or time.monotonic() > began + _WORKER:
                _say("The worker has not said that it is alive yet. Pages work; `nineplus doctor` tells more.")
                return True
        if stop.within(0.05):
            return False
    not_well = ", ".join(name for name, state in answer.get("checks", {}).items() if state != "well")
    more = f" Not well: {not_well}." if not_well else ""
    _give_up(f"It did not become ready within {_START:.0f} s.{more} `nineplus doctor` tells more.")


def _say(words: str) -> None:
    typer.echo(words, err=True)


def _give_up(words: str) -> NoReturn:
    _say(words)
    raise typer.Exit(1)
