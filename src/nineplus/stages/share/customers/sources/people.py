"""People: when contacts of an account became known."""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, named, newest
from nineplus.store.models import Contact


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = Contact.objects.exclude(created_at=None).filter(erased_at=None)
    rows = rows.filter(account=of.account) if of.contact is None else rows.filter(pk=of.contact)
    found = []
    for row in newest(rows.defer("attributes"), "created_at", bound, limit):
        who = named(row)
        assert row.created_at is not None
        assert who is not None
        found.append(Entry(at=row.created_at, id=row.pk, title=f"{who[1]} became known", contact=who))
    return found


SOURCE = Source(name="people", title="People", icon="people", read=read, place=6)
