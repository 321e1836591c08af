"""Asking customers into a programme: each once, by a personal letter with the link to their own page."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from nineplus.model.survey import Condition
from nineplus.rules import advocates, audiences
from nineplus.rules.links import seal
from nineplus.stages.act.advocates import programmes
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.act.changes.words import filled
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Act, ActEntry, Advocate, Case, Contact, Event, Programme, Response, User
from nineplus.store.models.advocates import ActStage

KIND = "programme.ask"
_PORTION = 100
_WHY = "You get this once, because you answered our survey."


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be asked now, and who not, by reason (REASONS). `trouble`: why nothing can be sent at all."""

    reached: int
    refused: dict[str, int]
    trouble: str = ""


REASONS = {**personal.REASONS, **advocates.REASONS}


def chosen(programme: Programme, *, now: datetime) -> tuple[list[Contact], dict[int, str]]:
    """Everyone of the audience who ever answered, and who of them is not asked now, with why (REASONS), by contact."""
    kind = KINDS[programme.kind]
    conditions = [Condition.model_validate(row) for row in programme.audience]
    types = programmes.types()
    last: dict[int, tuple[datetime, int]] = {}
    rows = Response.objects.filter(contact__isnull=False, score__isnull=False).order_by("answered_at", "pk")
    for contact, at, score in rows.values_list("contact", "answered_at", "score"):
        last[contact] = (at, score)
    people = [
        one
        for one in Contact.objects.select_related("account").filter(
            pk__in=Response.objects.filter(contact__isnull=False, score__isnull=False).values("contact")
        )
        if audiences.matches(conditions, {**(one.account.attributes if one.account else {}), **one.attributes}, types)
    ]
    asked: dict[int, list[datetime]] = {}
    here: set[int] = set()
    declined: dict[int, datetime] = {}
    acts = Act.objects.filter(contact__isnull=False).exclude(stage=ActStage.SKIPPED)
    for contact, of, stage, at, changed in acts.values_list("contact", "programme", "stage", "asked_at", "changed_at"):
        asked.setdefault(contact, []).append(at)
        if of == programme.pk and stage == ActStage.DECLINED:
            declined[contact] = changed
        elif of == programme.pk and (stage != ActStage.DONE or programme.kind != "reference"):
            here.add(contact)
    # Whoever complained has a case: to pass them over would be to choose by score.
    open_cases = (
        set(Case.objects.filter(closed_at=None).values_list("contact", flat=True))
        if (kind.may_choose_by_score)
        else set()
    )
    left = set(Advocate.objects.exclude(opted_out_at=None).values_list("contact", flat=True))
    terms = advocates.Terms(programme.least_score, programme.cool_off_days, programme.asks_in_90_days)
    against = {}
    for one in people:
        at, score = last[one.pk]
        known = advocates.Known(
            answered_at=at,
            score=score,
            open_case=one.pk in open_cases,
            opted_out=one.pk in left,
            here=one.pk in here,
            declined_at=declined.get(one.pk),
            asked=tuple(asked.get(one.pk, ())),
        )
        if reason := advocates.against(known, terms, now=now):
            against[one.pk] = reason
    return people, against


def preview(programme: Programme, *, now: datetime) -> Preview:
    """Who would be asked now; writes nothing."""
    people, against = chosen(programme, now=now)
    trouble, sender = "", None
    try:
        sender = personal.sending()
    except NotPossible as reason:
        trouble = str(reason)
    against = {**personal.refused(people, sender=sender), **against}
    counted = Counter(against.values())
    return Preview(len(people) - len(against), dict(sorted(counted.items())), trouble)


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
    people, against = chosen(programme, now=now)
    refused = personal.refused(people, sender=sender)
    for one in people:
        if stopping():
            return False
        if not Programme.objects.filter(pk=pk, on=True).exists():
            return True
        if one.pk in against:
            continue  # by the terms: told before asking, and they may be asked another day
        if one.pk in refused:
            skipped = Act.objects.filter(programme=programme, contact=one, stage=ActStage.SKIPPED)
            if not skipped.update(why=refused[one.pk], changed_at=now):
                Act.objects.create(
                    programme=programme,
                    contact=one,
                    account=one.account,
                    stage=ActStage.SKIPPED,
                    why=refused[one.pk],
                    asked_at=now,
                    changed_at=now,
                )
            continue
        ask(programme, one, by=None, now=now)
    return True


def ask(programme: Programme, contact: Contact, *, by: User | None, now: datetime) -> Act | None:
    """One letter to this person; None when somebody asked them at the same moment. Raises NotPossible."""
    advocate = advocate_of(contact, now=now)
    said = programme.words[programme.language]
    try:
        with transaction.atomic():
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
            values = {"name": contact.name.strip(), "company": preferences().company, "said": ""}
            act.message = personal.write(
                contact,
                personal.Words(
                    subject=filled(said["subject"], values),
                    text=filled(said["text"], values),
                    links=(("Answer here", page_link(advocate)),),
                    why=_WHY,
                ),
                key=f"act-{act.pk}",
                now=now,
            )
            act.save(update_fields=["message"])
    except IntegrityError:
        return None
    return act


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
