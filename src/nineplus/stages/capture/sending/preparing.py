"""From a message that waits to what is handed over, or to the reason why it is no longer wanted.

Planning decided days ago: just before sending everything is looked at again, for a whole batch at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from nineplus.channels import Outgoing
from nineplus.model.survey import Content, Plan
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.drawing import arms
from nineplus.stages.capture.drawing.worded import worded, words_of
from nineplus.stages.capture.people import addresses, suppression
from nineplus.stages.capture.sending import mail, texting
from nineplus.stages.capture.sending.queue import Addressed
from nineplus.stages.capture.sending.senders import stays_here
from nineplus.stages.govern import sample
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Invitation, Message, Response, Sender, Survey, SurveyVersion
from nineplus.store.models.asking import MessageKind
from nineplus.store.models.capture import Fate, SurveyState

_SILENT = (Fate.PLANNED, Fate.SENT, Fate.DELIVERED, Fate.OPENED)
_OVER: Mapping[str, str] = {
    Fate.ANSWERED: "answered",
    Fate.DECLINED: "declined",
    Fate.BOUNCED: "bounced",
    Fate.EXPIRED: "expired",
    Fate.SKIPPED: "skipped",
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A message with what writes it (any thread may); or without, and then `drop` says why it is not wanted."""

    of: Addressed
    write: Callable[[], Outgoing] | None = None
    drop: str = ""


def prepare(messages: Sequence[Message], *, sender: Sender, now: datetime) -> list[Ready]:
    """Each of these messages, addressed or with the reason against it. A few queries, however many they are."""
    invitations = _invitations(messages)
    answered = set(Response.objects.filter(invitation__in=list(invitations)).values_list("invitation_id", flat=True))
    reached = {message.pk: _address(message, invitations.get(message.invitation_id or 0)) for message in messages}
    unwanted = suppression.suppressed(medium=sender.medium, addresses=reached.values())
    house = _House(company=preferences().company, key=links_key(), sender=sender, now=now)
    ready = []
    for message in messages:
        address = reached[message.pk]
        if address and address != message.address:  # what comes back is known by it
            Message.objects.filter(pk=message.pk).update(address=address)
        invitation = invitations.get(message.invitation_id or 0)
        if message.kind in (MessageKind.TEST, MessageKind.REPLY):
            ready.append(_own(message, house=house))
            continue
        drop = _against(message, invitation, answered=answered, now=now) or ("" if address else "no_address")
        drop = drop or unwanted.get(address, "") or _made_up(invitation, sender)
        of = _addressed(message, invitation, address)
        if drop or invitation is None:
            ready.append(Ready(of, drop=drop or "contact_gone"))
        else:
            ready.append(Ready(of, write=_written(message, invitation, address, house=house)))
    return ready


@dataclass(frozen=True, slots=True)
class _House:
    """What is the same for all messages of a batch."""

    company: str
    key: bytes
    sender: Sender
    now: datetime


def _invitations(messages: Sequence[Message]) -> dict[int, Invitation]:
    ids = [message.invitation_id for message in messages if message.invitation_id]
    rows = Invitation.objects.filter(pk__in=ids).select_related("contact").defer("attributes")
    found = {row.pk: row for row in rows}
    surveys = Survey.objects.select_related("current").in_bulk({row.survey_id for row in found.values()})
    versions = SurveyVersion.objects.in_bulk({row.version_id for row in found.values() if row.version_id})
    for row in found.values():
        row.survey = surveys[row.survey_id]
        row.version = versions.get(row.version_id) or row.survey.current
    return found


def _address(message: Message, invitation: Invitation | None) -> str:
    """Where the contact is reached now: they may have moved since it was planned."""
    contact = invitation.contact if invitation else None
    if contact is None:
        return message.address
    return (contact.phone if message.medium == "sms" else contact.email) or ""


def _against(message: Message, invitation: Invitation | None, *, answered: set[int], now: datetime) -> str:
    if invitation is None or invitation.contact is None:
        return "contact_gone"
    if invitation.contact.erased_at:
        return "erased"
    if invitation.pk in answered:
        return "answered"
    if invitation.fate not in _SILENT:
        return _OVER[invitation.fate]
    if invitation.expires_at and invitation.expires_at <= now:
        return "expired"
    if invitation.survey.state != SurveyState.ACTIVE:
        return "survey_closed" if invitation.survey.state == SurveyState.CLOSED else "survey_paused"
    return "" if invitation.version else "survey_closed"


