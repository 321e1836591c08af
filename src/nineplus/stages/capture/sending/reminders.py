"""Reminders: to those who said nothing, in the thread of the first message, at most as often as the plan says."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from nineplus.model.survey import Plan
from nineplus.rules.sending_time import when_to_send, zone_called
from nineplus.stages.capture.drawing.surveys import plan_of
from nineplus.stages.capture.sending.preparing import message_key
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Invitation, Message, Survey
from nineplus.store.models.asking import MessageKind, MessageState
from nineplus.store.models.capture import Fate, SurveyState

_SILENT = (Fate.SENT, Fate.DELIVERED, Fate.OPENED)
_TOO_LATE = timedelta(days=3)
"""A reminder that is overdue by more is left out: after a long pause nobody is to get three at once."""
_PORTION = 1_000


def wanted(now: datetime) -> bool:
    """Is anybody to be reminded?"""
    return any(_due(survey, plan, number, now=now).exists() for survey, plan, number in _steps())


def plan_reminders(*, now: datetime) -> int:
    """Queue the reminders that are due; how many. Safe to run twice and at once."""
    zone = preferences().zone
    return sum(_queue(survey, plan, number, zone=zone, now=now) for survey, plan, number in _steps())


def _steps() -> list[tuple[Survey, Plan, int]]:
    """Each survey that asks, with the numbers of its reminders from 1."""
    found = []
    for survey in Survey.objects.filter(state=SurveyState.ACTIVE):
        plan = plan_of(survey)
        found += [(survey, plan, number) for number in range(1, len(plan.reminders_days) + 1)]
    return found


def _due(survey: Survey, plan: Plan, number: int, *, now: datetime) -> QuerySet[Invitation]:
    """Invitations sent so many days ago whose contact has not answered, declined, bounced or been reminded."""
    since = now - timedelta(days=sorted(plan.reminders_days)[number - 1])
    reminded = Message.objects.filter(invitation=OuterRef("pk"), kind=MessageKind.REMINDER, number=number)
    first = Message.objects.filter(
        invitation=OuterRef("pk"), kind=MessageKind.INVITATION, state__in=(MessageState.SENT, MessageState.UNSURE)
    )
    return Invitation.objects.filter(
        Exists(first),
        ~Exists(reminded),
        survey=survey,
        fate__in=_SILENT,
        contact__erased_at__isnull=True,
        contact__isnull=False,
        sent_at__lte=since,
        sent_at__gt=since - _TOO_LATE,
    ).exclude(expires_at__lte=now)


def _queue(survey: Survey, plan: Plan, number: int, *, zone: ZoneInfo, now: datetime) -> int:
    count = 0
    while found := list(_due(survey, plan, number, now=now).select_related("contact")[:_PORTION]):
        with transaction.atomic():
            Message.objects.bulk_create(
                [_reminder(invitation, number, plan, zone=zone, now=now) for invitation in found],
                ignore_conflicts=True,  # another worker queued them meanwhile
            )
        count += len(found)
    return count


def _reminder(invitation: Invitation, number: int, plan: Plan, *, zone: ZoneInfo, now: datetime) -> Message:
    contact = invitation.contact
    assert contact is not None
    medium = "sms" if invitation.channel == "sms" else "email"
    return Message(
        invitation=invitation,
        kind=MessageKind.REMINDER,
        number=number,
        medium=medium,
        address=contact.phone if medium == "sms" else contact.email,
        key=message_key(invitation.pk, kind=MessageKind.REMINDER, number=number),
        state=MessageState.WAITING,
        due_at=when_to_send(plan.policy, zone_called(contact.time_zone) or zone, contact.country, now=now),
        created_at=now,
    )
