"""Telling them: everyone who asked is written down first, then each gets one letter, and says whether it helped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from nineplus.rules.links import unseal
from nineplus.stages.act.changes import asking, keeping, letters, words
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Case, Change, ChangeNews, Contact, Event, Message, Sender, User
from nineplus.store.models.asking import MessageState
from nineplus.store.models.cases import CaseState
from nineplus.store.models.changes import ChangeState

KIND = "change.tell"
_PORTION = 100
_LONGEST = 2_000
REASONS = personal.REASONS


def begin(pk: int, *, by: User | None, now: datetime) -> int:
    """Tell everyone who asked; the worker writes the letters. How many are on the list.

    Raises NotFound; Conflict when it is told already; NotPossible when nothing can be sent or nobody asked.
    """
    sender = personal.sending()
    change = keeping.one(pk)
    askers = asking.who(change.theme, tone=change.tone, filter=keeping.filter_of(change), now=now)
    against = refused([one.contact for one in askers], sender=sender)
    if len(askers) == len(against):
        raise NotPossible("Nobody who asked for it can be written to.")
    with transaction.atomic():
        change = keeping.one(pk, hold=True)
        if change.state != ChangeState.DRAFT:
            raise Conflict("Customers are being told of this change already.")
        ChangeNews.objects.bulk_create(
            [
                ChangeNews(
                    change=change,
                    contact=one.contact,
                    response_id=one.response,
                    digest=suppression.digest_of("email", one.contact.email or f"#{one.contact.pk}"),
                    said=one.said,
                    refused=against.get(one.contact.pk, ""),
                )
                for one in askers
            ],
            batch_size=500,
        )
        change.state, change.told_by, change.told_at = ChangeState.TELLING, by, now
        change.save(update_fields=["state", "told_by", "told_at"])
        Event.publish(kind=KIND, data={"change": change.pk}, now=now)
    return len(askers)


def refused(people: Sequence[Contact], *, sender: Sender | None) -> dict[int, str]:
    """Who gets no letter, and why: also whoever waits for an answer of ours, as news of something else would hurt."""
    waiting = Case.objects.filter(contact__in=[one.pk for one in people]).exclude(state=CaseState.CLOSED)
    found = dict.fromkeys(waiting.values_list("contact", flat=True), "open_case")
    return found | personal.refused(people, sender=sender)


def write_letters(pk: int, *, now: datetime, stopping: Callable[[], bool]) -> bool:
    """Write the letters that are not written yet. Is all done? Safe to repeat: an address gets one letter."""
    while not stopping():
        change = keeping.one(pk)
        rows = list(
            ChangeNews.objects.select_related("contact")
            .filter(change=change, refused="", message=None)
            .order_by("pk")[:_PORTION]
        )
        if change.state != ChangeState.TELLING:
            return True
        if not rows:
            Change.objects.filter(pk=pk, state=ChangeState.TELLING).update(state=ChangeState.TOLD)
            return True
        try:
            _write(change, rows, now=now)
        except NotPossible as reason:  # no sender any more: it is shown, and somebody lets it go on
            Change.objects.filter(pk=pk).update(fault=str(reason)[:500])
            raise
    return False


def go_on(pk: int, *, now: datetime) -> None:
    """Write the rest of the letters, after what was in the way is mended. Raises NotFound, Conflict."""
    with transaction.atomic():
        change = keeping.one(pk, hold=True)
        if change.state != ChangeState.TELLING or not change.fault:
            raise Conflict("There is nothing in the way.")
        change.fault = ""
        change.save(update_fields=["fault"])
        Event.publish(kind=KIND, data={"change": pk}, now=now)


def stop(pk: int, *, now: datetime) -> int:
    """Write to nobody more; letters that wait to be sent are not. How many that were. Raises NotFound, Conflict."""
    with transaction.atomic():
        change = keeping.one(pk, hold=True)
        waiting = Message.objects.filter(news__change=change, state=MessageState.WAITING, claimed_until=None)
        if change.state not in (ChangeState.TELLING, ChangeState.TOLD) or (
            change.state == ChangeState.TOLD and not waiting.exists()
        ):
            raise Conflict("There is nothing left to stop.")
        count = waiting.update(state=MessageState.DROPPED, error="stopped")
        count += ChangeNews.objects.filter(change=change, refused="", message=None).count()
        change.state = ChangeState.STOPPED
        change.save(update_fields=["state"])
    return count


# -- the customer's page ------------------------------------------------------------------------------------------


def news_of(token: str) -> ChangeNews | None:
    """What that link is about; None when it is not genuine. Writes nothing."""
    link = unseal(token, purpose="news", key=links_key())
    if link is None or link.number >= 2**63:
        return None
    return ChangeNews.objects.select_related("change", "contact").filter(pk=link.number).first()


def answer(token: str, *, helped: str, comment: str | None = None, now: datetime) -> ChangeNews | None:
    """Keep whether it helped; the latest word holds. None as for `news_of`. Raises NotPossible."""
    if helped not in letters.WAYS:
        raise NotPossible("Choose one of the answers.")
    found = news_of(token)
    if found is None:
        return None
    found.helped, found.helped_at = helped, now
    if comment is not None and found.contact.erased_at is None:  # of whoever was erased no words are kept
        found.comment = comment.replace("\x00", "").strip()[:_LONGEST]
    found.save(update_fields=["helped", "helped_at", "comment"])
    return found


def language_of(news: ChangeNews) -> str:
    """The language in which they were told."""
    return words.chosen(news.change.words, language=news.change.language, reads=news.contact.language)[0]


# -- small --------------------------------------------------------------------------------------------------------


def _write(change: Change, rows: Sequence[ChangeNews], *, now: datetime) -> None:
    sender = personal.sending()
    against = refused([row.contact for row in rows], sender=sender)
    for row in rows:
        if reason := against.get(row.contact.pk):  # since they were put on the list
            ChangeNews.objects.filter(pk=row.pk).update(refused=reason)
            continue
        letter = letters.letter(
            change.words,
            change.language,
            reads=row.contact.language,
            name=row.contact.name,
            said=row.said,
            links=letters.links_of(row.pk),
        )
        with transaction.atomic():
            if keeping.one(change.pk, hold=True).state != ChangeState.TELLING:
                return  # somebody stopped it meanwhile
            message = personal.write(row.contact, letter, key=f"change-{row.pk}", sender=sender, now=now)
            ChangeNews.objects.filter(pk=row.pk).update(message=message)