def _made_up(invitation: Invitation | None, sender: Sender) -> str:
    """The sample company's people can be asked in play, as long as nothing leaves this machine."""
    contact = invitation.contact if invitation else None
    return "made_up" if contact and contact.source == sample.SOURCE and not stays_here(sender) else ""


def _addressed(message: Message, invitation: Invitation | None, address: str) -> Addressed:
    if invitation is None or invitation.version is None:
        return Addressed(message.pk, message.kind, message.medium, address, message.attempts, message.invitation_id)
    return Addressed(
        message=message.pk,
        kind=message.kind,
        medium=message.medium,
        address=address,
        attempts=message.attempts,
        invitation=invitation.pk,
        survey=invitation.survey_id,
        version=invitation.version.pk,
        language=_language(invitation.version.pk, _wanted(invitation)),
        open_days=_open_days(invitation.survey),
    )


def _written(message: Message, invitation: Invitation, address: str, *, house: _House) -> Callable[[], Outgoing]:
    reminder = message.kind == MessageKind.REMINDER
    if message.medium == "sms":
        return _text(message, invitation, address, house=house)
    letter = _letter(
        invitation.version.pk,  # type: ignore[union-attr]
        _wanted(invitation),
        invitation.arm,
        reminder,
        house.company,
        invitation.survey.public_id or "survey",
        invitation.survey_id,
        tuple(words_of(invitation.signals).items()),
    )
    return partial(
        letter.to,
        key=message.key,
        address=address,
        name=invitation.contact.name if invitation.contact else "",
        answer=addresses.answer_address(invitation.pk, key=house.key),
        unsubscribe=addresses.unsubscribe_address(invitation.pk, key=house.key),
        sender_address=house.sender.from_address,
        thread=message_key(invitation.pk) if reminder else "",
        at=house.now,
    )


def _text(message: Message, invitation: Invitation, address: str, *, house: _House) -> Callable[[], Outgoing]:
    content = arms.content_in(
        _content(invitation.version.pk),  # type: ignore[union-attr]
        survey=invitation.survey_id,
        arm=invitation.arm,
    )
    content = worded(content, words_of(invitation.signals), language=_wanted(invitation))
    replies = texting.can_reply(house.sender.from_address)
    text = texting.invitation_text(
        content,
        language=_wanted(invitation),
        company=house.company,
        link="" if replies else addresses.answer_address(invitation.pk, key=house.key),
    )
    return partial(
        Outgoing, key=message.key, address=address, text=text, sender_address=house.sender.from_address, at=house.now
    )


def message_key(invitation: int, *, kind: str = MessageKind.INVITATION, number: int = 0) -> str:
    """How that message is called for good: its Message-ID and the provider's key against doing it twice."""
    return f"{kind}-{invitation}-{number}"


def _own(message: Message, *, house: _House) -> Ready:
    """A test or a reply: what it says was written when it was asked for."""
    of = _addressed(message, None, message.address)
    said = {name: str(message.body.get(name, "")) for name in _SAID}
    logo = mail.picture(str(message.body.get("logo", "")))
    write = partial(
        Outgoing,
        key=message.key,
        address=message.address,
        sender_address=house.sender.from_address,
        at=house.now,
        pictures=(logo,) if logo else (),
        **said,
    )
    return Ready(of, write=write)


_SAID = ("subject", "text", "html", "name", "language", "sender_name", "reply_to")


def _wanted(invitation: Invitation) -> str:
    return invitation.language or (invitation.contact.language if invitation.contact else "")


def _open_days(survey: Survey) -> int:
    return _days_of(json.dumps(survey.plan or {}))


@lru_cache(maxsize=256)
def _days_of(plan: str) -> int:
    return Plan.model_validate_json(plan).open_days


@lru_cache(maxsize=1024)
def _language(version: int, wanted: str) -> str:
    return mail.language_of(_content(version), wanted).code


@lru_cache(maxsize=64)
def _content(version: int) -> Content:
    """What a version asks: versions never change."""
    return Content.model_validate(SurveyVersion.objects.values_list("content", flat=True).get(pk=version))


@lru_cache(maxsize=512)
def _letter(
    version: int,
    language: str,
    arm: str,
    reminder: bool,
    company: str,
    public_id: str,
    survey: int,
    words: tuple[tuple[str, str], ...] = (),
) -> mail.Letter:
    content = worded(arms.content_in(_content(version), survey=survey, arm=arm), dict(words), language=language)
    return mail.letter(
        content=content, language=language, company=company, list_id=f"survey-{public_id}", reminder=reminder
    )
