"""How it stands with messages: what waits and why, what went, and what a person must look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min, Q

from nineplus.stages.capture.sending.testing import NO_SENDER
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Message, Sender
from nineplus.store.models.asking import MessageState


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages by state. `late`: those that could have gone by now; `since`: the oldest of them.

    `why`: in words what keeps them, a sentence for each cause (no sender, a sender that does not work).
    """

    states: Mapping[str, int]
    late: int
    since: datetime | None
    why: tuple[str, ...]

    @property
    def waiting(self) -> int:
        return self.states.get(MessageState.WAITING, 0)

    @property
    def unsure(self) -> int:
        return self.states.get(MessageState.UNSURE, 0)


def queue_now(*, now: datetime, survey: int | None = None) -> Queue:
    """How it stands with the messages of a survey, or with all."""
    rows = Message.objects.filter(invitation__survey=survey) if survey else Message.objects.all()
    states = dict(rows.values_list("state").annotate(Count("pk")))
    due = Q(state=MessageState.WAITING, due_at__lte=now)
    late = rows.filter(due).aggregate(number=Count("pk"), since=Min("due_at"))
    media = set(rows.filter(state=MessageState.WAITING).values_list("medium", flat=True).distinct())
    return Queue(states=states, late=late["number"], since=late["since"], why=_why(media))


def _why(media: set[str]) -> tuple[str, ...]:
    found = []
    for medium in sorted(media):
        senders = Sender.objects.filter(medium=medium)
        if not senders.exists():
            found.append(NO_SENDER[medium])
        found += [f"“{sender.name}” does not work: {sender.error}" for sender in senders.exclude(error="")]
    return tuple(found)


def send_again(*, messages: list[int], now: datetime) -> int:
    """Send these again though they may have gone, or were refused: only a person decides that. How many.

    Raises NotPossible when one of them is neither unsure nor failed.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(pk__in=messages)
        if rows.exclude(state__in=(MessageState.UNSURE, MessageState.FAILED)).exists():
            raise NotPossible("Only messages that failed, or of which nobody knows whether they went, are sent again.")
        return rows.update(
            state=MessageState.WAITING, due_at=now, attempts=0, error="", claimed_by="", claimed_until=None
        )


def send_unsure_again(*, survey: int, now: datetime) -> int:
    """All messages of a survey of which nobody knows whether they went. How many; NotPossible when there are none."""
    rows = Message.objects.filter(invitation__survey=survey, state=MessageState.UNSURE)
    messages = list(rows.values_list("pk", flat=True))
    if not messages:
        raise NotPossible("Of every message it is known what became of it.")
    return send_again(messages=messages, now=now)
