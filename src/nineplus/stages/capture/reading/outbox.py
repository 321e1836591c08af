"""What the folder sender wrote, to be looked at: the newest messages, and one of them as its recipient would see it."""

from __future__ import annotations

import base64
import email
import email.policy
import heapq
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from nineplus.stages.capture.sending import senders
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Sender

CHANNEL = "outbox_folder"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\.eml\Z")
_LARGEST = 5_000_000
_CID = re.compile(r"cid:([A-Za-z0-9.@_-]+)")


@dataclass(frozen=True, slots=True)
class Written:
    """One message in the folder. `name` is its file's, `at` when it was written."""

    name: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to look at. `html` shows its pictures without asking for them anywhere; empty when it has none."""

    written: Written
    sender: str
    html: str
    text: str


def written(sender: Sender, *, most: int = 20) -> list[Written]:
    """The newest messages of a folder sender, the newest first; none of any other sender or of an empty folder."""
    if sender.channel != CHANNEL:
        return []
    try:
        with os.scandir(_folder(sender)) as entries:
            files = [(entry.stat().st_mtime, entry.name) for entry in entries if _NAME.match(entry.name)]
    except OSError:
        return []
    found = []
    for _at, name in heapq.nlargest(most, files):
        try:
            found.append(_head(_read(sender, name), name, _folder(sender) / name))
        except (OSError, NotFound):  # moved or opened by somebody else meanwhile
            continue
    return found


def letter(sender: Sender, *, name: str) -> Letter:
    """That message. Raises NotFound when the sender's folder has none of that name."""
    if sender.channel != CHANNEL or not _NAME.match(name):
        raise NotFound("There is no such message.")
    try:
        message = _read(sender, name)
        head = _head(message, name, _folder(sender) / name)
    except OSError:
        raise NotFound("There is no such message any more.") from None
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return Letter(
        written=head,
        sender=str(message["From"] or ""),
        html=_with_pictures(html.get_content(), message) if html else "",
        text=text.get_content() if text else "",
    )


def _read(sender: Sender, name: str) -> EmailMessage:
    file = _folder(sender) / name
    if file.is_symlink() or file.stat().st_size > _LARGEST:
        raise NotFound("This message cannot be shown.")
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)  # type: ignore[return-value]


def _head(message: EmailMessage, name: str, file: Path) -> Written:
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Written(name=name, to=str(message["To"] or ""), subject=str(message["Subject"] or ""), at=at)


def _folder(sender: Sender) -> Path:
    """Where its messages lie, as the channel decides it."""
    try:
        _plug, settings = senders.opened(sender)
    except NotPossible:
        return Path(os.devnull)
    return Path(settings.get("folder") or f"{settings['home']}/outbox").expanduser()


def _with_pictures(html: str, message: EmailMessage) -> str:
    """Pictures that the message brings, written into it."""
    found = {}
    for part in message.walk():
        named = str(part["Content-ID"] or "").strip("<>")
        if named and part.get_content_maintype() == "image":
            content = base64.b64encode(part.get_payload(decode=True) or b"").decode()
            found[named] = f"data:{part.get_content_type()};base64,{content}"
    return _CID.sub(lambda match: found.get(match.group(1), match.group(0)), html)
