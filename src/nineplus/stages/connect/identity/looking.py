"""Looking at every contact and account that is new or changed: are they somebody who is here already?

What is certain is joined, what is doubtful becomes a suggestion. Runs behind imports, syncs and programs alike, in
portions of their own transactions; after a crash it goes on where it stopped, and looking twice changes nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Q

from nineplus.rules import identity
from nineplus.rules.identity import Company, Decision, Person, Verdict
from nineplus.stages.connect.bulk import pieces
from nineplus.stages.connect.identity import merging
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import (
    Account,
    Alias,
    Contact,
    Event,
    Invitation,
    Match,
    MatchKey,
    Merge,
    Preference,
    Response,
    Revision,
    Ticket,
)
from nineplus.store.models.identity import MatchState

_MARK = "identity looked at up to"
_PORTION = 50
"""Rows of one transaction: on SQLite an answer waits for it."""
_REST = 3.0
"""So many times as long as a portion took nothing is looked at: answers come first, and nobody waits for this."""
Pair = tuple[int, int, Decision]
"""Two rows, the older first, and what was decided of them."""
_MOST_ALIKE = 20
"""What more rows share (the telephone of a switchboard) says nothing of any of them."""
_OF_CONTACT = ("pk", "revision", "source", "name", "email", "phone", "account_id")
_OF_ACCOUNT = ("pk", "revision", "source", "external_id", "name", "domain")


@dataclass(slots=True)
class Looked:
    """What a look came to."""

    rows: int = 0
    joined: int = 0
    placed: int = 0
    suggested: int = 0


def wanted(now: datetime) -> bool:
    """Has any contact or account changed since the last look?"""
    seen = _seen()
    return any(
        model._default_manager.filter(revision__gt=seen[name][0]).exists()
        for name, model in (("account", Account), ("contact", Contact))
    )


def look(
    *, now: datetime, stopping: Callable[[], bool] = lambda: False, pause: Callable[[float], None] = time.sleep
) -> Looked:
    """Look at everything that changed since the last time, a little at a time."""
    total = Looked()
    for table in ("account", "contact"):  # accounts first: people are put under them
        while not stopping():
            began = time.monotonic()
            some = _portion(table)
            if not some:
                break
            portion = _Portion(table, some, now=now, total=total)
            certain, doubtful = portion.looked()
            with transaction.atomic():
                portion.suggest(doubtful)
                _remember(table, some[-1]["revision"], some[-1]["pk"])
            total.rows += len(some)
            for kept, gone, decision in certain:  # each in a transaction of its own: it may move many rows
                total.joined += _joined(table, kept, gone, decision, now=now)
            pause(_REST * (time.monotonic() - began))
    return total


def _portion(table: str) -> list[dict[str, Any]]:
    model, names = (Contact, _OF_CONTACT) if table == "contact" else (Account, _OF_ACCOUNT)
    revision, pk = _seen()[table]
    rows = model._default_manager.filter(Q(revision__gt=revision) | Q(revision=revision, pk__gt=pk))
    rows = rows.filter(revision__gte=revision).order_by("revision", "pk")
    if table == "contact":
        names = (*names, "erased_at")
    return list(rows.values(*names)[:_PORTION])


class _Portion:
    """Rows of one table that changed, compared with everything they share a key with."""

    def __init__(self, table: str, rows: list[dict[str, Any]], *, now: datetime, total: Looked) -> None:
        self.table, self.now, self.total = table, now, total
        self.rows = {row["pk"]: row for row in rows if not row.get("erased_at")}
        self.erased = [row["pk"] for row in rows if row.get("erased_at")]

    def looked(self) -> tuple[list[Pair], list[Pair]]:
        """Keys are written; the pairs that are certain to be one come back, and the doubtful: (stays, goes, why).

        What is written is written in short transactions, and compared between them: on SQLite answers wait for each.
        A row that changes meanwhile is looked at again.
        """
        if self.table == "contact":
            self._place(self.rows.values())
        mine = self._keep_keys()
        if self.table == "account":
            self._place_waiting()
        groups = _groups(self.table, mine)
        known = dict(self.rows)
        known |= _facts(self.table, {pk for group in groups for pk in group} - known.keys())
        pairs = {
            pair
            for group in groups
            for pair in combinations(sorted(pk for pk in group if pk in known), 2)
            if pair[0] in self.rows or pair[1] in self.rows
        }
        said = _said(self.table, pairs)
        doubtful: list[Pair] = []
        certain: list[Pair] = []
        for left, right in sorted(pairs - said):
            decision = _decision(self.table, known[left], known[right])
            if decision.verdict is Verdict.DIFFERENT:
                continue
            (certain if decision.verdict is Verdict.CERTAIN else doubtful).append((left, right, decision))
        certain, crowded = _alone(certain, _sources(self.table, certain, known))
        return certain, [*doubtful, *crowded]

    def _keep_keys(self) -> set[int]:
        """The keys of these rows as they are now."""
        new = [
            MatchKey(table=self.table, key=key, row=pk)
            for pk, row in self.rows.items()
            for key in {*_keys(self.table, row)}
        ]
        with transaction.atomic():
            self._forget_gone()
            kept = [one for one in new if one.row in self.rows]
            MatchKey.objects.filter(table=self.table, row__in=[*self.rows, *self.erased]).delete()
            MatchKey.objects.bulk_create(kept, batch_size=5_000)
        return {one.key for one in kept}

    def _forget_gone(self) -> None:
        """Who was joined to another or erased since the rows were read gets no keys."""
        rows = Contact.objects.filter(erased_at=None) if self.table == "contact" else Account.objects.all()
        there = set(rows.filter(pk__in=[*self.rows]).values_list("pk", flat=True))
        self.rows = {pk: row for pk, row in self.rows.items() if pk in there}

    def suggest(self, pairs: Iterable[Pair]) -> None:
        rows = [
            Match(
                table=self.table,
                left=left,
                right=right,
                reason=decision.reason,
                confidence=decision.confidence,
                at=self.now,
            )
            for left, right, decision in pairs
        ]
        Match.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
        self.total.suggested += len(rows)

    # -- people under their accounts ---------------------------------------------------------------------------

    def _place(self, people: Iterable[dict[str, Any]]) -> None:
        """Whoever has no account and an address at the domain of exactly one belongs to that one."""
        at: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in people:
            if row["account_id"] is None and (domain := identity.company_domain(row["email"])):
                at[domain].append(row)
        keys = {identity.of_domain(domain): domain for domain in at}
        owners: dict[str, set[int]] = defaultdict(set)
        for key, row in MatchKey.objects.filter(table="account", key__in=[*keys]).values_list("key", "row"):
            owners[keys[key]].add(row)
        facts = _facts("account", {row for rows in owners.values() for row in rows})
        chosen: dict[int, int] = {}
        for domain, rows in at.items():
            company = [row for row in owners[domain] if row in facts]
            for person in rows:
                if len(company) == 1 and _works(person, facts[company[0]]):
                    chosen[person["pk"]] = company[0]
        chosen = {pk: chosen[pk] for pk in chosen.keys() - _told_apart(chosen)}
        if chosen:
            with transaction.atomic():
                _put_under(chosen, now=self.now)
            self.total.placed += len(chosen)
            for pk, account in chosen.items():
                if pk in self.rows:
                    self.rows[pk]["account_id"] = account

    def _place_waiting(self) -> None:
        """People who were here before their account."""
        keys = [identity.at_domain(domain) for row in self.rows.values() if (domain := _company_domain(row))]
        waiting = list(MatchKey.objects.filter(table="contact", key__in=keys).values_list("row", flat=True))
        for piece in pieces(waiting):
            self._place(_facts("contact", piece).values())


def _put_under(chosen: Mapping[int, int], *, now: datetime) -> None:
    """These contacts belong to these accounts, and so does what is theirs and nobody's; journaled one by one."""
    revision = Revision.next()
    moved: dict[int, dict[str, list[int]]] = {pk: {"contact.account": [pk]} for pk in chosen}
    by_account: dict[int, list[int]] = defaultdict(list)
    for pk, account in chosen.items():
        by_account[account].append(pk)
    for model in (Response, Invitation, Ticket):
        rows = model._default_manager.filter(contact__in=[*chosen], account=None)  # type: ignore[attr-defined]
        for pk, contact in rows.values_list("pk", "contact_id"):
            moved[contact].setdefault(f"{model._meta.model_name}.account", []).append(pk)
    for account, people in by_account.items():
        Contact.objects.filter(pk__in=people, account=None).update(account=account, revision=revision)
        for model in (Response, Invitation, Ticket):
            rows = model._default_manager.filter(contact__in=people, account=None)  # type: ignore[attr-defined]
            rows.update(account=account, revision=revision)
    Merge.objects.bulk_create(
        Merge(table="works", kept=account, gone=pk, reason="works_there", journal={"moved": moved[pk]}, at=now)
        for pk, account in chosen.items()
    )
    Event.publish_once(kind="mart.stale", now=now)


