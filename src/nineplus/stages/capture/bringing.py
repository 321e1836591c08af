"""Whom a program means: people by their id at the company, address or number, added when they are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from nineplus.stages.capture.contacts import keep_contact
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Account, Contact, Revision

_PORTION = 50
"""Brought in one transaction: short enough that an answer never waits for it noticeably."""


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
            revision = Revision.next()
            found += [_brought(one, revision=revision, now=now) for one in people[start : start + _PORTION]]
    return found


def bring_one(who: Who, *, now: datetime) -> Contact:
    """This person as a row. Raises NotPossible."""
    [found] = bring([who], now=now)
    if isinstance(found, str):
        raise NotPossible(found)
    return found


def named(who: Who) -> Contact | None:
    """The person that is there already by this id, address or number."""
    known = Contact.objects.filter(erased_at=None).order_by("pk")
    for name, value in (("external_id", who.external_id), ("email", who.email.strip().lower()), ("phone", who.phone)):
        if value and (found := known.filter(**{name: value}).first()):
            return found
    return None


def _brought(who: Who, *, revision: int, now: datetime) -> Contact | str:
    try:
        with transaction.atomic():
            return _kept(who, revision=revision, now=now)
    except NotPossible as problem:
        return str(problem)


def _kept(who: Who, *, revision: int, now: datetime) -> Contact:
    there = named(Who(external_id=who.external_id)) if who.external_id else None
    if there is None and not who.email and not who.phone:
        if who.external_id:
            raise NotFound("There is no person with this id. Give an address to add them.")
        raise NotPossible("Name the person by external_id, email or phone.")
    fresh = there is None and named(who) is None
    contact = keep_contact(
        pk=there.pk if there else None,
        email=who.email,
        phone=who.phone,
        name=who.name,
        language=who.language,
        attributes=who.attributes,
        now=now,
    )
    before = _parts(contact)
    if fresh and who.external_id:
        contact.external_id = who.external_id
    if who.account.strip():
        contact.account = _account(who.account.strip(), revision=revision, now=now)
    contact.time_zone = contact.time_zone if who.time_zone is None else who.time_zone
    contact.country = contact.country if who.country is None else who.country.upper()
    if _parts(contact) != before:
        contact.revision = revision
        contact.save()
    return contact


def _parts(contact: Contact) -> tuple[object, ...]:
    return contact.external_id, contact.account_id, contact.time_zone, contact.country


def _account(external_id: str, *, revision: int, now: datetime) -> Account:
    found = Account.objects.filter(external_id=external_id).order_by("pk").first()
    return found or Account.objects.create(
        source="api", external_id=external_id, name=external_id, created_at=now, revision=revision
    )
