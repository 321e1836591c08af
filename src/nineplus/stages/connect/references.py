"""From the keys in a file to the rows they mean: accounts, contacts, tickets, surveys, subscriptions.

An account, contact or subscription that the store does not know yet is made from its key alone, so that the row
that names it is not lost; a file of its own fills it in later. A ticket cannot be made from its key: it needs dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
from django.db import models

from nineplus.mart.schema import INSTANT
from nineplus.stages.connect import identity
from nineplus.stages.connect.bulk import insert_new, pieces
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

        def make(fresh: list[str]) -> dict[str, pa.Array]:
            size = len(fresh)
            return {
                "name": _texts(named.get(key, "")[:300] for key in fresh),
                "domain": _texts([""] * size),
                "attributes": _texts(["{}"] * size),
            }

        return self._resolve(Account, keys, ("id", "id", "attributes"), make, revision=revision)

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

        def make(fresh: list[str]) -> dict[str, pa.Array]:
            return {
                "email": _texts(mail.get(key) or (key.lower() if "@" in key else "") for key in fresh),
                "name": _texts(named.get(key, "")[:300] for key in fresh),
                "account_id": pa.array([accounts.get(key) for key in fresh], pa.int64()),
                "attributes": _texts(["{}"] * len(fresh)),
            }

        columns = ("id", "account_id", "attributes")
        return self._resolve(Contact, keys, columns, make, by_email=True, revision=revision)

    def subscriptions(self, keys: pa.Array, *, accounts: Mapping[str, int], revision: int) -> dict[str, Known]:
        def make(fresh: list[str]) -> dict[str, pa.Array]:
            owners = pa.array([accounts[key] for key in fresh], pa.int64())
            return {"account_id": owners, "plan": _texts([""] * len(fresh))}

        return self._resolve(Subscription, keys, ("id",), make, revision=revision)

    def tickets(self, keys: pa.Array) -> dict[str, Known]:
        return self._resolve(Ticket, keys, ("id",), None)

    def surveys(self, keys: pa.Array, touchpoints: Mapping[str, str], *, revision: int) -> dict[str, Known]:
        def make(fresh: list[str]) -> dict[str, pa.Array]:
            return {
                "name": _texts(fresh),
                "touchpoint": _texts(touchpoints.get(key) or Touchpoint.CUSTOM.value for key in fresh),
                "created_at": pa.array([self.now] * len(fresh), INSTANT),
            }

        return self._resolve(Survey, keys, ("id",), make, revision=revision)

    def account_attributes(self, ids: Iterable[int | None]) -> Mapping[int, Mapping[str, str]]:
        """The attributes of these accounts, for answers that reach theirs through their contact."""
        missing = [key for key in {*ids} - {None} if key not in self._accounts]
        for piece in pieces(missing):
            self._accounts.update(Account.objects.filter(pk__in=piece).values_list("id", "attributes"))
        return self._accounts

    def _resolve(
        self,
        model: type[models.Model],
        keys: pa.Array,
        columns: tuple[str, ...],
        make: Callable[[list[str]], dict[str, pa.Array]] | None,
        *,
        by_email: bool = False,
        revision: int = 0,
    ) -> dict[str, Known]:
        known = self._known.setdefault(model.__name__, {})
        if len(known) > _REMEMBERED:
            known.clear()
        asked = [key for key in keys.unique().to_pylist() if key and key not in known]
        self._look_up(model, asked, columns, known)
        missing = [key for key in asked if key not in known]
        if by_email and (mails := {key.lower(): key for key in missing if "@" in key}):
            for piece in pieces(list(mails)):
                rows = model.objects.filter(email__in=piece).order_by("-id")
                known.update((mails[mail], Known(*row)) for mail, *row in rows.values_list("email", *columns))
            missing = [key for key in missing if key not in known]
        if make and missing:
            fixed = {"source": self.owner.source, "added_by_id": self.owner.pk, "revision": revision}
            made = insert_new(model, {"external_id": _texts(missing), **make(missing)}, fixed)
            self._look_up(model, missing, columns, known)
            self.made[model.__name__] = self.made.get(model.__name__, 0) + made
        return known

    def _look_up(
        self, model: type[models.Model], keys: list[str], columns: tuple[str, ...], known: dict[str, Known]
    ) -> None:
        for piece in pieces(keys):
            rows = model.objects.filter(source=self.owner.source, external_id__in=piece)
            known.update((key, Known(*row)) for key, *row in rows.values_list("external_id", *columns))
        self._look_up_merged(model, [key for key in keys if key not in known], columns, known)

    def _look_up_merged(
        self, model: type[models.Model], keys: list[str], columns: tuple[str, ...], known: dict[str, Known]
    ) -> None:
        """Keys of rows that were merged into others mean those."""
        kind = {Account: "accounts", Contact: "contacts"}.get(model)
        for piece in pieces(keys) if kind else ():
            rows = identity.aliases(kind, piece, source=self.owner.source)
            there = {pk: row for pk, *row in model.objects.filter(pk__in=rows.values()).values_list("pk", *columns)}
            known.update((key, Known(*there[pk])) for key, pk in rows.items() if pk in there)


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


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
