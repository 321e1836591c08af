"""Invitations read again: who was asked, skips too, and everything that became of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from nineplus.stages.errors import NotFound
from nineplus.store.models import Invitation, Message, Notice


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to an invitation, in a word: planned, sent, delivered, opened, answered …"""

    at: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InvitationDetail:
    """An invitation with its messages and what happened, oldest first."""

    invitation: Invitation
    messages: Sequence[Message]
    history: Sequence[Happening]


def invitations(
    *,
    survey: int | None = None,
    fate: str = "",
    contact: str = "",
    account: str = "",
    since: datetime | None = None,
) -> QuerySet[Invitation]:
    """Invitations and skips. `contact`: an id at the company or an address; `account`: an id at the company.

    `since`: sent, or due when nothing was sent, at that time or later.
    """
    rows = Invitation.objects.select_related("survey", "contact", "account")
    if survey is not None:
        rows = rows.filter(survey=survey)
    if fate:
        rows = rows.filter(fate=fate)
    if contact:
        rows = rows.filter(Q(contact__external_id=contact) | Q(contact__email=contact.strip().lower()))
    if account:
        rows = rows.filter(account__external_id=account)
    if since:
        rows = rows.annotate(moment=Coalesce("sent_at", "due_at")).filter(moment__gte=since)
    return rows


def invitation_detail(pk: int) -> InvitationDetail:
    """One invitation whole. Raises NotFound."""
    row = Invitation.objects.select_related("survey", "contact", "account", "version").filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such invitation.")
    messages = list(Message.objects.filter(invitation=row).select_related("sender").order_by("pk"))
    return InvitationDetail(row, messages, sorted(_history(row, messages), key=lambda one: one.at))


def _history(row: Invitation, messages: Sequence[Message]) -> list[Happening]:
    found = [Happening(message.created_at, f"{message.kind} planned", message.medium) for message in messages]
    found += [Happening(m.sent_at, f"{m.kind} sent", m.medium) for m in messages if m.sent_at]
    if row.sent_at and not any(message.sent_at for message in messages):
        found.append(Happening(row.sent_at, "sent", row.channel))
    notices = Notice.objects.filter(message__in=[message.pk for message in messages])
    found += [Happening(one.at, one.kind, one.detail) for one in notices]
    told = {one.what for one in found}
    for what, at in (("delivered", row.delivered_at), ("opened", row.opened_at), ("declined", row.declined_at)):
        if at and what not in told:
            found.append(Happening(at, what))
    if (response := getattr(row, "response", None)) is not None:
        found.append(Happening(response.answered_at, "answered"))
    return found
