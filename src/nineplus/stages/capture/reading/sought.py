"""Words and names looked for in the live list, newest first, in bounded steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan

from nineplus.stages.capture.reading.places import Cursor, before, by_ids, place
from nineplus.store import searching
from nineplus.store.models import Account, Contact, Response

MOST_SEARCHED = 100_000
"""Responses that one search for something frequent looks at before it answers."""
MOST_FOUND = 5_000
"""What more responses have is frequent: the newest that have it come sooner than a list of them all."""
PORTION = 2_000
_PARTIES = 500


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search looks for: words in the comment, or the names of an account or a contact."""

    words: searching.Asked
    accounts: frozenset[int]
    contacts: frozenset[int]

    @classmethod
    def read(cls, text: str) -> Sought:
        accounts = Account.objects.filter(Q(name__icontains=text) | Q(domain__icontains=text))
        contacts = Contact.objects.filter(Q(name__icontains=text) | Q(email__icontains=text))
        by_account, by_contact = (
            frozenset(rows.values_list("pk", flat=True)[:_PARTIES]) for rows in (accounts, contacts)
        )
        return cls(searching.Asked.read(text), by_account, by_contact)

    @property
    def theirs(self) -> Q:
        """Responses of those whose name it is."""
        return Q(account_id__in=self.accounts) | Q(contact_id__in=self.contacts)

    def rows(self) -> Collection[int] | None:
        """The only responses that can have it, by the index; None: too many to name."""
        rows: Collection[int] | None = self.words.ids(most=MOST_FOUND)
        if rows is not None and (self.accounts or self.contacts):
            theirs = Response.objects.filter(self.theirs).order_by().values_list("pk", flat=True)
            rows = {*rows, *theirs[: MOST_FOUND + 1]}
        return None if rows is None or len(rows) > MOST_FOUND else rows

    def is_in(self, comment: str, account: int | None, contact: int | None) -> bool:
        return (
            account in self.accounts or contact in self.contacts or (bool(self.words) and self.words.said_in(comment))
        )


def searched(
    chosen: QuerySet[Response], sought: Sought, *, after: Cursor | None, limit: int
) -> tuple[list[Response], Cursor | None]:
    """The newest are looked through first: what is frequent fills the page from them. What is not, the index finds."""
    parts = sought.words.parts_in_sql()
    matching = sought.theirs | Q(*(Q(comment__icontains=part) for part in parts)) if parts else Q()
    largest = 2 * PORTION if parts else PORTION
    found: list[int] = []
    looked_at, at, named = 0, after, False
    while len(found) <= limit and looked_at < MOST_SEARCHED:
        size = min(largest, max(10 * limit, 7 * looked_at), MOST_SEARCHED - looked_at)  # little, where much is found
        portion, end = _portion(chosen, matching, after=at, size=size)
        found += [row[1] for row in portion if sought.is_in(*row[2:])]
        looked_at += size
        if end is None:
            return by_ids(found[: limit + 1]), None
        at = end
        if (
            not named
            and looked_at >= min(largest, MOST_SEARCHED)
            and len(found) * MOST_SEARCHED < (limit + 1) * looked_at
        ):
            named = True  # at this pace the page would not be filled
            if (rows := sought.rows()) is not None:
                chosen, looked_at = chosen.filter(pk__in=rows), 0
    return by_ids(found[: limit + 1]), at if len(found) <= limit else None


def _portion(
    chosen: QuerySet[Response], matching: Q, *, after: Cursor | None, size: int
) -> tuple[list[tuple[Any, ...]], Cursor | None]:
    """Of the next `size` responses those that may match, and the last of all; None: there are no more."""
    places = before(chosen, after).order_by("-answered_at", "-id").values_list("answered_at", "id")
    last = places[size - 1 : size].first()
    rows = before(chosen, after).filter(matching)
    if last:
        rows = rows.exclude(TupleLessThan(place(), last)).filter(answered_at__gte=last[0])
    fields = ("answered_at", "id", "comment", "account_id", "contact_id")
    return list(rows.order_by("-answered_at", "-id").values_list(*fields)), Cursor(*last) if last else None
