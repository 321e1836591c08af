"""The states of messages: waiting -> (claimed) -> sending -> sent, unsure, failed, dropped, or waiting again.

A claim is a lease on a message that still waits: whoever dies with it has not sent it, and it goes to another.
`sending` is written, durably, before a message is handed over: whoever dies with it may have sent it, so it becomes
`unsure` and only a person sends it again. Every step is guarded by the claim, so a worker that lost it changes nothing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from nineplus.channels import Sent
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Event, Invitation, Message, Revision, Sender
from nineplus.store.models.asking import MessageKind, MessageState, SuppressionReason
from nineplus.store.models.capture import Fate, SurveyState

MOST_ATTEMPTS = 12
_LONGEST_WAIT = 3600  # seconds
_FIRST_WAIT = 60
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message in hand: what of its invitation is written when it has gone."""

    message: int
    kind: str
    medium: str
    address: str
    attempts: int
    invitation: int | None = None
    survey: int | None = None
    version: int | None = None
    language: str = ""
    open_days: int = 30


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker took: what writing and addressing it needs."""

    pk: int
    invitation_id: int | None
    kind: str
    medium: str
    address: str
    key: str
    attempts: int
    body: Mapping[str, Any]


_CLAIMED = tuple(Claimed.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one message: `sent`, or a state with the error that is kept. `due_at`: when it is tried again."""

    of: Addressed
    state: str
    sent: Sent | None = None
    error: str = ""
    due_at: datetime | None = None
    counts: bool = True
    suppress: bool = False


def due_for(sender: Sender, *, now: datetime) -> QuerySet[Message]:
    """What this sender could take now, oldest first. What belongs to a paused survey waits for it."""
    mine = Q(sender=sender)
    if sender.is_default:
        mine |= Q(sender__isnull=True, medium=sender.medium)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    rows = Message.objects.filter(mine, free, state=MessageState.WAITING, due_at__lte=now)
    return rows.exclude(invitation__survey__state=SurveyState.PAUSED).order_by("due_at", "id")


def claim(sender: Sender, *, worker: str, now: datetime, until: datetime, most: int) -> list[Claimed]:
    """Take the next messages of that sender. They still wait: nothing is handed over yet."""
    with transaction.atomic():
        rows = due_for(sender, now=now).select_for_update(skip_locked=True, of=("self",))
        found = [Claimed(*row) for row in rows.values_list(*_CLAIMED)[:most]]
        taken = [message.pk for message in found]
        Message.objects.filter(pk__in=taken).update(claimed_by=worker, claimed_until=until)
    return found


def release(messages: Collection[int], *, worker: str) -> None:
    """Give back what was claimed and not handed over."""
    rows = Message.objects.filter(pk__in=messages, state=MessageState.WAITING, claimed_by=worker)
    rows.update(claimed_by="", claimed_until=None)


def renew(messages: Collection[int], *, worker: str, until: datetime) -> None:
    """Keep what this worker holds: it is slow, not dead."""
    held = (MessageState.WAITING, MessageState.SENDING)
    Message.objects.filter(pk__in=messages, claimed_by=worker, state__in=held).update(claimed_until=until)


def hand_over(messages: Sequence[int], *, worker: str, until: datetime) -> set[int]:
    """Write that these are about to be handed over; those that are. In the caller's transaction."""
    mine = Message.objects.filter(pk__in=messages, state=MessageState.WAITING, claimed_by=worker)
    count = mine.update(state=MessageState.SENDING, claimed_until=until, attempts=F("attempts") + 1)
    if count == len(messages):
        return set(messages)
    now_mine = Message.objects.filter(pk__in=messages, state=MessageState.SENDING, claimed_by=worker)
    return set(now_mine.values_list("pk", flat=True))


def lapsed(*, now: datetime) -> QuerySet[Message]:
    """What was being handed over when its worker died."""
    return Message.objects.filter(state=MessageState.SENDING, claimed_until__lt=now)


def settle_lapsed(*, now: datetime) -> int:
    """They may have been accepted: they become unsure, and count as sent for whoever asks next. How many."""
    if not lapsed(now=now).exists():
        return 0
    with transaction.atomic():
        revision = Revision.next()
        rows = list(lapsed(now=now).select_for_update(skip_locked=True).values_list("pk", "invitation_id"))
        Message.objects.filter(pk__in=[pk for pk, _ in rows]).update(
            state=MessageState.UNSURE, error="The worker ended while this was being sent.", claimed_until=None
        )
        asked = Invitation.objects.filter(pk__in=[invitation for _, invitation in rows if invitation])
        asked.filter(sent_at__isnull=True).update(sent_at=now, revision=revision)
        asked.filter(fate=Fate.PLANNED).update(fate=Fate.SENT, revision=revision)
        Event.publish(kind="mart.stale", now=now)
    return len(rows)


_KEPT = timedelta(days=90)


def forget_words(*, now: datetime) -> int:
    """What was written in letters, tests and replies goes some months after they went; how many.

    That they went, when and to whom stays; cases keep their own letters.
    """
    over = (MessageState.SENT, MessageState.UNSURE, MessageState.FAILED, MessageState.DROPPED)
    written = (MessageKind.TEST, MessageKind.REPLY, MessageKind.LETTER)
    old = Message.objects.filter(kind__in=written, state__in=over, due_at__lt=now - _KEPT).exclude(body={})
    these = list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    return Message.objects.filter(pk__in=these).update(body={})


