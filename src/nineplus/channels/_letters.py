"""What somebody wrote back: their own words, what they attached, and whether a machine wrote it.

Reads any letter leniently. Sources: RFC 3834 (automatic answers), RFC 5322 §3.6.4 (threads), RFC 3676 (quoting).
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser

from nineplus.channels._mime import one_line

MOST_BYTES = 300_000
"""Of a letter: what a bounce says and the headers it returns come first."""
_LONGEST = 50_000
_MOST_FILES = 50
_MACHINES = re.compile(r"mailer-daemon|postmaster|no-?reply|do-?not-?reply", re.IGNORECASE)
_AWAY = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?repl|automatische antwort|abwesen|out of (?:the )?office|r[ée]ponse automatique"
    r"|absence du bureau|respuesta autom|fuera de la oficina|resposta autom|risposta automatica|automatisch antwoord"
    r"|autosvar|autosvar:|自动回复|自動返信)",
    re.IGNORECASE,
)
_BULK = re.compile(r"\b(?:bulk|junk|auto_reply|list)\b", re.IGNORECASE)
_QUOTES = re.compile(
    r"^(?:>|-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original) ?-{2,}"
    r"|_{20,}|(?:on|am|le|el|il|em|op) .{4,200}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef)[^\n]{0,60}:$)",
    re.IGNORECASE,
)
_ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_ID = re.compile(r"<([^<>\s]{1,250})>")
_PLUS = re.compile(r"\+([A-Za-z0-9_-]{27})@")


@dataclass(frozen=True, slots=True)
class Letter:
    """One that came: its bytes (the first 300 kB) and what they say."""

    raw: bytes
    message: EmailMessage


def letter(raw: bytes) -> Letter:
    """These bytes as a letter; the same bytes are always the same one."""
    kept = raw[:MOST_BYTES]
    return Letter(kept, email.message_from_bytes(kept, policy=email.policy.default))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class File:
    """Something attached, as it is noted: `bytes` of what was read of it."""

    name: str
    type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Written:
    """A letter. `id` is its Message-ID (made up when it has none), `answers_to` those it refers to, the nearest first.

    `tokens` are what stands behind a + in the addresses it went to. `text` are their own words, without ours.
    """

    id: str
    address: str
    subject: str
    text: str
    files: tuple[File, ...]
    machine: bool
    answers_to: tuple[str, ...]
    tokens: tuple[str, ...]


def read(message: EmailMessage, raw: bytes) -> Written:
    """What this letter says, as far as it can be read."""
    name = _ID.search(_header(message, "Message-ID"))
    came = [address for _, address in getaddresses([_header(message, "From")]) if "@" in address]
    refers = _ID.findall(_header(message, "In-Reply-To")) + _ID.findall(_header(message, "References"))[::-1]
    return Written(
        id=name.group(1) if name else hashlib.sha256(raw).hexdigest(),
        address=one_line(came[0])[:320] if came else "",
        subject=one_line(_header(message, "Subject"))[:500],
        text=own_words(_text(message)),
        files=tuple(_files(message))[:_MOST_FILES],
        machine=is_machine(message),
        answers_to=tuple(dict.fromkeys(refers)),
        tokens=tuple(token for header in _ADDRESSED for token in _PLUS.findall(_header(message, header))),
    )


def is_machine(message: EmailMessage) -> bool:
    """Did a program write this: an absence note, a receipt, a newsletter? Then nobody has answered."""
    automatic = _header(message, "Auto-Submitted").strip().lower()
    if automatic and not automatic.startswith("no"):
        return True
    if any(_header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")):
        return True
    if _BULK.search(_header(message, "Precedence")) or _header(message, "Return-Path").strip() == "<>":
        return True
    kind = message.get_content_type()
    if kind == "multipart/report" or _AWAY.search(_header(message, "Subject")):
        return True
    return bool(_MACHINES.search(_header(message, "From")))


def own_words(text: str) -> str:
    """The text without what it quotes of the letter before: from the first line that begins a quotation to the end.

    Someone who writes between the lines of a quotation is left whole: nothing of theirs may be lost.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place, line in enumerate(lines):
        if _QUOTES.match(line.strip()):
            after = [one for one in lines[place + 1 :] if one.strip() and not one.lstrip().startswith(">")]
            between = line.lstrip().startswith(">") and after
            head = "\n".join(lines[:place]).strip()
            if head and not between:
                return head[:_LONGEST]
            break
    return text.replace("\r\n", "\n").strip()[:_LONGEST]


def _files(message: EmailMessage) -> Iterator[File]:
    for part in message.walk():
        name = part.get_filename()
        attached = part.get_content_disposition() == "attachment"
        if part.is_multipart() or not (name or attached):
            continue
        try:
            size = len(part.get_payload(decode=True) or b"")
        except (ValueError, LookupError):
            size = 0
        yield File(one_line(name or "without a name")[:200], part.get_content_type()[:100], size)


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
        if body is None:
            return ""
        said = str(body.get_content())
    except (LookupError, ValueError, KeyError, AttributeError):
        return ""
    said = said.replace("\x00", "")
    return _plain(said) if body.get_content_type() == "text/html" else said


def _plain(html: str) -> str:
    reader = _Reader()
    reader.feed(html[:500_000])
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.said)).strip()


class _Reader(HTMLParser):
    _BREAKS = frozenset(("br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3"))
    _SILENT = frozenset(("style", "script", "head", "title"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag == "blockquote":
            self._quoted += 1
        if tag in self._BREAKS:
            self.said.append("\n" + "> " * min(self._quoted, 3))

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return ", ".join(str(value) for value in message.get_all(name) or ())
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):  # a header that nobody can read
        return ""
