"""A mailbox read over IMAP: what came since the last look, parsed, nothing moved, marked or deleted.

What a letter means is for the caller. Work is bounded: so many letters a look, so many bytes of each. Source: RFC 3501.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nineplus.channels import Reconnect, Retry, _letters
from nineplus.plugs import Field

_TIMEOUT = 30.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

FIELDS = (
    Field(
        "inbox_host", "Mailbox of bounces: IMAP server", "Where what comes back is read. Empty: not.", required=False
    ),
    Field("inbox_user", "Its user name", required=False),
    Field("inbox_password", "Its password", type="secret", required=False),
    Field("inbox_folder", "Its folder", required=False, default="INBOX"),
    Field(
        "inbox_security",
        "Its security",
        "TLS from the start (993), STARTTLS (143), or none: only on your own machine or network.",
        type="choice",
        choices=("tls", "starttls", "none"),
        default="tls",
    ),
    Field("inbox_port", "Its port", "Empty: the usual one.", type="number", required=False),
)
"""What a way of sending with such a mailbox asks for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where a folder was read. `validity` is the server's word for its numbering: another one, another count."""

    validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Letter(_letters.Letter):
    """One of a mailbox, and how far it takes the mark."""

    mark: Mark


def configured(settings: Mapping[str, str]) -> bool:
    """Do these settings name a mailbox?"""
    return bool(settings.get("inbox_host"))


def letters(settings: Mapping[str, str], *, after: Mark | None, since: datetime, most: int) -> Iterator[Letter]:
    """What came after the mark, oldest first, at most so many; without a mark that still counts what came `since`.

    Raises Reconnect (the settings do not work), Retry (the server is away).
    """
    with _opened(settings) as imap:
        validity = _selected(imap, settings)
        known = after.uid if after and after.validity == validity else 0
        wanted = f"UID {known + 1}:*" if known else f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        found = _said(imap.uid("SEARCH", wanted))
        uids = sorted(int(uid) for uid in b" ".join(part for part in found if part).split())
        for uid in [uid for uid in uids if uid > known][:most]:  # the last one is named even when it is older
            raw = next((part[1] for part in _fetched(imap, uid) if isinstance(part, tuple)), b"")
            letter = _letters.letter(raw)
            yield Letter(letter.raw, letter.message, Mark(validity, uid))


def check(settings: Mapping[str, str]) -> str:
    """One sentence when it can be read. Raises as `letters`."""
    with _opened(settings) as imap:
        _selected(imap, settings)
    return f"What comes back is read from {settings.get('inbox_folder') or 'INBOX'} at {settings['inbox_host']}."


@contextmanager
def _opened(settings: Mapping[str, str]) -> Iterator[imaplib.IMAP4]:
    host, security = settings["inbox_host"], settings.get("inbox_security") or "tls"
    port = int(settings.get("inbox_port") or (993 if security == "tls" else 143))
    imap: imaplib.IMAP4 | None = None
    try:
        with _failures(host):
            if security == "tls":
                imap = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=_TIMEOUT)
            else:
                imap = imaplib.IMAP4(host, port, timeout=_TIMEOUT)
            if security == "starttls":
                imap.starttls(ssl.create_default_context())
            _log_in(imap, settings)
            yield imap
    finally:
        if imap is not None:
            with _quietly():
                imap.logout()


def _log_in(imap: imaplib.IMAP4, settings: Mapping[str, str]) -> None:
    user, password = settings.get("inbox_user", ""), settings.get("inbox_password", "")
    if not (user.isprintable() and password.isprintable()):
        raise Reconnect("The mailbox's user name or password holds a line break.")
    try:
        imap.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as problem:
        said = problem.args[0] if problem.args else ""
        why = said.decode(errors="replace") if isinstance(said, bytes) else problem
        raise Reconnect(f"{settings['inbox_host']} refuses the mailbox's user name or password: {why}") from None


def _selected(imap: imaplib.IMAP4, settings: Mapping[str, str]) -> int:
    folder = settings.get("inbox_folder") or "INBOX"
    if not re.fullmatch(r"[ -~]+", folder):
        raise Reconnect("Name the mailbox's folder in letters from a to z.")
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    status, _ = imap.select(f'"{quoted}"', readonly=True)
    if status != "OK":
        raise Reconnect(f"There is no folder {folder!r} in the mailbox.")
    validity = imap.response("UIDVALIDITY")[1]
    return int(validity[0]) if validity and validity[0] else 0


def _fetched(imap: imaplib.IMAP4, uid: int) -> list[Any]:
    return _said(imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{_letters.MOST_BYTES}>)"))


def _said(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != "OK":
        raise Retry("The mailbox cannot be read now.", away=True)
    return parts


@contextmanager
def _failures(host: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as problem:
        why = getattr(problem, "verify_message", "") or problem.reason or "no TLS"
        raise Reconnect(f"No encrypted connection to {host}: {why}.") from None
    except socket.gaierror:
        raise Retry(f"{host} cannot be found.", away=True) from None
    except (OSError, imaplib.IMAP4.abort, EOFError) as problem:
        raise Retry(f"{host} cannot be reached ({type(problem).__name__}).", away=True) from None
    except imaplib.IMAP4.error as problem:
        raise Retry(f"{host} does not answer as a mailbox should: {problem}", away=True) from None


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except (OSError, imaplib.IMAP4.error, EOFError):
        return
