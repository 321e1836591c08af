"""Direct messages: alerts go to people themselves when they want that, found in Slack by their address here."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from nineplus.connectors import GiveUp, Reconnect, Retry
from nineplus.connectors.slack.client import ChannelGone, Nobody, Unsure
from nineplus.stages.act.alerts.timing import after_quiet, choice_of
from nineplus.stages.act.alerts.whom import may_be_shown
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.act.chat import telling, workspace, writing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert, ChatPerson, ChatPlace, User
from nineplus.store.models.alerts import Untold
from nineplus.store.models.chat import PlaceKind

_PORTION = 500


def wanted_by(user: User) -> bool:
    """Is this person to be written to in Slack?"""
    return user.is_active and choice_of(user).slack


def connect(user: User, *, now: datetime) -> str:
    """Find this person in Slack anew; a sentence for them. Raises NotPossible: why they cannot be written to."""
    place = _place(user, now=now)
    ChatPlace.objects.filter(pk=place.pk).update(channel="", error="", free_at=None)
    place.channel = ""
    try:
        channel(place)
    except ChannelGone as problem:
        ChatPlace.objects.filter(pk=place.pk).update(error=str(problem)[:300])
        raise NotPossible(str(problem)) from None
    except (Reconnect, Retry, GiveUp, Unsure) as problem:
        raise NotPossible(str(problem)) from None
    return f"Slack knows you by {user.email}: alerts come as direct messages of nineplus."


def trouble(user: User) -> str:
    """Why this person is not written to in Slack although they want it; empty when nothing is amiss."""
    if not wanted_by(user):
        return ""
    held = workspace.held()
    if not held.connected:
        return "No Slack app is connected any more."
    return held.error or ChatPlace.objects.filter(user=user).values_list("error", flat=True).first() or ""


def people() -> tuple[int, int]:
    """How many want direct messages, and how many of them cannot be written to."""
    rows = ChatPlace.objects.filter(user__is_active=True, user__alert_choice__slack=True)
    return rows.count(), rows.exclude(error="").count()


def channel(place: ChatPlace) -> str:
    """Where Slack has the direct messages with that person, asked once and kept.

    Who pressed a button before is known. Raises what the client of Slack does; ChannelGone for whom it does not know.
    """
    assert place.user is not None
    if place.channel:
        return place.channel
    slack, email = workspace.slack(), place.user.email
    try:
        known = ChatPerson.objects.filter(email__iexact=email).order_by("-seen_at").values_list("external_id").first()
        there = known[0] if known else slack.called(email, team=workspace.held().team).id
        place.channel = slack.direct(there)
    except Nobody:
        raise ChannelGone(f"Nobody in Slack has the address {email}, or they cannot be written to.") from None
    ChatPlace.objects.filter(pk=place.pk).update(channel=place.channel)
    return place.channel


def due(now: datetime) -> bool:
    """Is there an alert to be put into somebody's direct messages? A cheap look."""
    return _due(now).exists()


def put_due(*, now: datetime) -> int:
    """Put down a message for each; how many. What was read meanwhile in the browser is not told again.

    What does not go is marked with why.
    """
    put, connected = 0, workspace.held().connected
    rows = _due(now).select_related("user__alert_choice", "user__chat_place", "raised")
    for row in rows.order_by("chat_at", "pk")[:_PORTION]:
        with transaction.atomic():
            why = _against(row, connected=connected)
            waits = None if why else later(row.user, now=now)
            if not Alert.objects.filter(pk=row.pk, chat_at=row.chat_at).update(chat_at=waits, chat_not=why):
                continue  # another worker has it, or its reader chose anew
            raised = row.raised
            if why or waits or raised is None:
                continue
            put += telling.put(
                _place(row.user, now=now),
                key=f"alert {raised.pk}",
                what="alert",
                about={"raised": raised.pk},
                case=writing.case_of(raised),
                contact=raised.contact_id,
                now=now,
            )
    return put


def _against(row: Alert, *, connected: bool) -> str:
    """Why this does not go to them in Slack; empty when it does."""
    if not row.user.is_active:
        return Untold.GONE
    if not choice_of(row.user).slack:
        return Untold.NEVER
    if row.raised is None or not may_be_shown(row):
        return Untold.HIDDEN
    if row.read_at:
        return Untold.READ
    return "" if connected else Untold.NO_APP


def later(user: User, *, now: datetime) -> datetime | None:
    """When their quiet hours end, if it is in them now: it could not go before."""
    ends = after_quiet(choice_of(user), now=now)
    return ends if ends > now else None


def _place(user: User, *, now: datetime) -> ChatPlace:
    values = {"kind": PlaceKind.SLACK, "name": name_of(user)[:120], "created_at": now}
    return ChatPlace.objects.get_or_create(user=user, defaults=values)[0]


def _due(now: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(chat_at__lte=now)
