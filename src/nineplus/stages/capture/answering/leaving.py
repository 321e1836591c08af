"""Leaving: somebody wants no more. The link in every message asks first; a mail program's button does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from nineplus.model.survey import Content
from nineplus.rules.links import unseal
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Contact, Invitation, Message, PersonalLetter
from nineplus.store.models.asking import MessageState, SuppressionReason


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who would leave: how they are written to, what their message was drawn with, and whether they have left."""

    medium: str
    address: str
    content: Content
    language: str
    left: bool

    @property
    def hint(self) -> str:
        """Enough of the address for its owner to know it, too little for whoever was passed the message."""
        if self.medium == "sms":
            return f"…{self.address[-3:]}"
        name, _, domain = self.address.rpartition("@")
        return f"{name[:1]}…\u2060@{domain}"  # on one line


def leaving(*, token: str) -> Leaving | None:
    """Whom this link is about; None when it is not genuine. Writes nothing.

    Whoever is no longer known, because the contact was deleted, leaves with the address that was written to; whoever
    was erased has left, and no address of theirs is known.
    """
    link = unseal(token, purpose="unsubscribe", key=links_key())
    if link is None:
        return _leaving_letters(token)
    if link.number >= 2**63:
        return None
    rows = Invitation.objects.select_related("survey__current", "version", "contact")
    invitation = rows.filter(pk=link.number).first()
    if invitation is None:
        return None
    contact = invitation.contact
    medium, address = _reached(contact, invitation.channel) or next(iter(sorted(_written_to(token))), ("email", ""))
    erased = not address or bool(contact and contact.erased_at)
    version = invitation.version or invitation.survey.current
    return Leaving(
        medium=medium,
        address=address,
        content=Content.model_validate(version.content if version else {}),
        language=invitation.language or (contact.language if contact else ""),
        left=erased or suppression.is_suppressed(medium=medium, address=address),
    )


def _leaving_letters(token: str) -> Leaving | None:
    """The same of a personal letter: it was drawn with no survey."""
    letter = _letter_of(token)
    if letter is None:
        return None
    contact, address = letter.contact, letter.contact.email or letter.message.address
    return Leaving(
        medium="email",
        address=address,
        content=Content.model_validate({}),
        language=str(letter.message.body.get("language", "")) or contact.language,
        left=not address or bool(contact.erased_at) or suppression.is_suppressed(medium="email", address=address),
    )


def _letter_of(token: str) -> PersonalLetter | None:
    link = unseal(token, purpose="letter", key=links_key())
    if link is None or link.number >= 2**63:
        return None
    return PersonalLetter.objects.select_related("contact", "message").filter(pk=link.number).first()


def _reached(contact: Contact | None, channel: str) -> tuple[str, str] | None:
    """How they are reached now."""
    if contact is None:
        return None
    medium = "sms" if channel == "sms" or not contact.email else "email"
    address = contact.phone if medium == "sms" else contact.email
    return (medium, address) if address else None


def leave(*, token: str, now: datetime, detail: str = "") -> Leaving | None:
    """Write to them no more: where they are reached now, and where this was written to. Safe to repeat.

    None as for `leaving`. `detail` says by what they left.
    """
    with transaction.atomic():
        found = leaving(token=token)
        if found is None:
            return None
        for medium, address in sorted({(found.medium, found.address), *_written_to(token)}):
            if address:
                suppression.suppress(
                    medium=medium, address=address, reason=SuppressionReason.UNSUBSCRIBED, now=now, detail=detail
                )
    return found


def _written_to(token: str) -> set[tuple[str, str]]:
    """By which ways and to which addresses the messages of that link went."""
    link = unseal(token, purpose="unsubscribe", key=links_key())
    gone = (MessageState.SENT, MessageState.UNSURE, MessageState.SENDING)
    if link is None:
        letter = _letter_of(token)
        return {("email", letter.message.address)} if letter and letter.message.address else set()
    messages = Message.objects.filter(invitation=link.number, state__in=gone)
    return {(medium, address) for medium, address in messages.values_list("medium", "address") if address}
