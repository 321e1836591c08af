"""Erasing a person: whatever tells who they were goes, what they counted for stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from nineplus.stages.capture.people import advocacy, gone, known, suppression
from nineplus.store.models import (
    Alert,
    Case,
    CaseAnswer,
    CaseEntry,
    CaseMail,
    CaseStep,
    ChangeNews,
    ChatPost,
    CommentReading,
    Contact,
    Event,
    FeedCall,
    ImportChange,
    ImportRow,
    Invitation,
    Lead,
    Membership,
    Mention,
    Message,
    Outbound,
    Raised,
    Response,
    Revision,
    WorkflowRun,
    WorkflowStep,
)
from nineplus.store.models import Suppression as Suppressed
from nineplus.store.models.asking import MessageKind, MessageState, SuppressionReason
from nineplus.store.models.capture import Fate
from nineplus.store.models.chat import PlaceKind, PostState
from nineplus.store.models.connections import OutboundState

_ERASED = "The person it was about was erased."
_TELLS = 3
"""Characters of a name from which finding it in a line means that the line is about its bearer."""


def erase(*, contact: int, now: datetime) -> None:
    """Erase this person: name, addresses, attributes, comments, answers in own words, what they sent. Safe to repeat.

    Scores and days stay, with the attributes of the account. Their addresses and ids stay known by digest, so that
    nobody writes there, and nothing of them is kept, when the person is brought in again.
    """
    with transaction.atomic():
        revision = Revision.next()
        held = Contact.objects.select_for_update(of=("self",)).select_related("account")
        person = held.filter(pk=contact).first()  # whoever asks, rewards or moves something of theirs waits here
        if person is None or person.erased_at:
            return
        for name, address in (("email", person.email), ("phone", person.phone), *known.addresses_of(person.pk)):
            if address:
                _forget_address("sms" if name == "phone" else name, address, now=now)
        _forget_asks(person, revision=revision, now=now)
        _forget_answers(person, revision=revision, now=now)
        _forget_cases(person)
        Membership.objects.filter(contact=person).delete()
        _forget_writing(person, now=now)
        ids = [(person.source, person.external_id), *known.ids_of(person.pk)]
        ImportChange.objects.filter(table="contact", row__in=known.forget(person.pk)).delete()
        gone.remember(person.pk, ids, now=now)
        answers = Response.objects.filter(contact=person).values("pk")
        ImportChange.objects.filter(table="response", row__in=answers).delete()
        person.external_id = f"erased-{person.pk}"
        person.name = person.email = person.phone = person.language = person.time_zone = ""
        person.attributes = {}
        person.erased_at, person.revision = now, revision
        person.save()
        Event.publish(kind="mart.stale", now=now)


def _forget_address(medium: str, address: str, *, now: datetime) -> None:
    suppression.suppress(medium=medium, address=address, reason=SuppressionReason.ERASED, now=now, keep_address=False)
    digest = suppression.digest_of(medium, address)
    Suppressed.objects.filter(medium=medium, digest=digest).update(address="", detail="")
    Lead.objects.filter(digest=digest).update(name="", email="", company="", why="")
    FeedCall.objects.filter(body__icontains=address).delete()
    naming = ImportRow.objects.annotate(text=Cast("row", TextField())).filter(
        Q(text__icontains=address) | Q(reason__icontains=address)
    )
    naming.update(row={}, column="", code="erased", reason=_ERASED)


def _forget_writing(person: Contact, *, now: datetime) -> None:
    """What was or is to be written to other systems: their words are taken back from records that are not theirs."""
    mine = Outbound.objects.filter(response__in=Response.objects.filter(contact=person).values("pk"))
    for row in mine.filter(what="properties").exclude(object="contacts"):
        mine.filter(pk=row.pk).update(
            values={**row.values, "comment": ""}, state=OutboundState.WAITING, due_at=now, attempts=0, error=""
        )
    mine.exclude(what="properties", object__in=("accounts", "tickets")).delete()
    for source, key in ((person.source, person.external_id), *known.ids_of(person.pk)):
        Outbound.objects.filter(connection__source=source, object="contacts", target=key).delete()


def _forget_asks(person: Contact, *, revision: int, now: datetime) -> None:
    asks = Invitation.objects.filter(contact=person)
    messages = Message.objects.filter(invitation__in=asks)
    messages.filter(state=MessageState.WAITING, claimed_until=None).update(state=MessageState.DROPPED, error="erased")
    messages.update(address="", body={})  # whoever has one in hand looks the person up again, or has written it already
    letters = Message.objects.filter(letter__contact=person)
    letters.filter(state=MessageState.WAITING, claimed_until=None).update(state=MessageState.DROPPED, error="erased")
    letters.update(address="", body={})
    ChangeNews.objects.filter(contact=person).update(said="", comment="")
    advocacy.forget(person, now=now)
    asks.filter(fate=Fate.PLANNED).update(fate=Fate.SKIPPED, reason="erased", revision=revision)
    asks.update(attributes={}, revision=revision)
    for ask in asks.filter(signals__has_key="words"):  # a greeting that a program wrote for this one person
        ask.signals = {name: value for name, value in ask.signals.items() if name != "words"}
        ask.save(update_fields=["signals"])


def _forget_cases(person: Contact) -> None:
    """What was written about and with the person in following up goes; that it happened, and when, stays.

    Theirs are the cases of theirs, and those that only their answers are behind. In a case of others too, the letters
    from and to them go.
    """
    told = CaseAnswer.objects.filter(response__contact=person).values("case")
    by_others = CaseAnswer.objects.filter(response__contact__isnull=False).exclude(response__contact=person)
    theirs = Q(contact=person) | (Q(pk__in=told) & ~Q(pk__in=by_others.values("case")))
    # what became one with it lies there still
    cases = Case.objects.filter(theirs | Q(merged_into__in=Case.objects.filter(theirs)))
    _forget_letters(CaseMail.objects.filter(case__in=cases))
    if person.email:
        _forget_letters(CaseMail.objects.filter(address__iexact=person.email))
    CaseEntry.objects.filter(case__in=cases).exclude(text="").update(text="")
    CaseStep.objects.filter(taken_up__case__in=cases).exclude(note="").update(note="")
    runs = WorkflowRun.objects.filter(Q(contact=person) | Q(response__contact=person) | Q(case__in=cases))
    WorkflowStep.objects.filter(run__in=runs).exclude(says="").update(says="")
    runs.update(why=[_ERASED])
    cases.update(about="", promise="")
    letters = Message.objects.filter(kind=MessageKind.REPLY, case_mail=None)  # to colleagues
    _forget_written(letters.filter(pk__in=_naming(person, letters, "body__subject", "body__text")))
    for run in list(runs.values_list("pk", flat=True)):
        _forget_written(letters.filter(key__startswith=f"rule-{run}-"))
    Alert.objects.filter(pk__in=_naming(person, Alert.objects.all(), "title")).update(title=_ERASED)
    theirs_too = _naming(person, Raised.objects.all(), "title", "detail")
    raised = Raised.objects.filter(Q(contact=person) | Q(pk__in=theirs_too))
    for title in set(raised.values_list("title", flat=True)) - {_ERASED}:  # it may hold what they wrote
        _forget_written(letters.filter(key__startswith="alert-", body__text__icontains=title))
    told_by = Alert.objects.filter(raised__in=raised).values_list("user", "pk")
    _forget_written(letters.filter(key__in=[f"alert-{user}-{pk}" for user, pk in told_by]))
    _forget_written(letters.filter(alerts__raised__in=raised))
    Alert.objects.filter(raised__in=raised).update(title=_ERASED)
    _tell_the_rest()
    of_alerts = Q(what="alert", about__raised__in=list(raised.values_list("pk", flat=True)))
    posts = ChatPost.objects.filter(Q(contact=person) | Q(case__in=cases) | of_alerts)
    posts.filter(state=PostState.WAITING).exclude(what="case").update(state=PostState.DROPPED, error="erased")
    posts.exclude(what__in=("case", "alert")).update(about={})
    there = ~Q(ts="") | Q(state=PostState.SENDING, place__kind=PlaceKind.SLACK)
    posts.filter(there).update(stale=True)  # what stands in a channel, or soon will, is written anew
    raised.update(title=_ERASED, detail="", contact=None)


def _tell_the_rest() -> None:
    """What stood of others in a letter to a colleague that does not go any more waits for another letter."""
    rest = Alert.objects.filter(letter__state=MessageState.DROPPED, letter__error="erased").exclude(title=_ERASED)
    of = list(rest.values_list("letter", flat=True).distinct())
    rest.update(mailed_at=None, letter=None)
    # the next letter may begin with the same alert, by which it is called
    Message.objects.filter(pk__in=of).update(key=Concat("key", Value("-"), Cast("pk", CharField())))


def _naming(person: Contact, rows: QuerySet[Any], *fields: str) -> list[int]:
    """Those of these rows (ids) in which their name or address stands as a word: Ann is not in planning."""
    found: list[int] = []
    for value in (person.name, person.email):
        if len(value) < _TELLS:
            continue
        word = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        holding = Q()
        for field in fields:
            holding |= Q(**{f"{field}__icontains": value})
        told = rows.filter(holding).values_list("pk", *fields)
        found += [pk for pk, *texts in told if any(word.search(text or "") for text in texts)]
    return found


def _forget_written(letters: QuerySet[Message]) -> None:
    letters.filter(state=MessageState.WAITING, claimed_until=None).update(state=MessageState.DROPPED, error="erased")
    letters.update(address="", body={})


def _forget_letters(mails: QuerySet[CaseMail]) -> None:
    _forget_written(Message.objects.filter(case_mail__in=mails))
    found = list(mails.values_list("pk", "came"))
    for pk, came in found:  # the name of a letter tells from where it came
        known_as = f"erased-{pk}" if came else ""
        CaseMail.objects.filter(pk=pk).update(came=known_as, address="", subject="", text="", attachments=[])


def _forget_answers(person: Contact, *, revision: int, now: datetime) -> None:
    answers = list(Response.objects.select_related("account").filter(contact=person))
    for answer in answers:
        of_account = answer.account.attributes if answer.account else {}
        answer.comment = answer.comment_raw = ""
        answer.raw, answer.notes, answer.extras, answer.tags = None, None, {}, []
        answer.consent_contact = answer.consent_quote = None
        answer.attributes = {slug: text for slug, text in answer.attributes.items() if slug in of_account}
        answer.revision, answer.changed_at = revision, now
        answer.save()
    _forget_readings(answers)


def _forget_readings(answers: Sequence[Response]) -> None:
    """What comments speak of goes, with the words it rests on. Readings by which anything is shown or soon will be stay
    empty, known by the comment that is gone: then they are read anew, and the vectors go.
    """
    readings = CommentReading.objects.filter(response__in=answers)
    readings.exclude(Q(version__current=True) | Q(version__state__in=("waiting", "running"))).delete()
    Mention.objects.filter(reading__in=readings).delete()
    readings.update(clauses=[])
