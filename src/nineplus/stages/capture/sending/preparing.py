"""From a message that waits to what is handed over, or to the reason why it is no longer wanted.

Planning decided days ago: just before sending everything is looked at again, for a whole batch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from nineplus.channels import Outgoing, Picture
from nineplus.model.survey import Content, Plan
from nineplus.rules.sending_time import after_quiet
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.drawing import arms
from nineplus.stages.capture.drawing.worded import worded, words_of
from nineplus.stages.capture.people import addresses, suppression
from nineplus.stages.capture.sending import framing, mail, personal, texting
from nineplus.stages.capture.sending.queue import Addressed, Claimed
from nineplus.stages.capture.sending.senders import stays_here, takes_mail_at
from nineplus.stages.govern import sample
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Invitation, Message, Sender, Survey, SurveyVersion
from nineplus.store.models.asking import MessageKind
from nineplus.store.models.capture import Fate, SurveyState

_OWN = (MessageKind.TEST, MessageKind.REPLY, MessageKind.LETTER)
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
    """A message with what writes it (any thread may); or without, and then `drop` says why it is not wanted, or `later`
    until when it waits."""

    of: Addressed
    write: Callable[[], Outgoing] | None = None
    drop: str = ""
    later: datetime | None = None


def prepare(messages: Sequence[Claimed | Message], *, sender: Sender, now: datetime) -> list[Ready]:
    """Each of these messages, addressed or with the reason against it. A few queries, however many they are."""
    asks = _asks(messages)
    reached = {message.pk: _address(message, asks.get(message.invitation_id or 0)) for message in messages}
    unwanted = suppression.suppressed(medium=sender.medium, addresses=reached.values())
    house = _House(
        company=preferences().company,
        key=links_key(),
        sender=sender,
        stays_here=stays_here(sender),
        mailbox=takes_mail_at(sender),
        logos=framing.logos({message.body["logo_of"] for message in messages if message.body.get("logo_of")}),
        now=now,
    )
    letters = [message.pk for message in messages if message.kind == MessageKind.LETTER]
    looked = personal.look_again(letters, sender=sender, now=now) if letters else personal.Looked({}, {})
    ready = []
    for message in messages:
        address = reached[message.pk]
        if address and address != message.address:  # what comes back is known by it
            Message.objects.filter(pk=message.pk).update(address=address)
        ask = asks.get(message.invitation_id or 0)
        if message.kind in _OWN:
            drop = looked.unwanted.get(message.pk, "")
            later = looked.later.get(message.pk) or _end_of_quiet(message, now=now)
            own = _own(message, house=house)
            ready.append(Ready(own.of, drop=drop, later=later) if drop or later else own)
            continue
        drop = _against(ask, now=now) or ("" if address else "no_address")
        drop = drop or unwanted.get(address, "") or _made_up(ask, house)
        of = _addressed(message, ask, address)
        if drop or ask is None:
            ready.append(Ready(of, drop=drop or "contact_gone"))
        else:
            ready.append(Ready(of, write=_written(message, ask, address, house=house)))
    return ready


@dataclass(frozen=True, slots=True)
class _House:
    """What is the same for all messages of a batch."""

    company: str
    key: bytes
    sender: Sender
    stays_here: bool
    mailbox: str
    logos: Mapping[int, Picture]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Survey:
    """A survey as it is while a batch is written. `current`: the version that those get who have none yet."""

    pk: int
    public_id: str
    state: str
    current: int | None
    open_days: int


@dataclass(frozen=True, slots=True)
class _Ask:
    """An invitation as it is now, with its person (`contact` None: gone) and the answer there is (`answer`)."""

    survey: _Survey
    version: int | None
    pk: int
    fate: str
    expires_at: datetime | None
    own_language: str
    arm: str
    signals: Any
    answer: int | None
    contact: int | None
    email: str
    phone: str
    name: str
    language: str
    source: str
    erased_at: datetime | None

    @property
    def wanted(self) -> str:
        """The language they read, as far as we know."""
        return self.own_language or self.language or ""


_OF_ASK = (
    *("survey_id", "version_id", "pk", "fate", "expires_at", "language", "arm", "signals", "response__pk"),
    *("contact_id", "contact__email", "contact__phone", "contact__name", "contact__language", "contact__source"),
    "contact__erased_at",
)


def _asks(messages: Sequence[Claimed | Message]) -> dict[int, _Ask]:
    """By the invitation's number. Columns instead of models: a message is to cost less than its mail server takes."""
    ids = [message.invitation_id for message in messages if message.invitation_id]
    rows = list(Invitation.objects.filter(pk__in=ids).values_list(*_OF_ASK))
    surveys = {row.pk: _survey(row) for row in Survey.objects.filter(pk__in={row[0] for row in rows})}
    return {
        number: _Ask(surveys[survey], version or surveys[survey].current, number, *more)
        for survey, version, number, *more in rows
    }


