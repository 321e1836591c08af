"""Whom a program means: people by their id at the company, address or number, added when they are new.

Many at once, with a few queries for each portion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from nineplus.rules import addresses
from nineplus.stages.capture.answering.answers import attribute_slug, defined
from nineplus.stages.capture.asking.contacts import SOURCE, free_id
from nineplus.stages.capture.people import gone, known
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Account, Contact, Revision

_PORTION = 200
"""Brought in one transaction: short enough that an answer never waits for it noticeably."""
_FIELDS = (
    "external_id",
    "account",
    "email",
    "phone",
    "name",
    "language",
    "time_zone",
    "country",
    "attributes",
    "revision",
)


@dataclass(frozen=True, slots=True)
class Who:
    """One person as a program names them: by `external_id`, `email` or `phone`. None leaves a part as it is.

    `account` is the account's id at the company; `attributes` are the person's, one of None is taken away.
    """

    external_id: str = ""
    email: str = ""
    phone: str = ""
    name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    country: str | None = None
    account: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict)


def bring(people: Sequence[Who], *, now: datetime) -> list[Contact | str]:
    """Each of these people as a row, or the sentence why they cannot be used. Safe to repeat."""
    found: list[Contact | str] = []
    for start in range(0, len(people), _PORTION):
        with transaction.atomic():
            revision = Revision.next()  # before looking: two that bring the same person wait for each other
            found += _Portion(people[start : start + _PORTION], revision=revision, now=now).brought()
    return found


def bring_one(who: Who, *, now: datetime) -> Contact:
    """This person as a row. Raises NotPossible."""
    [found] = bring([who], now=now)
    if isinstance(found, str):
        raise NotPossible(found)
    return found


class _Portion:
    """People of one transaction. Somebody who is named twice is one row."""

    def __init__(self, people: Sequence[Who], *, revision: int, now: datetime) -> None:
        self.revision, self.now = revision, now
        self.people = [_kept(who) for who in people]
        good = [who for who in self.people if isinstance(who, Who)]
        named = {name: value for who in good for name, value in who.attributes.items() if value is not None}
        defined(named, now=now)
        self.accounts = self._accounts({who.account for who in good if who.account})
        self.by_id = _known("external_id", (who.external_id for who in good))
        self.erased = gone.among(who.external_id for who in good if who.external_id not in self.by_id)
        self.by_email = _known("email", (who.email for who in good))
        self.by_phone = _known("phone", (who.phone for who in good))
        found = [(address, contact) for index in (self.by_email, self.by_phone) for address, contact in index.items()]
        self.old = {address for address, contact in found if address not in (contact.email, contact.phone)}
        wanted = [_wanted(who) for who in good]
        there = Contact.objects.filter(source=SOURCE, external_id__in=wanted)
        self.taken = set(there.values_list("external_id", flat=True))
        self.new: list[Contact] = []
        self.changed: dict[int, Contact] = {}

    def brought(self) -> list[Contact | str]:
        found = [self._one(who) if isinstance(who, Who) else who for who in self.people]
        Contact.objects.bulk_create(self.new)
        Contact.objects.bulk_update(self.changed.values(), _FIELDS, batch_size=_PORTION)
        return found

    def _one(self, who: Who) -> Contact | str:
        contact = self.by_id.get(who.external_id) or self.by_email.get(who.email) or self.by_phone.get(who.phone)
        if contact is None and not who.email and not who.phone:
            if who.external_id:
                return "There is no person with this id. Give an address to add them."
            return "Name the person by external_id, email or phone."
        if contact is None and who.external_id in self.erased:
            return "The person with this id was erased here. Leave the id out to add them anew."
        before = None if contact is None else _parts(contact)
        if contact is None:
            external_id = _wanted(who)
            if external_id in self.taken:
                external_id = free_id(external_id, promised=self.taken)
            self.taken.add(external_id)
            contact = Contact(source=SOURCE, external_id=external_id, created_at=self.now)
            self.new.append(contact)
        self._tell(contact, who)
        if before is None or before != _parts(contact):
            contact.revision = self.revision
            if contact.pk:
                self.changed[contact.pk] = contact
        for index, name in ((self.by_id, who.external_id), (self.by_email, who.email), (self.by_phone, who.phone)):
            if name:
                index.setdefault(name, contact)
        return contact

    def _tell(self, contact: Contact, who: Who) -> None:
        """Put what is said of them on the row."""
        if who.email not in self.old:  # what they were known by before a merge says nothing new
            contact.email = who.email or contact.email
        if who.phone not in self.old:
            contact.phone = who.phone or contact.phone
        contact.account = self.accounts.get(who.account, contact.account)
        for name in ("name", "language", "time_zone", "country"):
            if (value := getattr(who, name)) is not None:
                setattr(contact, name, value)
        given = {attribute_slug(name): value for name, value in who.attributes.items()}
        merged = {**contact.attributes, **given}
        contact.attributes = {slug: value for slug, value in merged.items() if value is not None}

    def _accounts(self, names: set[str]) -> dict[str, Account]:
        found: dict[str, Account] = {}
        for row in Account.objects.filter(external_id__in=names).order_by("pk"):
            found.setdefault(row.external_id, row)
        new = [
            Account(source=SOURCE, external_id=name, name=name, created_at=self.now, revision=self.revision)
            for name in sorted(names - found.keys())
        ]
        return found | {row.external_id: row for row in Account.objects.bulk_create(new)}


def _kept(who: Who) -> Who | str:
    """With address and number as they are kept, or what is wrong with them."""
    try:
        return Who(
            external_id=who.external_id.strip(),
            email=_or_empty(who.email, addresses.email_address),
            phone=_or_empty(who.phone, addresses.telephone_number),
            name=who.name,
            language=who.language,
            time_zone=who.time_zone,
            country=who.country and who.country.upper(),
            account=who.account.strip(),
            attributes={name: value for name, value in who.attributes.items() if attribute_slug(name)},
        )
    except (ValueError, NotPossible) as problem:
        return str(problem)


def _wanted(who: Who) -> str:
    """The external id that this person gets when they are new."""
    return (who.external_id or who.email or who.phone)[:190]


def _or_empty(text: str, form: Callable[[str], str]) -> str:
    return form(text) if text.strip() else ""


def _known(name: str, values: Iterable[str]) -> dict[str, Contact]:
    """The people that are there already by this name of theirs, or once were; of several the first."""
    wanted = {value for value in values if value}
    people = Contact.objects.filter(erased_at=None).select_related("account").order_by("pk")
    found: dict[str, Contact] = {}
    for row in people.filter(**{f"{name}__in": wanted}):
        found.setdefault(getattr(row, name), row)
    left = wanted - found.keys()
    others = known.by_id(left) if name == "external_id" else known.by_address(name, left)
    rows = people.in_bulk(others.values()) if others else {}
    return found | {value: rows[pk] for value, pk in others.items() if pk in rows}


def _parts(contact: Contact) -> tuple[object, ...]:
    return (*(getattr(contact, name) for name in _FIELDS[2:8]), contact.account, dict(contact.attributes))