def pause(attempts: int, *, after: float | None = None) -> timedelta:
    """How long a message waits after so many attempts: doubling from a minute to an hour, spread by a quarter."""
    seconds = min(_FIRST_WAIT * 2 ** min(attempts - 1, 10), _LONGEST_WAIT)
    return timedelta(seconds=max(after or 0, seconds * random.uniform(0.75, 1.25)))  # noqa: S311


def write(puts: Sequence[Put], *, worker: str, now: datetime) -> None:
    """Keep what became of these, with what it means for their invitations. In the caller's transaction.

    A message whose claim lapsed meanwhile (the machine slept) and became unsure is put right: its worker knows better.
    """
    sent = [(put.of.message, put.sent) for put in puts if put.sent]
    others = [put for put in puts if not put.sent]
    if sent:
        _write_sent(sent, worker=worker, now=now)
    if not others:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Message._meta.db_table} SET state = %s, error = %s, provider_id = '', parts = 1, sent_at = NULL,"
            " due_at = coalesce(%s, due_at), attempts = attempts - %s, claimed_by = '', claimed_until = NULL"
            " WHERE id = %s AND claimed_by = %s AND state IN (%s, %s, %s)",
            [
                (
                    put.state,
                    put.error[:1000],
                    _as_stored(put.due_at),
                    0 if put.counts else 1,
                    put.of.message,
                    worker,
                    *_HELD,
                )
                for put in others
            ],
        )


_HELD = (MessageState.SENDING, MessageState.UNSURE, MessageState.WAITING)


def _write_sent(sent: Sequence[tuple[int, Sent]], *, worker: str, now: datetime) -> None:
    """All of these in one statement. Both databases call the columns of VALUES by number."""
    rows = [value for message, how in sent for value in (message, how.provider_id[:255], how.parts)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Message._meta.db_table} SET state = %s, error = '', provider_id = told.column2,"
            " parts = told.column3, sent_at = %s, claimed_by = '', claimed_until = NULL"
            f" FROM (VALUES {', '.join(['(%s, %s, %s)'] * len(sent))}) AS told"
            f" WHERE {Message._meta.db_table}.id = told.column1 AND claimed_by = %s AND state IN (%s, %s, %s)",
            [MessageState.SENT, _as_stored(now), *rows, worker, *_HELD],
        )


def write_fates(puts: Sequence[Put], *, now: datetime, revision: int) -> None:
    """What these mean for their invitations and addresses. In the caller's transaction, after `Revision.next()`."""
    asked = [put for put in puts if put.of.invitation]
    went = [put for put in asked if put.state in (MessageState.SENT, MessageState.UNSURE)]
    _went([put.of for put in went if put.of.kind == MessageKind.INVITATION], now=now, revision=revision)
    reminded = [put.of.invitation for put in went if put.of.kind == MessageKind.REMINDER]
    if reminded:
        Invitation.objects.filter(pk__in=reminded).update(reminded_at=now, revision=revision)
    failed = [put for put in asked if put.state == MessageState.FAILED]
    came_back = [put.of.invitation for put in failed if put.suppress or put.of.kind == MessageKind.INVITATION]
    if came_back:
        silent = (Fate.PLANNED, Fate.SENT, Fate.DELIVERED)
        Invitation.objects.filter(pk__in=came_back, fate__in=silent).update(fate=Fate.BOUNCED, revision=revision)
    for put in puts:
        if put.suppress:
            suppression.suppress(
                medium=put.of.medium,
                address=put.of.address,
                reason=SuppressionReason.BOUNCED,
                now=now,
                detail=put.error,
            )
    for reason in {put.error for put in asked if put.state == MessageState.DROPPED}:
        _dropped(
            [put.of.invitation for put in asked if put.error == reason and put.of.kind == MessageKind.INVITATION],
            reason=reason,
            revision=revision,
        )


def _went(sent: Iterable[Addressed], *, now: datetime, revision: int) -> None:
    alike: dict[tuple[int | None, str, str, int], list[int | None]] = defaultdict(list)
    for of in sent:
        alike[of.version, of.language, of.medium, of.open_days].append(of.invitation)
    at = _as_stored(now)
    with connection.cursor() as cursor:
        for (version, language, medium, days), invitations in alike.items():
            cursor.execute(
                f"UPDATE {Invitation._meta.db_table} SET sent_at = coalesce(sent_at, %s),"
                " expires_at = coalesce(expires_at, %s), version_id = coalesce(version_id, %s), language = %s,"
                " channel = CASE WHEN channel = '' THEN %s ELSE channel END,"
                " fate = CASE WHEN fate = 'planned' THEN 'sent' ELSE fate END, revision = %s"
                f" WHERE id IN ({', '.join(['%s'] * len(invitations))})",
                [at, _as_stored(now + timedelta(days=days)), version, language, medium, revision, *invitations],
            )


def _dropped(invitations: Collection[int | None], *, reason: str, revision: int) -> None:
    """Nobody was written to: the invitation is a skip with that reason, or has expired."""
    rows = Invitation.objects.filter(pk__in=invitations, fate=Fate.PLANNED)
    if reason == "expired":
        rows.update(fate=Fate.EXPIRED, revision=revision)
    else:
        rows.update(fate=Fate.SKIPPED, reason=reason, revision=revision)


def _as_stored(at: datetime | None) -> object:
    return None if at is None else connection.ops.adapt_datetimefield_value(at)
