"""Writing to the customer from a case, and taking in what they answer.

A letter is to the one person of the case, from the configured sender, and goes through the queue of messages, so it
is sent once. It counts as contact when it has been sent, and no longer when it comes back.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from nineplus.channels._mime import message_id, one_line
from nineplus.rules.links import seal
from nineplus.stages.act.cases import history, letters, owning, policy, working
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import personal, senders
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import sample
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, CaseMail, Contact, Message, Sender, Suppression, User
from nineplus.store.models.asking import MessageKind, MessageState, SuppressionReason
from nineplus.store.models.cases import CaseEntryKind, CaseState

_LONGEST = 20_000
_REFERS = 10
_TOGETHER = 500
_COMES_BACK = timedelta(days=30)
_AGAINST = {
    SuppressionReason.BOUNCED: "Letters to their address come back. Call them, or write to another address.",
    SuppressionReason.COMPLAINED: "They reported an earlier message as unwanted. Call them instead.",
    SuppressionReason.MANUAL: "Their address is on the list of those never written to.",
    SuppressionReason.ERASED: "The person was erased.",
}
"""Who unsubscribed from surveys may be answered: a letter from a person is no survey."""


def reply(
    pk: int,
    *,
    subject: str,
    text: str,
    by: User,
    wait: bool = False,
    version: int | None = None,
    now: datetime,
) -> CaseMail:
    """Queue a letter to the case's person; with `wait` the case then waits for their answer.

    Raises NotPossible when they cannot be written to, Conflict when the case was closed or changed meanwhile.
    """
    subject, text = one_line(subject), text.replace("\x00", "").strip()
    if not subject or not text:
        raise NotPossible("A letter has a subject and a text.")
    if len(subject) > 300 or len(text) > _LONGEST:
        raise NotPossible(f"At most 300 characters of subject and {_LONGEST:,} of text, please.")
    sender = _sender()
    with transaction.atomic():
        case = history.hold(pk, version=version)
        if case.state == CaseState.CLOSED:
            raise Conflict("The case was closed meanwhile. Open it again first; what you wrote is still here.")
        person = _person(case, sender)
        key = f"reply-case-{case.pk}-{secrets.token_hex(8)}"
        language = letters.language_of(case) or "en"
        message = Message.objects.create(
            kind=MessageKind.REPLY,
            sender=sender,
            medium="email",
            address=person.email,
            key=key,
            body={
                "subject": subject,
                "text": text + "\n",
                **personal.to_one(personal.Words(subject, text, language=language), contact=person),
                "name": person.name,
                "language": language,
                "sender_name": _from_whom(by),
                "reply_to": _reply_to(case, sender, by),
                "headers": _thread(case, sender),
            },
            due_at=now,
            created_at=now,
        )
        mail = CaseMail.objects.create(
            case=case, message=message, by=by, address=person.email, subject=subject, text=text, at=now
        )
        if case.owner_id is None:
            owning._given(case, to=by, by=by, why="", now=now)
        if wait and case.state != CaseState.WAITING:
            working._become(case, "wait", by=by, now=now, text="For their answer.")
        elif case.state == CaseState.OPEN:
            working._become(case, "start", by=by, now=now)
        else:
            history.put(case)
    return mail


def can_write(case: Case) -> str:
    """Why no letter can be written for this case; empty when one can."""
    try:
        _person(case, _sender())
    except NotPossible as reason:
        return str(reason)
    return ""


def unsettled() -> bool:
    """Is there a letter of which it is not known yet what became of it?"""
    return CaseMail.objects.filter(settled="", came="").exists()


def settle(*, now: datetime) -> int:
    """Write down what became of our letters: sent, not sent, come back. How many. Safe to repeat."""
    done = 0
    ours = CaseMail.objects.filter(settled="", came="").exclude(
        message__state__in=(MessageState.WAITING, MessageState.SENDING)  # a sender that stands still holds up no other
    )
    for pk in ours.order_by("pk").values_list("pk", flat=True)[:_TOGETHER]:
        with transaction.atomic():
            done += _settled(pk, now=now)
    back = CaseMail.objects.filter(settled="sent", at__gt=now - _COMES_BACK, message__notices__kind="bounced")
    for pk in back.order_by("pk").values_list("pk", flat=True).distinct()[:_TOGETHER]:
        with transaction.atomic():
            done += _came_back(pk, now=now)
    return done


def came(mail: int, *, now: datetime) -> None:
    """A letter came in that belongs to a case. Safe to repeat. What a machine wrote changes nothing."""
    with transaction.atomic():
        row = CaseMail.objects.select_for_update(of=("self",)).filter(pk=mail, settled="").exclude(came="").first()
        if row is None or row.case_id is None:
            return
        case = history.hold(row.case_id)
        while case.merged_into_id:
            case = history.hold(case.merged_into_id)
        CaseMail.objects.filter(pk=row.pk).update(settled="came", case=case)
        kind = CaseEntryKind.MACHINE if row.machine else CaseEntryKind.CAME
        history.write(case, kind, now=row.at, data={"mail": row.pk}, key=f"mail:{row.pk}")
        if row.machine:
            return
        if case.state == CaseState.CLOSED:
            _again(case, "They answered.", now=now)
        else:
            working._become(case, "heard", by=None, now=now, silent=True, level=0)
            history.tell(case, "case.changed", now=now, what="came")


# -- what became of ours ------------------------------------------------------------------------------------------


def _settled(pk: int, *, now: datetime) -> int:
    mail = CaseMail.objects.select_related("message", "by").filter(pk=pk, settled="").first()
    if mail is None or mail.case_id is None:
        return 0
    message = mail.message
    state = message.state if message else MessageState.DROPPED
    if state in (MessageState.WAITING, MessageState.SENDING):
        return 0
    case = history.hold(mail.case_id)
    data = {"mail": mail.pk, "way": "email"}
    if message is not None and state == MessageState.SENT:
        CaseMail.objects.filter(pk=pk).update(settled="sent")
        at = message.sent_at or now
        history.write(case, CaseEntryKind.SENT, now=at, by=mail.by, data=data, key=f"mail:{pk}")
        working.contacted(case, at=at)
        return 1
    CaseMail.objects.filter(pk=pk).update(settled="unsent")
    words = message.error if message and message.error else "It was not sent."
    if state == MessageState.UNSURE:
        words = f"Nobody knows whether it arrived: {words} Ask them, or write again."
    _not_reached(case, mail, words, now=now)
    return 1


def _came_back(pk: int, *, now: datetime) -> int:
    mail = CaseMail.objects.select_related("message", "by").filter(pk=pk, settled="sent").first()
    if mail is None or mail.case_id is None or mail.message is None:
        return 0
    CaseMail.objects.filter(pk=pk).update(settled="bounced")
    case = history.hold(mail.case_id)
    detail = mail.message.notices.filter(kind="bounced").order_by("pk").values_list("detail", flat=True).first()
    working.not_contacted(case)
    _not_reached(case, mail, f"It came back: {detail}" if detail else "It came back.", now=now)
    return 1


def _not_reached(case: Case, mail: CaseMail, words: str, *, now: datetime) -> None:
    """The customer has not heard from us: it is told, and a case that was closed on the strength of it goes on."""
    history.write(
        case, CaseEntryKind.UNSENT, now=now, by=mail.by, text=words, data={"mail": mail.pk}, key=f"unsent:{mail.pk}"
    )
    if case.state == CaseState.CLOSED and not case.merged_into_id and not case.contacted_at:
        _again(case, "The letter did not arrive.", now=now)
    elif case.state == CaseState.WAITING:
        working._become(case, "heard", by=None, now=now, silent=True)
    history.tell(case, "case.changed", now=now, what="unsent")


def _again(case: Case, why: str, *, now: datetime) -> None:
    try:
        working.reopen(case.pk, why=why, by=None, now=now)
    except Conflict:  # another case of theirs is open: there they are looked after
        other = Case.objects.exclude(state=CaseState.CLOSED).filter(
            account=case.account_id, contact=case.contact_id if not case.account_id else None
        )
        if (pk := other.values_list("pk", flat=True).first()) is not None:
            history.write(history.hold(pk), CaseEntryKind.NOTE, now=now, text=f"Of case {case.pk}: {why}")


# -- small --------------------------------------------------------------------------------------------------------


def _sender() -> Sender:
    sender = Sender.objects.filter(medium="email", is_default=True).first()
    if sender is None:
        raise NotPossible("There is no e-mail sender yet. An owner adds one in Settings, Senders.")
    if sender.error:
        raise NotPossible(f"The sender “{sender.name}” does not work: {sender.error}")
    return sender


def _person(case: Case, sender: Sender) -> Contact:
    person = Contact.objects.filter(pk=case.contact_id).first() if case.contact_id else None
    if person is None or person.erased_at or not person.email:
        raise NotPossible("No e-mail address of a person is known. Call them.")
    digest = suppression.digest_of("email", person.email)
    against = set(Suppression.objects.filter(medium="email", digest=digest).values_list("reason", flat=True))
    for reason, words in _AGAINST.items():
        if reason in against:
            raise NotPossible(words)
    if person.source == sample.SOURCE and not senders.stays_here(sender):
        raise NotPossible("This is somebody of the sample company: nothing is sent out to them.")
    return person


def _from_whom(by: User) -> str:
    company = preferences().company
    return ", ".join(part for part in (by.name, company) if part)


def _reply_to(case: Case, sender: Sender, by: User) -> str:
    """Where they answer to: the address whose mail comes here, else the agent's own."""
    mailbox = senders.takes_mail_at(sender)
    if not mailbox:
        return by.email
    # Through a provider always: some give our letters names of their own, by which an answer would not be known.
    if senders.mailbox_of(sender) and not policy.current().plus_addresses:
        return mailbox
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{seal(number=case.pk, purpose='case', key=links_key())}@{domain}"


def _thread(case: Case, sender: Sender) -> dict[str, str]:
    """The letters before, so that their mail program shows them as one conversation."""
    mails = CaseMail.objects.filter(case=case).select_related("message").order_by("-at", "-pk")[:_REFERS]
    names = [
        f"<{mail.came}>" if mail.came else message_id(mail.message.key, sender.from_address)
        for mail in mails
        if mail.came or mail.message
    ]
    return {"In-Reply-To": names[0], "References": " ".join(reversed(names))} if names else {}
