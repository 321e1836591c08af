"""Merges: what was joined into this customer, and what was taken apart again."""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.stages.connect.identity import reviewing
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, newest
from nineplus.store.models import Merge


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    table, row = ("account", of.account) if of.contact is None else ("contact", of.contact)
    rows = Merge.objects.filter(table=table, kept=row).select_related("by")
    return [_entry(told) for told in reviewing.in_words(newest(rows, "at", bound, limit))]


def _entry(told: reviewing.Told) -> Entry:
    one = told.merge
    by = f" by {one.by.name or one.by.email}" if one.by else ""
    undone = " and parted again" if one.undone_at else ""
    return Entry(
        at=one.at,
        id=one.pk,
        title=f"{told.gone or 'Another record'} was merged into this one{by}{undone}",
        text=told.words,
        address="/connections/who/merged/",
    )


SOURCE = Source(name="merges", title="Merges", icon="merge", read=read, place=7)