def _survey(row: Survey) -> _Survey:
    days = Plan.model_validate(row.plan or {}).open_days
    return _Survey(row.pk, row.public_id or "survey", row.state, row.current_id, days)


def _address(message: Claimed | Message, ask: _Ask | None) -> str:
    """Where the contact is reached now: they may have moved since it was planned."""
    if ask is None or ask.contact is None:
        return message.address
    return (ask.phone if message.medium == "sms" else ask.email) or ""


def _against(ask: _Ask | None, *, now: datetime) -> str:
    if ask is None or ask.contact is None:
        return "contact_gone"
    if ask.erased_at:
        return "erased"
    if ask.answer is not None:
        return "answered"
    if ask.fate not in _SILENT:
        return _OVER[ask.fate]
    if ask.expires_at and ask.expires_at <= now:
        return "expired"
    if ask.survey.state != SurveyState.ACTIVE:
        return "survey_closed" if ask.survey.state == SurveyState.CLOSED else "survey_paused"
    return "" if ask.version else "survey_closed"


def _made_up(ask: _Ask | None, house: _House) -> str:
    """The sample company's people can be asked in play, as long as nothing leaves this machine."""
    return "made_up" if ask and ask.source == sample.SOURCE and not house.stays_here else ""


def _addressed(message: Claimed | Message, ask: _Ask | None, address: str) -> Addressed:
    if ask is None or ask.version is None:
        return Addressed(message.pk, message.kind, message.medium, address, message.attempts, message.invitation_id)
    return Addressed(
        message=message.pk,
        kind=message.kind,
        medium=message.medium,
        address=address,
        attempts=message.attempts,
        invitation=ask.pk,
        survey=ask.survey.pk,
        version=ask.version,
        language=_language(ask.version, ask.wanted),
        open_days=ask.survey.open_days,
    )


def _written(message: Claimed | Message, ask: _Ask, address: str, *, house: _House) -> Callable[[], Outgoing]:
    assert ask.version is not None
    reminder = message.kind == MessageKind.REMINDER
    if message.medium == "sms":
        return _text(message, ask, ask.version, address, house=house)
    words = tuple(words_of(ask.signals).items())
    letter = _letter(
        ask.version, ask.wanted, ask.arm, reminder, house.company, ask.survey.public_id, ask.survey.pk, words
    )
    return partial(
        letter.to,
        key=message.key,
        address=address,
        name=ask.name,
        answer=addresses.answer_address(ask.pk, key=house.key),
        unsubscribe=addresses.unsubscribe_address(ask.pk, key=house.key),
        sender_address=house.sender.from_address,
        thread=message_key(ask.pk) if reminder else "",
        mailbox=house.mailbox,
        at=house.now,
    )


def _text(
    message: Claimed | Message, ask: _Ask, version: int, address: str, *, house: _House
) -> Callable[[], Outgoing]:
    content = arms.content_in(_content(version), survey=ask.survey.pk, arm=ask.arm)
    content = worded(content, words_of(ask.signals), language=ask.wanted)
    replies = texting.can_reply(house.sender.from_address)
    text = texting.invitation_text(
        content,
        language=ask.wanted,
        company=house.company,
        link="" if replies else addresses.answer_address(ask.pk, key=house.key),
    )
    return partial(
        Outgoing, key=message.key, address=address, text=text, sender_address=house.sender.from_address, at=house.now
    )


def message_key(invitation: int, *, kind: str = MessageKind.INVITATION, number: int = 0) -> str:
    """How that message is called for good: its Message-ID and the provider's key against doing it twice."""
    return f"{kind}-{invitation}-{number}"


def _own(message: Claimed | Message, *, house: _House) -> Ready:
    """A test, a reply, a letter: what it says was written when it was asked for."""
    of = _addressed(message, None, message.address)
    said = {name: str(message.body.get(name, "")) for name in _SAID}
    logo = house.logos.get(message.body.get("logo_of") or 0) or mail.picture(str(message.body.get("logo", "")))
    write = partial(
        Outgoing,
        key=message.key,
        address=message.address,
        sender_address=house.sender.from_address,
        at=house.now,
        pictures=(logo,) if logo else (),
        headers={str(name): str(value) for name, value in (message.body.get("headers") or {}).items()},
        **said,
    )
    return Ready(of, write=write)


def _end_of_quiet(message: Claimed | Message, *, now: datetime) -> datetime | None:
    """When the quiet hours end in which nobody wants this letter, if it is in them; it may have waited until now."""
    quiet = message.body.get("quiet")
    if not quiet:
        return None
    at = after_quiet(ZoneInfo(quiet["zone"]), quiet["first"], quiet["last"], now=now)
    return at if at > now else None


_SAID = ("subject", "text", "html", "name", "language", "sender_name", "reply_to")


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
