"""The same contact or account under several keys is one row: by its keys in other systems, by address, by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from nineplus.connectors import Kind
from nineplus.rules.identity import Company, Person, Verdict, same_company, same_person
from nineplus.stages.capture.people import known
from nineplus.store.models import Account, Alias, Contact, Merge

TABLES: Mapping[str, str] = {"accounts": "account", "contacts": "contact"}
MODELS: Mapping[str, type[Account] | type[Contact]] = {"account": Account, "contact": Contact}


def aliases(kind: Kind, keys: Collection[str], *, source: str) -> dict[str, int]:
    """The rows that carry these keys beside their own, by key."""
    if kind not in TABLES or not keys:
        return {}
    table = TABLES[kind]
    there = Exists(MODELS[table]._default_manager.filter(pk=OuterRef("row")))
    rows = Alias.objects.filter(there, table=table, source=source, external_id__in=list(keys))
    return dict(rows.values_list("external_id", "row"))


def keys_of(kind: str, rows: Collection[int], *, source: str) -> dict[int | None, str]:
    """Under which key these rows are known in that source, beside their own."""
    if kind not in TABLES or not rows:
        return {}
    found = Alias.objects.filter(table=TABLES[kind], source=source, row__in=list(rows)).exclude(why="merged")
    return dict(found.values_list("row", "external_id"))


def match(
    kind: Kind, new: Mapping[str, Mapping[str, Any]], *, source: str, now: datetime, write: bool = True
) -> dict[str, int]:
    """Which of these new ones are here already under another source: contacts by address, accounts by domain.

    Only what is certain: one row here, one record there, no row of theirs that has it already, and no name that
    speaks against it. It becomes an alias.
    """
    by = "email" if kind == "contacts" else "domain"
    told = {key: str(values.get(by) or "") for key, values in new.items()}
    often = Counter(told.values())
    wanted = {text: key for key, text in told.items() if text and often[text] == 1}
    if not wanted:
        return {}
    table = TABLES[kind]
    rows = MODELS[table]._default_manager.filter(**{f"{by}__in": list(wanted)})
    if kind == "contacts":
        rows = rows.filter(erased_at=None)
    found: dict[str, list[tuple[int, str, str]]] = {}
    for pk, theirs, name, text in rows.values_list("pk", "source", "name", by):
        found.setdefault(text, []).append((pk, theirs, name))
    taken = set(
        Alias.objects.filter(
            table=table, source=source, row__in=[pk for one in found.values() for pk, _, _ in one]
        ).values_list("row", flat=True)
    )
    sure = {
        wanted[text]: same[0][0]
        for text, same in found.items()
        if len(same) == 1
        and same[0][1] != source
        and same[0][0] not in taken
        and _certain(kind, text, same[0][2], str(new[wanted[text]].get("name") or ""))
    }
    if write:
        Alias.objects.bulk_create(
            [Alias(table=table, source=source, external_id=key, row=row, why=by, at=now) for key, row in sure.items()],
            ignore_conflicts=True,
        )
    return sure


def _certain(kind: Kind, text: str, name: str, other: str) -> bool:
    if kind == "contacts":
        return same_person(Person(name, text), Person(other, text)).verdict is Verdict.CERTAIN
    return same_company(Company(name, text), Company(other, text)).verdict is Verdict.CERTAIN


def contacts_by_email(mails: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Contact and account of these addresses; an address that several share is nobody's."""
    wanted = {*mails} - {""}
    found: dict[str, list[tuple[int, int | None]]] = {}
    people = Contact.objects.filter(email__in=wanted, erased_at=None)
    for email, pk, account in people.values_list("email", "pk", "account_id"):
        found.setdefault(email, []).append((pk, account))
    others = known.by_address("email", wanted - found.keys())
    accounts = dict(Contact.objects.filter(pk__in=others.values()).values_list("pk", "account_id"))
    found |= {email: [(pk, accounts.get(pk))] for email, pk in others.items()}
    return {email: same[0] for email, same in found.items() if len(same) == 1}


def inferred(contacts: Collection[int]) -> set[int]:
    """Of these contacts those whose account follows from their address: what names no account takes none away."""
    rows = Merge.objects.filter(table="works", gone__in=list(contacts), undone_at=None)
    return set(rows.values_list("gone", flat=True))


def other_addresses(contacts: Collection[int]) -> dict[int, set[str]]:
    """By contact the addresses and numbers it has beside those on its row."""
    found: dict[int, set[str]] = {}
    rows = Alias.objects.filter(table="contact", row__in=list(contacts), source__in=known.ADDRESS.values())
    for row, text in rows.values_list("row", "external_id"):
        found.setdefault(row, set()).add(text)
    return found
