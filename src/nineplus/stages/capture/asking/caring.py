"""What time does to invitations: links expire, and messages that are late wait for their recipients' hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from nineplus.stages.capture.asking.audience import SOURCE, Asking
from nineplus.stages.capture.asking.deciding import Desk
from nineplus.stages.capture.asking.places import sending_moment
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Event, Invitation, Message, Revision, Survey
from nineplus.store.models.asking import MessageKind, MessageState
from nineplus.store.models.capture import Fate, SurveyState

_OPEN = (Fate.SENT, Fate.DELIVERED, Fate.OPENED)
_PORTION = 500
_LATE = timedelta(minutes=30)


def wanted(now: datetime) -> bool:
    """Is anybody to be asked, or anything to expire? A few cheap queries."""
    return Survey.objects.filter(state=SurveyState.ACTIVE).exists() or any(
        rows.exists() for rows in (_over(now), *_never_sent(now))
    )


def expire(*, now: datetime) -> int:
    """Close links whose days are over, and give up invitations that nobody could send for as long; how many.

    Answers that came are untouched. Safe to run twice and at once.
    """
    count = 0
    for rows in (_over(now), *_never_sent(now)):
        while found := list(rows.values_list("pk", flat=True)[:_PORTION]):
            with transaction.atomic():
                revision = Revision.next()
                count += rows.filter(pk__in=found).update(fate=Fate.EXPIRED, revision=revision)
                waiting = Message.objects.filter(invitation__in=found, state=MessageState.WAITING)
                waiting.update(state=MessageState.DROPPED, error="expired")
    if count:
        Event.publish_once(kind="mart.stale", now=now)
    return count


def put_off(*, now: datetime) -> int:
    """Give messages that are late (the house was off, the survey paused) the next moment their recipient allows.

    Without it, what was due at five in the afternoon would go when the machine comes back at night. Invitations that
    no longer go on their own day take a place under another day's cap. How many it moved.
    """
    late = Message.objects.filter(
        state=MessageState.WAITING,
        kind__in=(MessageKind.INVITATION, MessageKind.REMINDER),
        due_at__lt=now - _LATE,
        claimed_until__isnull=True,
    )
    where = ("invitation__survey", "invitation__contact__time_zone", "invitation__contact__country")
    count = 0
    for survey, zone, country in late.order_by().values_list(*where).distinct():
        policy = surveys.plan_of(surveys.find(survey)).policy
        if policy.daily_cap is not None:
            continue
        moment = sending_moment(policy, time_zone=zone or "", country=country or "", now=now)
        if moment > now:
            count += late.filter(**dict(zip(where, (survey, zone, country), strict=True))).update(due_at=moment)
    capped = late.order_by().values_list("invitation__survey", flat=True).distinct()
    return count + sum(_seated(surveys.find(survey), late, now=now) for survey in list(capped))


def _seated(survey: Survey, late: QuerySet[Message], *, now: datetime) -> int:
    """Give the late messages of a survey that may ask only so many a day each a day with room; how many moved."""
    desk = Desk(Asking.of(survey), now=now)
    if desk.policy.daily_cap is None:
        return 0
    count = 0
    columns = ("pk", "kind", "due_at", "invitation__contact__time_zone", "invitation__contact__country")
    rows = late.filter(invitation__survey=survey).order_by("due_at", "pk")
    for pk, kind, due_at, zone, country in list(rows.values_list(*columns)):
        moment = sending_moment(desk.policy, time_zone=zone or "", country=country or "", now=now)
        if kind == MessageKind.INVITATION and desk.places.day(moment) != desk.places.day(due_at):
            moment = desk.places.take_late(time_zone=zone or "", country=country or "")
            count += late.filter(pk=pk).update(due_at=moment)  # also when it is now: the place is taken
        elif moment > now:
            count += late.filter(pk=pk).update(due_at=moment)
    return count


def _over(now: datetime) -> QuerySet[Invitation]:
    ours = Survey.objects.exclude(state__in=(SurveyState.HISTORY, SurveyState.DRAFT))
    return Invitation.objects.filter(survey__in=ours, source=SOURCE, fate__in=_OPEN, expires_at__lte=now)


def _never_sent(now: datetime) -> list[QuerySet[Invitation]]:
    """Planned ones whose message has waited for as long as a link is open, by survey: their days differ.

    One that is being handed over just now, or of which nobody knows whether it went, is left alone.
    """
    gone = Message.objects.filter(invitation=OuterRef("pk"), kind=MessageKind.INVITATION).filter(
        Q(state=MessageState.SENDING) | Q(state=MessageState.UNSURE) | Q(state=MessageState.SENT)
    )
    found = []
    for survey in Survey.objects.exclude(state__in=(SurveyState.HISTORY, SurveyState.DRAFT)):
        before = now - timedelta(days=surveys.plan_of(survey).open_days)
        rows = Invitation.objects.filter(survey=survey, source=SOURCE, fate=Fate.PLANNED, due_at__lte=before)
        found.append(rows.filter(~Exists(gone)))
    return found
