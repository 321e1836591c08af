"""People as programs bring them: added or changed by their address, listed, asked, and not asked after all."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from nineplus.rules import addresses
from nineplus.stages.capture.answering.answers import changed_attributes
from nineplus.stages.capture.people import known as merged_before
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Contact, Event, Invitation, Message, Response, Revision, Survey
from nineplus.store.models.asking import MessageState
from nineplus.store.models.capture import Fate

SOURCE = "api"


@dataclass(frozen=True, slots=True)
class Times:
    """When a survey last wrote to a person, heard of them, and writes again."""

    sent: datetime | None = None
    answered: datetime | None = None
    due: datetime | None = None


def keep_contact(
    *,
    pk: int | None = None,
    email: str = "",
    phone: str = "",
    name: str | None = None,
    language: str | None = None,
    attributes: Mapping[str, str | None] | None = None,
    now: datetime,
) -> Contact:
    """Add the person of this id, address or number, or change what is said of them. None leaves a part as it is.

    An attribute of None is taken away. Raises NotFound for an id that nobody has, NotPossible without any address or
    with one that is none.
    """
    email, phone = _kept(email, addresses.email_address), _kept(phone, addresses.telephone_number)
    with transaction.atomic():
        revision = Revision.next()  # before looking: two that bring the same person wait for each other
        contact = _found(pk, email=email, phone=phone)
        if contact is None:
            if not email and not phone:
                raise NotPossible("Give an e-mail address or a telephone number.")
            contact = Contact(source=SOURCE, external_id=free_id(email or phone), created_at=now)
        before = _parts(contact)
        old = {address for _, address in merged_before.addresses_of(contact.pk)} if contact.pk else set()
        contact.email = contact.email if email in old else email or contact.email
        contact.phone = contact.phone if phone in old else phone or contact.phone
        contact.name = contact.name if name is None else name
        contact.language = contact.language if language is None else language
        contact.attributes = changed_attributes(contact.attributes, attributes or {}, now=now)
        if contact.pk is None or _parts(contact) != before:
            contact.revision = revision
            contact.save()
    return contact


def contact_of(*, pk: int | None = None, email: str = "", phone: str = "", known_to: int | None = None) -> Contact:
    """The person of this id, address or number; with `known_to`, a survey, only one it knows. Raises NotFound."""
    try:
        email, phone = _kept(email, addresses.email_address), _kept(phone, addresses.telephone_number)
        found = _found(pk, email=email, phone=phone)
    except NotFound:
        raise
    except NotPossible:
        found = None
    if found is None or (known_to and not _known(known_to).filter(pk=found.pk).exists()):
        raise NotFound("There is no such person.")
    return found


def contacts(
    *,
    after: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
    email: str = "",
    phone: str = "",
    known_to: int | None = None,
    limit: int,
) -> list[Contact]:
    """Everyone who is not erased, by id from `after` on; `since` and `until` are about when they became known.

    With `known_to`, a survey: those it asked or heard of, and those whom a program brought and no survey asked.
    """
    rows = _known(known_to).filter(pk__gt=after, erased_at=None).order_by("pk")
    if since:
        rows = rows.filter(created_at__gte=since)
    if until:
        rows = rows.filter(Q(created_at__lte=until) | Q(created_at=None))
    if email or phone:
        try:
            rows = rows.filter(pk=contact_of(email=email, phone=phone).pk)
        except NotFound:
            return []
    return list(rows[:limit])


def _known(survey: int | None) -> QuerySet[Contact]:
    if survey is None:
        return Contact.objects.all()
    asks, answers = Invitation.objects.filter(contact=OuterRef("pk")), Response.objects.filter(contact=OuterRef("pk"))
    mine = Exists(asks.filter(survey=survey)) | Exists(answers.filter(survey=survey))
    brought = Q(source=SOURCE) & ~Exists(asks) & ~Exists(answers)
    return Contact.objects.filter(mine | brought)


def times_of(contacts: Iterable[int], *, survey: int) -> dict[int, Times]:
    """What that survey had and has to do with each of these people."""
    ids = list(contacts)
    invited = Invitation.objects.filter(survey=survey, contact__in=ids).order_by()
    sent = dict(invited.values_list("contact").annotate(at=Max("sent_at")))
    due = dict(invited.filter(fate=Fate.PLANNED).values_list("contact").annotate(at=Min("due_at")))
    answers = Response.objects.filter(survey=survey, contact__in=ids).order_by()
    answered = dict(answers.values_list("contact").annotate(at=Max("answered_at")))
    return {pk: Times(sent.get(pk), answered.get(pk), due.get(pk)) for pk in ids}


def sent_elsewhere(*, survey: Survey, contact: Contact, at: datetime, now: datetime) -> None:
    """Another system asked this person then: the rests between two surveys count from there. Safe to repeat."""
    if at > now:
        raise NotPossible("The time of the last survey lies in the future.")
    with transaction.atomic():
        Invitation.objects.get_or_create(
            source="elsewhere",
            external_id=f"{survey.pk}/{contact.pk}/{at.isoformat()}",
            defaults={
                "revision": Revision.next(),
                "survey": survey,
                "contact": contact,
                "account_id": contact.account_id,
                "channel": "email" if contact.email else "sms",
                "fate": Fate.SENT,
                "sent_at": at,
            },
        )


def not_asked(*, survey: Survey, contact: Contact, reason: str, now: datetime) -> None:
    """Keep that somebody was to be asked and is not, with the reason (rules.asking.REASONS)."""
    with transaction.atomic():
        Invitation.objects.create(
            source="nineplus",
            external_id=f"{survey.pk}/api:{uuid.uuid4().hex}:{contact.pk}",
            revision=Revision.next(),
            survey=survey,
            contact=contact,
            account_id=contact.account_id,
            fate=Fate.SKIPPED,
            reason=reason,
        )
        Event.publish(kind="mart.stale", now=now)


def withdraw(*, survey: Survey, contact: Contact, now: datetime) -> int:
    """Take back what is planned and not yet sent to this person; how many asks that were.

    What a worker has in hand goes. The asks stay as skips with the reason `withdrawn`.
    """
    with transaction.atomic():
        revision = Revision.next()
        planned = Invitation.objects.filter(survey=survey, contact=contact, fate=Fate.PLANNED)
        waiting = Message.objects.filter(invitation__in=planned, state=MessageState.WAITING)
        free = waiting.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
        asks = list(free.values_list("invitation_id", flat=True))
        free.update(state=MessageState.DROPPED, error="withdrawn")
        Invitation.objects.filter(pk__in=asks).update(fate=Fate.SKIPPED, reason="withdrawn", revision=revision)
        if asks:
            Event.publish(kind="mart.stale", now=now)
    return len(asks)


def _found(pk: int | None, *, email: str, phone: str) -> Contact | None:
    known = Contact.objects.filter(erased_at=None).order_by("pk")
    if pk is not None:
        found = known.filter(pk=pk).first() if 0 < pk < 2**63 else None
        if found is None:
            raise NotFound("There is no such person.")
        return found
    if email and (found := known.filter(email=email).first()):
        return found
    if phone and (found := known.filter(phone=phone).first()):
        return found
    once = merged_before.by_address("email", [email]) or merged_before.by_address("phone", [phone])
    return known.filter(pk__in=once.values()).first() if once else None


def _kept(text: str, form) -> str:  # type: ignore[no-untyped-def]
    try:
        return form(text) if text.strip() else ""
    except ValueError as problem:
        raise NotPossible(str(problem)) from None


def free_id(wanted: str, *, promised: Collection[str] = ()) -> str:
    """An external id for a new person: the one wanted, unless one who was there before them has it.

    `promised` are those of people who are about to be added.
    """
    names = (wanted[:190] if number == 1 else f"{wanted[:190]} {number}" for number in count(1))
    mine = Contact.objects.filter(source=SOURCE)
    return next(name for name in names if name not in promised and not mine.filter(external_id=name).exists())


def _parts(contact: Contact) -> tuple[object, ...]:
    return contact.email, contact.phone, contact.name, contact.language, dict(contact.attributes)
