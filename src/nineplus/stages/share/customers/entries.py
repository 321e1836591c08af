"""What stands on a timeline, and what a source of it must give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from nineplus.stages.errors import NotPossible

Row = TypeVar("Row", bound=Model)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BEYOND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose timeline: an account with all its people, or one contact."""

    account: int | None = None
    contact: int | None = None

    def of(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Those of the rows (with columns account and contact) that are this customer's."""
        return rows.filter(account=self.account) if self.contact is None else rows.filter(contact=self.contact)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened within an entry."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `title` says it, `text` is in the customer's or the other system's own words.

    `id` is unique in its source. `contact`: who it was (id, name). `address` leads to the whole of it. `score` is of
    an answer, `tone` good, bad or empty. `facts` are short pairs of name and value, `steps` what followed.
    """

    at: datetime
    id: int
    title: str
    text: str = ""
    score: int | None = None
    tone: str = ""
    address: str = ""
    contact: tuple[int, str] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    language: str = ""
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Just below the entry of that source with that time and id. Entries stand by time, then source, then id."""

    at: datetime
    source: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.source}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Place:
        """Raises NotPossible when no timeline gave the text."""
        try:
            micros, source, pk = text.split("-", 2)
            found = cls(_EPOCH + int(micros) * _MICROSECOND, source, int(pk))
        except (ValueError, OverflowError):
            found = None
        if found is None or not 0 <= found.id <= _BEYOND:
            raise NotPossible("This place on the timeline cannot be read. Start from the newest again.")
        return found

    def bound(self, source: str) -> Bound:
        """Where that source goes on."""
        if source == self.source:
            return Bound(self.at, self.id)
        return Bound(self.at, _BEYOND if source > self.source else -1)


@dataclass(frozen=True, slots=True)
class Bound:
    """Only what is older than `at`, or as old with a smaller id."""

    at: datetime
    id: int


def newest(rows: QuerySet[Row], at: str, bound: Bound | None, limit: int) -> list[Row]:
    """The newest of these rows by their column `at` that lie below the bound."""
    if bound is not None:
        older = Q(**{f"{at}__lt": bound.at}) | Q(**{at: bound.at, "pk__lt": bound.id})
        rows = rows.filter(older, **{f"{at}__lte": bound.at})
    return list(rows.order_by(f"-{at}", "-pk")[:limit])


def named(contact: Any) -> tuple[int, str] | None:
    """A contact as an entry names it; whoever was erased is named no more."""
    if contact is None or contact.erased_at:
        return None
    return contact.pk, contact.name or contact.email or contact.external_id


Read = Callable[[Customer, Bound | None, int], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of entry. `read` gives at most so many of a customer below a bound, newest first; it asks a constant
    number of questions. `title` is on the filter; `place` orders the filters.
    """

    name: str
    title: str
    icon: str
    read: Read
    place: int = 100
