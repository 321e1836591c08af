"""Logs: structured lines on standard error, with the request's id, and without what identifies a person.

Everything logs through the standard library (`logging.getLogger(__name__)`); fields go into `extra`.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.[^\s@<>\"'(),;:=]+")
_SECRET_IN_URL = re.compile(r"(?<=//)[^/\s:@]*:[^/\s@]*(?=@)")
_KEY = re.compile(r"\bnp_[A-Za-z0-9_-]{8,}")
_LINK = re.compile(r"(?<=/[sau]/)[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")  # who has a survey link may answer for its owner
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


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what identifies a person or opens a door: known fields, e-mail addresses, keys, passwords in URLs."""
    return {
        name: HIDDEN if name.lower() in PERSONAL and value not in (None, "") else _clean(value)
        for name, value in line.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        value = _SECRET_IN_URL.sub(HIDDEN, value)
        return _LINK.sub(HIDDEN, _KEY.sub(HIDDEN, _EMAIL.sub(HIDDEN, value)))
    if isinstance(value, Mapping):
        return redact(None, "", dict(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    return value
