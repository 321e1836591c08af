"""A test to oneself: the message as a customer would get it, through the sender that customers' go through.

Its links lead to a page that shows the draft and keeps nothing; the one to unsubscribe stands for nobody.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from nineplus.model.survey import Content
from nineplus.rules import addresses as rules
from nineplus.rules.links import unseal
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import mail, personal, senders, texting
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Message, Sender, Survey, User
from nineplus.store.models.asking import MessageKind


def send_test(
    survey: Survey, *, to: str, by: User | None = None, medium: str = "email", language: str = "", now: datetime
) -> Message:
    """Queue what the survey's draft (else what it asks now) looks like, to that address. Raises NotPossible.

    Its subject says that it is a test. The worker sends it within seconds; the message's `state` and `error` say how
    it went.
    """
    address, sender = _ways(to, medium=medium)
    content = surveys.content_of(survey)
    body = _text(content, language, sender, survey) if medium == "sms" else _mail(content, language, survey, by)
    return Message.objects.create(
        kind=MessageKind.TEST,
        medium=medium,
        address=address,
        body=body,
        key=f"test-{survey.pk}-{secrets.token_hex(8)}",
        due_at=now,
        created_at=now,
    )


def send_words(words: personal.Words, *, to: str, by: User | None = None, key: str, now: datetime) -> Message:
    """Queue a personal letter as a test to that address. Raises NotPossible.

    `key` is a new one for each test. It has no link to leave: whoever gets it asked for it.
    """
    address, _ = _ways(to, medium="email")
    return Message.objects.create(
        kind=MessageKind.TEST,
        medium="email",
        address=address,
        body={**personal.as_test(words), "name": by.name if by else ""},
        key=f"test-{key}",
        due_at=now,
        created_at=now,
    )


def tested(*, token: str) -> Content | None:
    """What the page of a test message shows: the survey's draft, else what it asks now; None for any other token."""
    link = unseal(token, purpose="test", key=links_key())
    survey = Survey.objects.select_related("current").filter(pk=link.number).first() if link else None
    return surveys.content_of(survey) if survey else None


NO_SENDER = {
    "email": "There is no e-mail sender yet. Add one in Settings, Senders.",
    "sms": "There is no SMS sender yet. Add one in Settings, Senders.",
}


def _ways(to: str, *, medium: str) -> tuple[str, Sender]:
    """The address as it is written to, and through whom. Raises NotPossible."""
    try:
        address = rules.telephone_number(to) if medium == "sms" else rules.email_address(to)
    except ValueError as problem:
        raise NotPossible(str(problem)) from None
    sender = Sender.objects.filter(medium=medium, is_default=True).first()
    if sender is None:
        raise NotPossible(NO_SENDER[medium])
    if sender.error:
        raise NotPossible(f"The sender “{sender.name}” does not work: {sender.error}")
    senders.must_reach(sender)
    return address, sender


def _mail(content: Content, language: str, survey: Survey, by: User | None) -> dict[str, str]:
    letter = mail.letter(
        content=content,
        language=language,
        company=preferences().company,
        list_id=f"survey-{survey.public_id or survey.pk}",
    )
    shown = letter.to(
        key="",
        address="",
        name="",
        answer=addresses.test_address(survey.pk, key=links_key()),
        unsubscribe=addresses.unsubscribe_address(0, key=links_key()),
        sender_address="",
        at=survey.created_at,
    )
    return {
        "subject": f"[Test] {shown.subject}",
        "text": shown.text,
        "html": shown.html,
        "sender_name": shown.sender_name,
        "reply_to": shown.reply_to,
        "name": by.name if by else "",
        "language": shown.language,
        "logo": content.brand.logo,
    }


def _text(content: Content, language: str, sender: Sender, survey: Survey) -> dict[str, str]:
    link = "" if texting.can_reply(sender.from_address) else addresses.test_address(survey.pk, key=links_key())
    company = preferences().company
    return {"text": texting.invitation_text(content, language=language, company=company, link=link)}
