"""Asking customers into a programme: each once, by a personal letter with the link to their own page."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from nineplus.languages import choose
from nineplus.rules import advocates
from nineplus.rules.links import seal
from nineplus.stages.act.advocates import choosing, limits, programmes, words
from nineplus.stages.act.changes.words import chosen, filled
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Act, ActEntry, Advocate, Contact, Event, Programme, User
from nineplus.store.models.advocates import ActStage
from nineplus.store.models.asking import MessageState

KIND = "programme.ask"
_PORTION = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be asked now, and who not, by reason (REASONS). `trouble`: why nothing can be sent at all."""

    reached: int
    refused: dict[str, int]
    trouble: str = ""


NOT_SENT = "not_sent"
REASONS = {**personal.REASONS, **advocates.REASONS, NOT_SENT: "The letter to them could not be sent."}
_NOT_SENT_IN = (MessageState.DROPPED, MessageState.FAILED)


def preview(programme: Programme, *, now: datetime) -> Preview:
    """Who would be asked now; writes nothing."""
    found = choosing.chosen(programme, now=now)
    trouble, sender = "", None
    try:
        sender = personal.sending()
    except NotPossible as reason:
        trouble = str(reason)
    refused = choosing.refused(found.asked, sender=sender)
    counted = Counter(found.against.values()) + Counter(refused.values())
    return Preview(len(found.asked) - len(refused), dict(sorted(counted.items())), trouble)


def begin(pk: int, *, now: datetime) -> None:
    """Ask everyone it is for; the worker writes the letters. Raises NotFound, Conflict when off, NotPossible."""
    programme = programmes.one(pk)
    if not programme.on:
        raise Conflict("Switch the programme on first.")
    personal.sending()
    with transaction.atomic():
        Event.publish(kind=KIND, data={"programme": pk}, now=now)


def write_letters(pk: int, *, now: datetime, stopping: Callable[[], bool]) -> bool:
    """Ask whoever is to be asked now. Is all done? Safe to repeat: nobody is asked twice."""
    programme = programmes.one(pk)
    sender = personal.sending()
    found = choosing.chosen(programme, now=now).asked  # who is not, by the terms, may be asked another day
    refused = choosing.refused(found, sender=sender)
    for start in range(0, len(found), _PORTION):
        people = Contact.objects.select_related("account").in_bulk(found[start : start + _PORTION])
        if not Programme.objects.filter(pk=pk, on=True).exists():
            return True
        for one in people.values():
            if stopping():
                return False
            if one.pk in refused:
                _skip(programme, one, why=refused[one.pk], now=now)
                continue
            # Meanwhile they took on their last of this quarter, were asked by another programme, or want no letters.
            with suppress(Conflict, NotPossible):
                ask(programme, one, by=None, now=now)
    return True


def unsent() -> QuerySet[Act]:
    """Who counts as asked, and whose letter was kept back just before it was sent, or could not be sent."""
    return Act.objects.filter(stage=ActStage.ASKED, message__state__in=_NOT_SENT_IN)


def take_back_unsent(*, now: datetime) -> int:
    """Whoever got no letter was not asked: they are so again when nothing speaks against it. How many there were."""
    with transaction.atomic():
        acts = list(unsent().select_related("message").select_for_update(of=("self",)))
        for act in acts:
            assert act.message is not None
            Act.objects.filter(programme=act.programme_id, contact=act.contact_id, stage=ActStage.SKIPPED).delete()
            act.why = act.message.error if act.message.error in REASONS else NOT_SENT
            act.stage, act.slot, act.changed_at = ActStage.SKIPPED, "", now
            act.save(update_fields=["why", "stage", "slot", "changed_at"])
            ActEntry.objects.create(act=act, at=now, by=None, stage=act.stage, text=REASONS[act.why])
    return len(acts)


def _skip(programme: Programme, contact: Contact, *, why: str, now: datetime) -> None:
    skipped = Act.objects.filter(programme=programme, contact=contact, stage=ActStage.SKIPPED)
    if not skipped.update(why=why, changed_at=now):
        Act.objects.create(
            programme=programme,
            contact=contact,
            account=contact.account,
            stage=ActStage.SKIPPED,
            why=why,
            asked_at=now,
            changed_at=now,
        )


def ask(programme: Programme, contact: Contact, *, by: User | None, now: datetime) -> Act | None:
    """One letter to this person; None when they are asked already. Raises NotPossible; Conflict at the limit,
    and right after another programme.
    """
    advocate = advocate_of(contact, now=now)
    try:
        with transaction.atomic():
            Contact.objects.select_for_update().get(pk=contact.pk)
            if choosing.wants_no_part(contact.pk):  # said so meanwhile
                return None
            limits.check(contact, kind=programme.kind, now=now)
            if choosing.rests(programme, contact.pk, now=now):  # two programmes that ask at once
                raise Conflict(advocates.REASONS["resting"])
            act = Act.objects.create(
                programme=programme,
                contact=contact,
                account=contact.account,
                owner=programme.owner,
                slot=f"{programme.pk}-{contact.pk}",
                asked_at=now,
                changed_at=now,
            )
            ActEntry.objects.create(act=act, at=now, by=by, stage=act.stage)
            act.message = personal.write(
                contact,
                letter(programme, name=contact.name, reads=contact.language, page=page_link(advocate)),
                key=f"act-{act.pk}",
                now=now,
            )
            act.save(update_fields=["message"])
    except IntegrityError:
        return None
    return act


def letter(programme: Programme, *, name: str, reads: str, page: str) -> personal.Words:
    """What somebody of that name gets who reads `reads`; `page`: the address of their own page.

    The text is in the language nearest to theirs that somebody wrote it in; what we add, in their own if we know it.
    """
    language, said = chosen(programme.words, language=programme.language, reads=reads)
    values = {"name": name.strip(), "company": preferences().company, "said": ""}
    ours = choose(survey=language, offered=words.LANGUAGES, contact=reads)
    say = words.said(ours)
    return personal.Words(
        subject=filled(said.subject, values),
        text=filled(said.text, values),
        links=((say["answer"], page),),
        why=say["why"],
        language=language,
        reads=ours,
    )


def advocate_of(contact: Contact, *, now: datetime) -> Advocate:
    """That customer as an advocate, made when new; of records that were joined the oldest."""
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        found = Advocate.objects.filter(contact=contact).order_by("pk").first()
        return found or Advocate.objects.create(contact=contact, code=secrets.token_urlsafe(9), created_at=now)


def page_link(advocate: Advocate) -> str:
    """The address of their own page: whoever has it needs no password."""
    return f"{addresses.base()}/p/{seal(number=advocate.pk, purpose='advocate', key=links_key())}/"


def referral_link(advocate: Advocate) -> str:
    """The address that they give to others."""
    return f"{addresses.base()}/r/{advocate.code}/"
