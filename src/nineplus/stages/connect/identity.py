"""Who is who across systems: the same contact or account under several keys is one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from nineplus.connectors import Kind
from nineplus.store.models import Account, Alias, Contact, Removal, Ticket
from nineplus.store.models.revisions import Revised

_TABLES: Mapping[str, str] = {"accounts": "account", "contacts": "contact"}
_MERGED: Mapping[str, type[models.Model]] = {"accounts": Account, "contacts": Contact, "tickets": Ticket}


def aliases(kind: Kind, keys: Collection[str], *, source: str) -> dict[str, int]:
    """The rows that carry these keys beside their own, by key."""
    if kind not in _TABLES or not keys:
        return {}
    rows = Alias.objects.filter(table=_TABLES[kind], source=source, external_id__in=list(keys))
    return dict(rows.values_list("external_id", "row"))


def keys_of(kind: str, rows: Collection[int], *, source: str) -> dict[int | None, str]:
    """Under which key these rows are known in that source, beside their own."""
    if kind not in _TABLES or not rows:
        return {}
    found = Alias.objects.filter(table=_TABLES[kind], source=source, row__in=list(rows)).exclude(why="merged")
    return dict(found.values_list("row", "external_id"))


def match(
    kind: Kind, new: Mapping[str, Mapping[str, Any]], *, source: str, now: datetime, write: bool = True
) -> dict[str, int]:
    """Which of these new ones are here already under another source: contacts by address, accounts by domain.

    Only what is certain: one row here, one record there, and no row of theirs that has it already. It becomes an alias.
    """
    by = "email" if kind == "contacts" else "domain"
    told = {key: str(values.get(by) or "") for key, values in new.items()}
    often = Counter(told.values())
    wanted = {text: key for key, text in told.items() if text and often[text] == 1}
    if not wanted:
        return {}
    model = Contact if kind == "contacts" else Account
    rows = model.objects.filter(**{f"{by}__in": list(wanted)})
    if kind == "contacts":
        rows = rows.filter(erased_at=None)
    found: dict[str, list[tuple[int, str]]] = {}
    for pk, theirs, text in rows.values_list("pk", "source", by):
        found.setdefault(text, []).append((pk, theirs))
    table = _TABLES[kind]
    taken = set(
        Alias.objects.filter(
            table=table, source=source, row__in=[pk for one in found.values() for pk, _ in one]
        ).values_list("row", flat=True)
    )
    sure = {
        wanted[text]: same[0][0]
        for text, same in found.items()
        if len(same) == 1 and same[0][1] != source and same[0][0] not in taken
    }
    if write:
        Alias.objects.bulk_create(
            [Alias(table=table, source=source, external_id=key, row=row, why=by, at=now) for key, row in sure.items()],
            ignore_conflicts=True,
        )
    return sure


def contacts_by_email(mails: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Contact and account of these addresses; an address that several share is nobody's."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    for email, pk, account in Contact.objects.filter(email__in=[*mails], erased_at=None).values_list(
        "email", "pk", "account_id"
    ):
        found.setdefault(email, []).append((pk, account))
    return {email: same[0] for email, same in found.items() if len(same) == 1}


def merged_there(kind: Kind, merged: Mapping[str, str], *, source: str, now: datetime, revision: int) -> int:
    """The other system merged these keys into others: what belonged to the one belongs to the other now. How many.

    In the caller's transaction. A contact or account keeps the old key as an alias.
    """
    model = _MERGED.get(kind)
    if model is None:
        return 0
    keys = {*merged, *merged.values()}
    rows = dict(model._default_manager.filter(source=source, external_id__in=keys).values_list("external_id", "pk"))
    rows.update(aliases(kind, [key for key in keys if key not in rows], source=source))
    done = 0
    for old, new in merged.items():
        loser, winner = rows.get(old), rows.get(new)
        if loser is None or loser == winner:
            continue
        if winner is None:  # the survivor has not come yet: the row goes on under its key
            model._default_manager.filter(pk=loser, source=source, external_id=old).update(
                external_id=new, revision=revision
            )
            rows[new] = loser
        else:
            absorb(model, loser=loser, winner=winner, revision=revision)
        if kind in _TABLES:
            Alias.objects.update_or_create(
                table=_TABLES[kind],
                source=source,
                external_id=old,
                defaults={"row": rows[new], "why": "merged", "at": now},
            )
        done += 1
    return done


def absorb(model: type[models.Model], *, loser: int, winner: int, revision: int) -> None:
    """Everything that refers to the loser refers to the winner, and the loser is gone. In the caller's transaction."""
    for relation in model._meta.related_objects:
        if not isinstance(relation, models.ManyToOneRel) or not relation.field.concrete:
            continue
        if isinstance(relation, models.OneToOneRel):
            continue
        theirs = relation.related_model._default_manager.filter(**{relation.field.name: loser})
        revised = {"revision": revision} if issubclass(relation.related_model, Revised) else {}
        theirs.update(**{relation.field.name: winner}, **revised)
    table = model._meta.model_name or ""
    Alias.objects.filter(table=table, row=loser).update(row=winner)
    Removal.record(model=model, rows=[loser], revision=revision)
    model._default_manager.filter(pk=loser).delete()
