"""Outside systems, one file each, and outside file formats. No Django.

A connector reads and writes over there; the frame (`stages.connect.syncing`) keeps what it reads, remembers how far it
came, and asks it again.

A connector file makes one `CONNECTOR = Connector(...)` (nineplus.plugs). What crosses the wall is below. A connector
raises only Retry, Reconnect and GiveUp; anything else is a defect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Kind = Literal["owners", "accounts", "contacts", "tickets", "ticket_events", "deals", "responses"]
"""What a record becomes here. The order is the order in which one portion is kept: what is referred to comes first."""
KINDS: tuple[Kind, ...] = ("owners", "accounts", "contacts", "tickets", "ticket_events", "deals", "responses")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing as it is over there, in our words.

    `fields` are columns of the store by name (`name`, `email`, `opened_at`, `score` …); those that refer (`account`,
    `contact`, `ticket`, `owner`, `survey`) hold the other thing's key over there. A field that is left out is left
    alone, None empties it. Instants are aware. `attributes` are what one may segment by, by slug, as text; an empty
    text takes an attribute away. `raw` is kept beside a response, untouched.
    """

    kind: Kind
    key: str
    fields: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """It was deleted over there."""

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class Merged:
    """It lives on under another key."""

    kind: Kind
    key: str
    into: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """It could not be used, or not wholly. `code` is the same for the same reason; `reason` holds no personal data."""

    kind: Kind
    key: str
    code: str
    reason: str


Item = Record | Gone | Merged | Unusable


@dataclass(frozen=True, slots=True)
class Portion:
    """Some hundred items and how far they reach: reading again from `cursor` (JSON) goes on after them.

    `total`: how many items the stream will give from its beginning, when the other side tells. `last`: nothing more
    for now; its cursor is where the next run begins. A portion that is not the last must move the cursor.
    """

    items: Sequence[Item]
    cursor: Mapping[str, Any]
    last: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of object over there. `kinds`: what it fills here; `scopes`: rights that reading needs.

    Streams are read in the order in which the connector names them. `optional`: a missing right is told, and the
    others are read without it.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    scopes: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds over there, for everybody who uses the same account. `bucket` names it."""

    bucket: str
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Property:
    """A field over there, as the mapping page offers it. `object` is the stream's name."""

    object: str
    name: str
    label: str
    type: Literal["text", "number", "date", "flag", "choice"] = "text"
    choices: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The connection works: `said` is one sentence, `account` how the account is called over there.

    `missing` are rights that streams or writes need and the key has not, by what they are needed for.
    """

    said: str
    account: str = ""
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Something to be written over there. `id` is ours and stable over retries: the same one twice writes once.

    `properties`: `values` by our own property name (`score`, `group`, `comment`, `answered_at`, `survey`, `follow_up`)
    on the record `key` of `object`. `note`: `values` has `text` and `at`. `task`: `title`, `text`, `due_at`, `owner`.
    """

    id: str
    what: Literal["properties", "note", "task"]
    object: Literal["contacts", "accounts", "tickets"]
    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a change: `problem` is empty when it is written, else what a person must mend over there.

    `key` is the note's or task's id over there. `gone`: the record is no longer there, and nothing is to be mended.
    """

    id: str
    key: str = ""
    problem: str = ""
    gone: bool = False


class Budget(Protocol):
    """Calls that may still be made, shared by all processes that use this connection."""

    def take(self, bucket: str, calls: int = 1) -> None:
        """Wait for room, then count the calls. Raises Retry when there is none for longer than a worker may wait."""

    def refused(self, bucket: str, *, after: float) -> None:
        """The other side said stop: nobody calls in this bucket for so many seconds."""


class Session(Protocol):
    """An open connection, used by one thread."""

    def check(self) -> Checked: ...

    def properties(self, stream: str) -> Sequence[Property]:
        """What the other side knows of that object; the frame compares it with last time."""

    def read(self, stream: str, cursor: Mapping[str, Any]) -> Iterator[Portion]:
        """What is new or changed since that cursor (empty: everything), until a portion that is `last`."""

    def prepare(self) -> None:
        """Make over there what writing needs (our properties), once. Safe to repeat."""

    def write(self, changes: Sequence[Change]) -> Sequence[Kept]:
        """Write them, batched as the other side likes it; one answer for each change.

        When the other side is away amidst, the answers there are: a change without one is written again.
        """

    def close(self) -> None: ...


class Retry(Exception):
    """Not now: busy, away, or the budget is used up. `after`: seconds, when that is known."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Reconnect(Exception):
    """The key or the settings do not work any more: a person must mend them. `missing` names rights."""

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class GiveUp(Exception):
    """This stream cannot be read, whatever one waits: what the other side sends makes no sense."""


class Forged(Exception):
    """A webhook whose signature does not hold."""
