"""Processes that another one starts, watches, starts again, and takes along when it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import typer

_WELL_AFTER = 60.0  # seconds after which a child that ends was a healthy one
_LONGEST_WAIT = 30.0
_LINUX = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before there are threads


@dataclass
class Child:
    """A process that is started again when it ends, later each time it ends soon."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    quick_ends: int = 0
    again_at: float | None = None

    def start(self) -> None:
        self.again_at = None
        self.began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            self.command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the children in order
            preexec_fn=_end_with_parent,
        )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def look(self) -> None:
        """Start it again when it has ended and its time has come."""
        if not self.ended():
            return
        now = time.monotonic()
        if self.again_at is None:
            self.quick_ends = 0 if now - self.began > _WELL_AFTER else self.quick_ends + 1
            wait = min(_LONGEST_WAIT, 2.0 ** (self.quick_ends - 1)) if self.quick_ends else 0.0
            code = self.process.returncode if self.process else 0
            typer.echo(f"The {self.name} process ended (code {code}); started again in {wait:.0f} s.", err=True)
            self.again_at = now + wait
        if now >= self.again_at:
            self.start()

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait_until(self, ends: float) -> None:
        """Wait for its end, then end it and whatever it started."""
        if not self.process:
            return
        try:
            self.process.wait(max(0.1, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            typer.echo(f"The {self.name} process did not stop in time and is ended.", err=True)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
        self.process.wait()


def _end_with_parent() -> None:
    """Where the system can: a child is told to stop when we are killed, so that none is left behind."""
    if _LINUX is not None:
        _LINUX.prctl(1, signal.SIGTERM)
