"""Under which other ids and addresses a person is known: what the rows had that were merged into theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef

from nineplus.store.models import Alias, Contact, Match, MatchKey, Merge

ADDRESS = {"email": "@email", "phone": "@phone", "domain": "@domain"}
"""As which source an address is kept among the aliases. No source of rows has such a name."""


def by_address(name: str, values: Iterable[str]) -> dict[str, int]:
    """Whose these addresses are besides those on the rows themselves: contact by `email` or `phone`."""
    return _rows(Alias.objects.filter(source=ADDRESS[name]), values)


def by_id(values: Iterable[str]) -> dict[str, int]:
    """Whose external ids these are, of whatever source, besides those on the rows themselves."""
    return _rows(Alias.objects.exclude(source__startswith="@"), values)


def addresses_of(contact: int) -> list[tuple[str, str]]:
    """The other addresses of this person: (email or phone, address)."""
    names = {source: name for name, source in ADDRESS.items()}
    rows = Alias.objects.filter(table="contact", row=contact, source__in=names).order_by("pk")
    return [(names[source], text) for source, text in rows.values_list("source", "external_id")]


def ids_of(contact: int) -> list[tuple[str, str]]:
    """The other ids of this person: (source, external id)."""
    rows = Alias.objects.filter(table="contact", row=contact).exclude(source__startswith="@").order_by("pk")
    return list(rows.values_list("source", "external_id"))


def forget(contact: int) -> Collection[int]:
    """Drop everything by which this person was known beside their row, and the journals of what was merged into it.

    In the caller's transaction. The numbers of the rows that they once were, their own included.
    """
    everyone, last = {contact}, {contact}
    while last:
        last = set(Merge.objects.filter(table="contact", kept__in=last).values_list("gone", flat=True)) - everyone
        everyone |= last
    Alias.objects.filter(table="contact", row__in=everyone).delete()
    MatchKey.objects.filter(table="contact", row__in=everyone).delete()
    Match.objects.filter(table="contact", left__in=everyone).delete()
    Match.objects.filter(table="contact", right__in=everyone).delete()
    Match.objects.filter(table="works", left__in=everyone).delete()
    Merge.objects.filter(table__in=("contact", "works"), gone__in=everyone).update(journal={})
    return everyone


def _rows(aliases, values: Iterable[str]) -> dict[str, int]:  # type: ignore[no-untyped-def]
    wanted = {value for value in values if value}
    if not wanted:
        return {}
    there = Contact.objects.filter(pk=OuterRef("row"), erased_at=None)
    rows = aliases.filter(Exists(there), table="contact", external_id__in=wanted).order_by("-pk")
    return dict(rows.values_list("external_id", "row"))
