"""One file per way of asking. No Django of ours: a channel is told what to send and says what became of it.

A channel file makes one `CHANNEL = Channel(...)` (nineplus.plugs). What crosses the wall is below. A channel raises
only the four failures, so that its caller knows what to do; anything else is a defect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that travels with the message: its HTML shows it as `cid:<name>`. `kind` is png, jpeg or webp."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Mould:
    """What many messages share: text and HTML with `blanks`, words that stand where each message has its own.

    With it a channel that writes bytes encodes what is shared only once. The words must not be part of one another.
    """

    text: str
    html: str
    blanks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient, ready to go.

    `key` is stable over retries (it becomes Message-ID or the provider's idempotency key). `headers` are extra
    ones; `thread` is the key of the message that this one answers to (a reminder under its invitation). `text` and
    `html` are complete; `mould` and `filled`, its blanks in order, say how they came about, where many are alike.
    """

    key: str
    address: str
    name: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    thread: str = ""
    language: str = "en"
    pictures: tuple[Picture, ...] = ()
    at: datetime | None = None
    mould: Mould | None = None
    filled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """It was accepted for delivery. `provider_id` is how the other side calls it; `parts`: of an SMS, 0: not told."""

    provider_id: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the other side tells of a message later. `id` names this notice: the same one twice is one.

    `replied` carries the `text` of an incoming message and the `address` it came from. The message is known by
    `provider_id` or by the `key` it went out with. `permanent`: of a bounce, that the address takes no mail at all.
    """

    kind: Literal["delivered", "deferred", "opened", "clicked", "bounced", "complained", "unsubscribed", "replied"]
    id: str
    provider_id: str = ""
    key: str = ""
    address: str = ""
    at: datetime | None = None
    permanent: bool = True
    text: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook as it came: the address it was sent to, its headers in lower case, its body untouched."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes


class Retry(Exception):
    """Not now: the other side is busy or away. Nothing was accepted. `after`: seconds, when it said so.

    `away`: it is the other side that cannot be reached, whatever the message; another message would fare no better.
    """

    def __init__(self, message: str, *, after: float | None = None, away: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.away = away


class Reconnect(Exception):
    """The settings do not work (wrong password, revoked key): a person must mend them; messages wait."""


class GiveUp(Exception):
    """This one message will never go (no such address, refused content). `suppress`: never write there again."""

    def __init__(self, message: str, *, suppress: bool = False) -> None:
        super().__init__(message)
        self.suppress = suppress


class Unknown(Exception):
    """The line went dead after the message was handed over: it may have been accepted. Never sent again unasked."""


class Forged(Exception):
    """A webhook whose signature does not hold."""
