"""Logs: structured lines on standard error, with the request's id, and without what identifies a person.

Everything logs through the standard library (`logging.getLogger(__name__)`); fields go into `extra`.
"""

from __future__ import annotations

import atexit
import json
import logging
import logging.config
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.[^\s@<>\"'(),;:=]+")
_SECRET_IN_URL = re.compile(r"(?<=//)[^/\s:@]*:[^/\s@]*(?=@)")
_KEY = re.compile(r"\bnp_[A-Za-z0-9_-]{8,}")
_LINK = re.compile(r"(?<=/[sau]/)[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")  # who has a survey link may answer for its owner
_PHONE = re.compile(r"(?<=phone_number:)[^/\s]+")  # in addresses of the Delighted-compatible API
# Fields that name or quote a person or open a door, wherever they stand in a line.
PERSONAL = frozenset(
    {
        "authorization",
        "comment",
        "comment_raw",
        "contact",
        "cookie",
        "email",
        "first_name",
        "ip",
        "key",
        "last_name",
        "name",
        "owner",
        "password",
        "payload",
        "phone",
        "raw",
        "row",
        "secret",
        "token",
        "user",
        "username",
    }
)
HIDDEN = "[hidden]"
_json = json.JSONEncoder().encode


def configure(*, level: str = "INFO", format: str = "auto") -> None:
    """Send everything at `level` and above to standard error as `json`, as `text`, or as fits (`auto`)."""
    as_text = format == "text" or (format == "auto" and sys.stderr.isatty())
    last: Any = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
        if as_text
        else structlog.processors.JSONRenderer()
    )
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    chain = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,  # into text first: what an exception quotes is cleaned too
        redact,
        last,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": chain,
                    "foreign_pre_chain": before,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Its own words repeat what the request line says; its warnings for 4xx name addresses people typed.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "ERROR"},
                "axes": {"level": "ERROR"},
            },
        }
    )


class Flood:
    """Lines that come by the thousand a second: made without the machinery above, written some at a time.

    The same JSON as the logger's own lines. Where those are text, or somebody else listens to the logger (a test, a
    collector), the logger writes these too. Of more than MOST in a fifth of a second the others are counted, in a line
    of their own. The last fifth of a second is lost when the process is killed.
    """

    EVERY, MOST = 0.2, 50

    def __init__(self, logger: logging.Logger) -> None:
        self.logger = logger
        self._lines: deque[str] = deque()
        self._more = 0
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    def full(self) -> bool:
        """Were there enough of these lines for now? Then this one is counted."""
        if len(self._lines) < self.MOST:
            return False
        self._more += 1
        return True

    def info(self, event: str, fields: Mapping[str, Any]) -> None:
        """One line at level INFO. Of its fields only `path` came from outside and is cleaned."""
        if not self.logger.isEnabledFor(logging.INFO):
            return
        if not self._plain():
            self.logger.info(event, extra=fields)
            return
        self._lines.append(self._line(event, {**fields, "path": _clean(fields["path"])}))
        if self._writer is None:
            self._start()

    def _line(self, event: str, fields: Mapping[str, Any]) -> str:
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return _json({"event": event, "level": "info", "logger": self.logger.name, **fields, "timestamp": at})

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                if more := self._more:
                    self._more = 0
                    lines.append(self._line("more_of_these", {"lines": more}))
                sys.stderr.write("\n".join(lines) + "\n")
                sys.stderr.flush()

    def _plain(self) -> bool:
        """Does the line go to standard error as JSON and nowhere else?"""
        if len(logging.root.handlers) != 1 or self.logger.handlers:
            return False
        steps: Sequence[object] = getattr(logging.root.handlers[0].formatter, "processors", ())
        return bool(steps) and isinstance(steps[-1], structlog.processors.JSONRenderer)

    def _start(self) -> None:
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._go_on, name="log lines", daemon=True)
                self._writer.start()
                atexit.register(self.flush)

    def _go_on(self) -> None:
        while True:
            time.sleep(self.EVERY)
            self.flush()


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what identifies a person or opens a door: known fields, e-mail addresses, keys, passwords in URLs."""
    return {
        name: HIDDEN if name.lower() in PERSONAL and value not in (None, "") else _clean(value)
        for name, value in line.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        if "@" in value:
            value = _EMAIL.sub(HIDDEN, _SECRET_IN_URL.sub(HIDDEN, value))
        if "phone_number:" in value:
            value = _PHONE.sub(HIDDEN, value)
        return _LINK.sub(HIDDEN, _KEY.sub(HIDDEN, value)) if "/" in value or "np_" in value else value
    if isinstance(value, Mapping):
        return redact(None, "", dict(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    if hasattr(value, "get_full_path"):  # a request that failed: written out, it says its whole address
        return _clean(repr(value))
    return value
