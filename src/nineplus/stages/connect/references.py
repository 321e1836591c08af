"""From the keys in a file to the rows they mean: accounts, contacts, tickets, surveys, subscriptions.

An account, contact or subscription that the store does not know yet is made from its key alone, so that the row
that names it is not lost; a file of its own fills it in later. A ticket cannot be made from its key: it needs dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import models

from nineplus.stages.connect.bulk import pieces
from nineplus.store.models import Account, Contact, Import, Subscription, Survey, Ticket
from nineplus.store.models.capture import Touchpoint

_REMEMBERED = 300_000
"""Keys kept between batches; beyond that they are looked up again."""


class Known(NamedTuple):
    """A row that a key means. `account` and `attributes` are what a response inherits from it."""

    id: int
    account: int | None = None
    attributes: Mapping[str, str] = {}


@dataclass(slots=True)
class References:
    """What keys mean, remembered while an import runs."""

    owner: Import
    now: datetime
    made: dict[str, int] = field(default_factory=dict)
    _known: dict[str, dict[str, Known]] = field(default_factory=dict)
    _accounts: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def accounts(self, keys: pa.Array, names: pa.Array | None = None, *, revision: int) -> dict[str, Known]:
        named = _first(keys, names)
        return self._resolve(
            Account,
            keys,
            ("id", "id", "attributes"),
            lambda key: Account(name=named.get(key, "")[:300], **self._stub(key, revision)),
        )

    def contacts(
        self,
        keys: pa.Array,
        emails: pa.Array | None = None,
        names: pa.Array | None = None,
        *,
        accounts: Mapping[str, int],
        revision: int,
    ) -> dict[str, Known]:
        """`accounts` gives the account of a contact that has to be made."""
        mail, named = _first(keys, emails), _first(keys, names)

        def make(key: str) -> Contact:
            email = mail.get(key) or (key.lower() if "@" in key else "")
            return Contact(
                email=email, name=named.get(key, "")[:300], account_id=accounts.get(key), **self._stub(key, revision)
            )

        return self._resolve(Contact, keys, ("id", "account_id", "attributes"), make, by_email=True)

    def subscriptions(self, keys: pa.Array, *, accounts: Mapping[str, int], revision: int) -> dict[str, Known]:
        return self._resolve(
            Subscription,
            keys,
            ("id",),
            lambda key: Subscription(account_id=accounts[key], **self._stub(key, revision)),
        )

    def tickets(self, keys: pa.Array) -> dict[str, Known]:
        return self._resolve(Ticket, keys, ("id",), None)

    def surveys(self, keys: pa.Array, touchpoints: Mapping[str, str], *, revision: int) -> dict[str, Known]:
        return self._resolve(
            Survey,
            keys,
            ("id",),
            lambda key: Survey(
                name=key,
                touchpoint=touchpoints.get(key) or Touchpoint.CUSTOM,
                created_at=self.now,
                **self._stub(key, revision),
            ),
        )

    def account_attributes(self, ids: Iterable[int | None]) -> Mapping[int, Mapping[str, str]]:
        """The attributes of these accounts, for answers that reach theirs through their contact."""
        missing = [key for key in {*ids} - {None} if key not in self._accounts]
        for piece in pieces(missing):
            self._accounts.update(Account.objects.filter(pk__in=piece).values_list("id", "attributes"))
        return self._accounts

    def _stub(self, key: str, revision: int) -> dict[str, Any]:
        return {"source": self.owner.source, "external_id": key, "added_by_id": self.owner.pk, "revision": revision}

    def _resolve(
        self,
        model: type[models.Model],
        keys: pa.Array,
        columns: tuple[str, ...],
        make: Callable[[str], models.Model] | None,
        *,
        by_email: bool = False,
    ) -> dict[str, Known]:
        known = self._known.setdefault(model.__name__, {})
        if len(known) > _REMEMBERED:
            known.clear()
        asked = [key for key in keys.unique().to_pylist() if key and key not in known]
        for piece in pieces(asked):
            rows = model.objects.filter(source=self.owner.source, external_id__in=piece)
            known.update((key, Known(*row)) for key, *row in rows.values_list("external_id", *columns))
        missing = [key for key in asked if key not in known]
        if by_email and (mails := {key.lower(): key for key in missing if "@" in key}):
            for piece in pieces(list(mails)):
                rows = model.objects.filter(email__in=piece).order_by("-id")
                known.update((mails[mail], Known(*row)) for mail, *row in rows.values_list("email", *columns))
            missing = [key for key in missing if key not in known]
        if make and missing:
            made = model.objects.bulk_create([make(key) for key in missing], batch_size=500)
            for key, row in zip(missing, made, strict=True):
                known[key] = Known(row.pk, getattr(row, "account_id", None))
            self.made[model.__name__] = self.made.get(model.__name__, 0) + len(made)
        return known


def _first(keys: pa.Array, values: pa.Array | None) -> dict[str, str]:
    """The first value that stands beside each key."""
    if values is None or values.null_count == len(values):
        return {}
    found: dict[str, str] = {}
    for key, value in zip(keys.to_pylist(), values.to_pylist(), strict=True):
        if key and value:
            found.setdefault(key, value)
    return found


def ids(keys: pa.Array, known: Mapping[str, Known]) -> pa.Array:
    """The row ids that the keys mean; null where there is no key or no row."""
    coded = keys.dictionary_encode()
    meaning = [known[key].id if key in known else None for key in coded.dictionary.to_pylist()]
    return pa.array(meaning, pa.int64()).take(coded.indices)
