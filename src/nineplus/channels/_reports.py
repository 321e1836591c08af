"""What a letter that came back says: which of our messages did not arrive, and whether its address takes none at all.

Reads delivery status notices (RFC 3464), complaints (RFC 5965), and leniently what servers write that keep to neither.
Anybody can write such a letter, so a report carries the `proof` that its writer had our message: the unguessable part
of its unsubscribe address, from the headers that came back with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message

from nineplus.channels import Delivery
from nineplus.channels._mime import one_line

_NOBODY_THERE = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
"""No such address or host, or a mailbox that is closed. A full one (5.2.2) or a refused message (5.7) is not."""
_IN_WORDS = re.compile(
    r"(?:user|recipient|mailbox|address|account)[^.\n]{0,40}"
    r"(?:unknown|not (?:found|exist)|does(?:n't| not) exist|no longer|disabled|invalid)"
    r"|(?:no such|unknown|invalid) (?:user|recipient|mailbox|address|account)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_CODE = re.compile(r"(?:^|[\s:>-])([45]\d\d)[ -]", re.MULTILINE)
_OURS = re.compile(r"^Message-ID:\s*<((?:invitation|reminder|test|reply)-[A-Za-z0-9._-]{1,70})@", re.IGNORECASE | re.M)
_PROOF = re.compile(r"/u/([A-Za-z0-9_-]{27})/")
_BOUNCER = re.compile(r"mailer-daemon|postmaster|mail ?delivery|mdaemon", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message. `proof`: the token of its unsubscribe address, empty when that did not come back."""

    delivery: Delivery
    proof: str = ""


def read(message: EmailMessage, raw: bytes) -> Report | None:
    """What this letter reports of one of our messages; None when it is no such letter, or of no message of ours."""
    whole = raw.decode("utf-8", "replace")
    kind = message.get_content_type()
    told = message.get_param("report-type", failobj="") if kind == "multipart/report" else ""
    if told == "feedback-report":
        found: tuple[str, bool, str] | None = ("complained", True, "feedback report")
    elif told == "delivery-status" or any(
        part.get_content_type() == "message/delivery-status" for part in message.walk()
    ):
        found = _by_status(message)
    else:
        found = _by_words(message, whole)
    key = _key_of(message, whole)
    if found is None or not key:
        return None
    name = one_line(str(message.get("Message-ID") or "")) or hashlib.sha256(raw).hexdigest()
    proof = _PROOF.search(_unfolded(whole))
    what, permanent, detail = found
    return Report(
        Delivery(
            what,  # type: ignore[arg-type]
            id=f"mail:{what}:{name}"[:255],
            key=key,
            permanent=permanent,
            detail=one_line(detail)[:300],
        ),
        proof=proof.group(1) if proof else "",
    )


def _by_status(message: EmailMessage) -> tuple[str, bool, str] | None:
    """What the machine-readable part says: the worst of its recipients, of which there is one for our messages."""
    for block in _recipients(message):
        action = str(block.get("Action", "")).strip().lower()
        status, said = str(block.get("Status", "")), str(block.get("Diagnostic-Code", ""))
        grade = _STATUS.search(status)
        detail = f"{status} {said}".strip()
        if action == "failed" or (not action and grade and grade.group(1) == "5"):
            return "bounced", _is_for_good(status, said), detail
        if action == "delayed":
            return "deferred", False, detail
        if action == "delivered":
            return "delivered", False, detail
    return None


def _recipients(message: EmailMessage) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload():
                if isinstance(block, Message) and ("Final-Recipient" in block or "Action" in block):
                    yield block


def _by_words(message: EmailMessage, whole: str) -> tuple[str, bool, str] | None:
    """A bounce in somebody's own words: from a mail server, with a code or a header that names who failed."""
    failed = message.get("X-Failed-Recipients")
    if not failed and not (_BOUNCER.search(str(message.get("From", ""))) or message.get("Return-Path") == "<>"):
        return None
    text = _text(message, whole)
    status, code = _STATUS.search(text), _CODE.search(text)
    grade = status.group(1) if status else code.group(1)[0] if code else "5" if failed else ""
    line = next((line for line in text.splitlines() if _STATUS.search(line) or _CODE.search(line)), text[:200])
    if grade == "5" or (not grade and _IN_WORDS.search(text)):
        return "bounced", _is_for_good(status.group() if status else "", text), line
    return ("deferred", False, line) if grade == "4" else None


def _is_for_good(status: str, said: str) -> bool:
    if _NOBODY_THERE.search(status) or _NOBODY_THERE.search(said):
        return True
    vague = not _STATUS.search(status) or status.startswith("5.0.")
    return vague and bool(_IN_WORDS.search(said))


def _text(message: EmailMessage, whole: str) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return whole[:20_000]
    try:
        return str(body.get_content())[:20_000]
    except (LookupError, ValueError, KeyError):
        return whole[:20_000]


def _key_of(message: EmailMessage, whole: str) -> str:
    """How our message is called that came back: in the part that returns it, or somewhere in the words."""
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            held = part.as_bytes().decode("utf-8", "replace")
            if found := _OURS.search(_unfolded(held)):
                return found.group(1)
    found = _OURS.search(_unfolded(whole).replace("\n> ", "\n").replace("\n>", "\n"))
    return found.group(1) if found else ""


def _unfolded(text: str) -> str:
    """Without the line breaks of folded headers and of quoted-printable."""
    return re.sub(r"\n[ \t]+", " ", text.replace("\r\n", "\n").replace("=\n", ""))
