"""Letters to one customer that are no survey: news of a change, a nudge, a programme's question.

Each is written once, from the configured sender, in the reader's own words, with a link to want no more. They are
letters to many, so each goes at an hour when surveys usually may where its reader lives. Just before it is sent it is
looked at again, the hour too, as invitations are. What a colleague answers to one customer is a reply and waits for
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from nineplus.channels._mime import one_line
from nineplus.languages import choose, texts
from nineplus.model.survey import Policy
from nineplus.rules.links import seal
from nineplus.rules.sending_time import when_to_send, zone_called
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import addresses, suppression
from nineplus.stages.capture.sending import framing, senders
from nineplus.stages.capture.sending.framing import Look
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import sample
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, Contact, Message, PersonalLetter, Sender
from nineplus.store.models.asking import MessageKind
from nineplus.store.models.cases import CaseEntryKind, CaseState


@dataclass(frozen=True, slots=True)
class Words:
    """What one letter says. Paragraphs of `text` are apart by an empty line; `links` stand below it as (name, address).

    `why`: the line at the end that says why the reader gets it. `reads`: the language of what we add to the text;
    empty: its own.
    """

    subject: str
    text: str
    links: tuple[tuple[str, str], ...] = ()
    why: str = ""
    language: str = "en"
    reads: str = ""


def write(
    contact: Contact,
    words: Words,
    *,
    key: str,
    sender: Sender | None = None,
    from_whom: str = "",
    reply_to: str = "",
    now: datetime,
) -> Message:
    """Queue that letter for the next hour that suits; what was written under the same `key` already is given back.

    Raises NotPossible when there is no sender, or when this person may not be written to.
    """
    known = PersonalLetter.objects.select_related("message").filter(key=key).first()
    if known is not None:
        return known.message
    sender = sender or sending()
    if reason := refused([contact], sender=sender).get(contact.pk):
        raise NotPossible(REASONS[reason])
    company = preferences().company
    with transaction.atomic():
        message = Message.objects.create(
            kind=MessageKind.LETTER,
            sender=sender,
            medium="email",
            address=contact.email,
            key=f"letter-{key}",
            due_at=_moment(contact, now=now),
            created_at=now,
        )
        letter = PersonalLetter.objects.create(message=message, contact=contact, key=key, written_at=now)
        leave, look = _leave(letter.pk), framing.look_for(contact)
        message.body = {
            "subject": one_line(words.subject),
            "text": _as_text(words, leave=leave),
            "html": _as_html(words, leave=leave, company=company, look=look),
            "logo_of": look.logo_of,
            "name": contact.name,
            "language": words.language,
            "sender_name": from_whom or company,
            "reply_to": reply_to or senders.mailbox_of(sender),
            "headers": {
                "List-Unsubscribe": f"<{leave}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Content-Language": words.language,
            },
        }
        message.save(update_fields=["body"])
    return message


def _moment(contact: Contact, *, now: datetime) -> datetime:
    """The first moment from `now` on at which it is no weekend, holiday or night where they live."""
    zone = zone_called(contact.time_zone) or preferences().zone
    return when_to_send(Policy(), zone, contact.country, now=now)


def sending() -> Sender:
    """The sender that letters go through. Raises NotPossible when there is none that works, or links lead nowhere."""
    sender = Sender.objects.filter(medium="email", is_default=True).first()
    if sender is None:
        raise NotPossible("There is no e-mail sender yet. An owner adds one in Settings, Senders.")
    if sender.error:
        raise NotPossible(f"The sender “{sender.name}” does not work: {sender.error}")
    senders.must_reach(sender)
    return sender


REASONS: Mapping[str, str] = {
    "no_address": "No e-mail address of theirs is known.",
    "erased": "The person was erased.",
    "no_consent": "They do not want to be contacted.",
    "made_up": "This is somebody of the sample company: nothing is sent out to them.",
    "unsubscribed": "They want no more messages.",
    "bounced": "Messages to their address come back.",
    "complained": "They reported an earlier message as unwanted.",
    "manual": "Their address is on the list of those never written to.",
    "open_case": "A case of theirs is open: they wait for another answer.",
}
"""Why somebody gets no letter, in words."""


def refused(contacts: Collection[Contact], *, sender: Sender | None) -> dict[int, str]:
    """Of these people, by contact, those who get no letter, each with the reason (a key of REASONS). Few queries.

    `sender` None: whatever it may be, so that nobody is left out for being made up.
    """
    against = suppression.suppressed(medium="email", addresses=[person.email for person in contacts])
    inside = sender is None or senders.stays_here(sender)
    return {person.pk: reason for person in contacts if (reason := _reason(person, against, inside=inside))}


@dataclass(frozen=True, slots=True)
class Looked:
    """Queued letters looked at again, by message: those not to be sent any more (with a key of REASONS), and those that
    must wait until another hour."""

    unwanted: Mapping[int, str]
    later: Mapping[int, datetime]


def look_again(messages: Collection[int], *, sender: Sender, now: datetime) -> Looked:
    """Which of these queued letters may go now? They may be sent long after they were written. Few queries."""
    rows = list(PersonalLetter.objects.select_related("contact").filter(message__in=list(messages)))
    people = {row.contact_id: row.contact for row in rows}
    reasons = refused(list(people.values()), sender=sender)
    cases = _newest_open_cases(people)
    unwanted, later = {}, {}
    for row in rows:
        opened = cases.get(row.contact_id)
        if reason := reasons.get(row.contact_id) or ("open_case" if opened and opened > row.written_at else ""):
            unwanted[row.message_id] = reason
        elif (moment := _moment(row.contact, now=now)) > now:
            later[row.message_id] = moment
    return Looked(unwanted, later)


def _newest_open_cases(people: Collection[int]) -> dict[int, datetime]:
    """When the newest case of each of these people was opened, or opened again, that is open now.

    One that was open before the letter was written is no news: whoever wrote it knew of that, as a rule does that opens
    a case and writes to the customer.
    """
    again = Max("entries__at", filter=Q(entries__kind=CaseEntryKind.REOPENED))
    rows = Case.objects.filter(contact__in=list(people)).exclude(state=CaseState.CLOSED).annotate(again=again)
    found: dict[int, datetime] = {}
    for person, opened, opened_again in rows.values_list("contact", "opened_at", "again"):
        at = max(opened, opened_again or opened)
        found[person] = max(at, found.get(person, at))
    return found


def to_one(words: Words, *, contact: Contact | None) -> dict[str, object]:
    """The same words as HTML, for the body of a letter of one person to one person: no way to leave."""
    look = framing.look_for(contact)
    return {"html": _as_html(words, leave="", company=preferences().company, look=look), "logo_of": look.logo_of}


def as_test(words: Words) -> dict[str, object]:
    """The body of a message that shows that letter to whoever tries it; the link to leave stands for nobody."""
    company, leave, look = preferences().company, _leave(0), framing.look_for(None)
    return {
        "subject": f"[Test] {one_line(words.subject)}",
        "text": _as_text(words, leave=leave),
        "html": _as_html(words, leave=leave, company=company, look=look),
        "logo_of": look.logo_of,
        "sender_name": company,
        "language": words.language,
    }


def language_for(contact: Contact, offered: Collection[str], *, otherwise: str = "en") -> str:
    """Of the languages offered the one this person reads best."""
    return choose(survey=otherwise, offered=list(offered), contact=contact.language)


def _reason(person: Contact, against: Mapping[str, str], *, inside: bool) -> str:
    if person.erased_at:
        return "erased"
    if not person.email:
        return "no_address"
    if person.consent is False:
        return "no_consent"
    if person.source == sample.SOURCE and not inside:
        return "made_up"
    return against.get(person.email, "")


def _as_text(words: Words, *, leave: str) -> str:
    links = "\n".join(f"{name}: {address}" for name, address in words.links)
    end = "\n".join(filter(None, (words.why, f"{_leaving(words)}: {leave}")))
    return "\n\n".join(filter(None, (words.text.strip(), links, f"-- \n{end}"))) + "\n"


def _as_html(words: Words, *, leave: str, company: str, look: Look) -> str:
    return framing.framed(
        framing.paragraphs(words.text),
        subject=words.subject,
        language=words.language,
        end=_end(company, words.why),
        links=words.links,
        leave=(_leaving(words), leave),
        company=company,
        look=look,
    )


def _end(company: str, why: str) -> str:
    """Who writes, and why: the name is a sentence only where another one follows it."""
    stop = "" if company.endswith(".") else "."
    return f"{company}{stop} {why}" if company and why else company or why


def _leave(letter: int) -> str:
    return f"{addresses.base()}/u/{seal(number=letter, purpose='letter', key=links_key())}/"


def _leaving(words: Words) -> str:
    return texts(words.reads or words.language).say("email", "unsubscribe")