def _told_apart(chosen: Mapping[int, int]) -> set[int]:
    """Of these contacts those of whom a person said that they do not belong to that account."""
    rows = Match.objects.filter(table="works", left__in=[*chosen], state=MatchState.DIFFERENT)
    return {contact for contact, account in rows.values_list("left", "right") if chosen[contact] == account}


def _joined(table: str, kept: int, gone: int, decision: Decision, *, now: datetime) -> int:
    try:
        merging.merge(table=table, kept=kept, gone=gone, reason=decision.reason, now=now)
    except (NotFound, NotPossible):  # gone or erased meanwhile
        return 0
    return 1


# -- comparing ----------------------------------------------------------------------------------------------------


def _groups(table: str, keys: Collection[int]) -> list[set[int]]:
    """The rows that share each of these keys, where they are few."""
    found: dict[int, set[int]] = defaultdict(set)
    for piece in pieces(list(keys)):
        for key, row in MatchKey.objects.filter(table=table, key__in=piece).values_list("key", "row"):
            found[key].add(row)
    return [rows for rows in found.values() if 1 < len(rows) <= _MOST_ALIKE]


def _facts(table: str, rows: Collection[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for piece in pieces(list(rows)):
        if table == "contact":
            found.update(
                (row["pk"], row) for row in Contact.objects.filter(pk__in=piece, erased_at=None).values(*_OF_CONTACT)
            )
        else:
            found.update((row["pk"], row) for row in Account.objects.filter(pk__in=piece).values(*_OF_ACCOUNT))
    return found


def _said(table: str, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Pairs of which something was said already."""
    lefts = {left for left, _ in pairs}
    found: set[tuple[int, int]] = set()
    for piece in pieces(list(lefts)):
        found.update(Match.objects.filter(table=table, left__in=piece).values_list("left", "right"))
    return found


def _sources(table: str, pairs: Collection[Pair], known: Mapping[int, Mapping[str, Any]]) -> dict[int, set[str]]:
    """In which systems each of these rows is known."""
    found = {pk: {str(known[pk]["source"])} for left, right, _ in pairs for pk in (left, right)}
    for piece in pieces(list(found)):
        rows = Alias.objects.filter(table=table, row__in=piece).exclude(source__startswith="@")
        for pk, source in rows.values_list("row", "source"):
            found[pk].add(source)
    return found


def _alone(pairs: list[Pair], sources: Mapping[int, set[str]]) -> tuple[list[Pair], list[Pair]]:
    """Of certain pairs those in no other pair and of no system that keeps both apart. The others a person decides."""
    often: dict[int, int] = defaultdict(int)
    for left, right, _ in pairs:
        often[left] += 1
        often[right] += 1
    sure = [
        (left, right, decision)
        for left, right, decision in pairs
        if often[left] == often[right] == 1 and not sources[left] & sources[right]
    ]
    return sure, [pair for pair in pairs if pair not in sure]


def _decision(table: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Decision:
    if table == "contact":
        return identity.same_person(_person(one), _person(other))
    return identity.same_company(_company(one), _company(other))


def _keys(table: str, row: Mapping[str, Any]) -> Iterable[int]:
    return identity.keys_of_person(_person(row)) if table == "contact" else identity.keys_of_company(_company(row))


def _works(person: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    return identity.works_there(person["email"], _company(account)).verdict is Verdict.CERTAIN


def _person(row: Mapping[str, Any]) -> Person:
    return Person(name=row["name"], email=row["email"], phone=row["phone"], account=row["account_id"])


def _company(row: Mapping[str, Any]) -> Company:
    return Company(name=identity.called(row["name"], row["external_id"]), domain=row["domain"])


def _company_domain(row: Mapping[str, Any]) -> str:
    domain = identity.registrable(row["domain"])
    return "" if identity.is_public(domain) else domain


# -- how far -------------------------------------------------------------------------------------------------------


def _seen() -> dict[str, tuple[int, int]]:
    told = Preference.objects.filter(pk=_MARK).values_list("value", flat=True).first() or {}
    return {table: tuple(told.get(table, (0, 0))) for table in ("account", "contact")}  # type: ignore[misc]


def _remember(table: str, revision: int, pk: int) -> None:
    told = {**_seen(), table: (revision, pk)}
    Preference.objects.update_or_create(pk=_MARK, defaults={"value": told})
