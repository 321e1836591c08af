"""Customers' text messages: a score, then why, then thanks; STOP, START and HELP at any time."""

from __future__ import annotations

from datetime import datetime, timedelta

from nineplus.languages import texts
from nineplus.model.survey import Content
from nineplus.rules import addresses as rules
from nineplus.rules import replies as rules_of_replies
from nineplus.rules.links import seal
from nineplus.rules.outcomes import State
from nineplus.stages.capture.answering.amending import amend
from nineplus.stages.capture.answering.links import links_key, score_by_link
from nineplus.stages.capture.drawing import arms
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.sending import texting
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Contact, Invitation, Message, Response, Sender
from nineplus.store.models.asking import MessageKind, MessageState, SuppressionReason

_REMEMBERED = timedelta(days=60)
_MOST_NOT_UNDERSTOOD = 2
"""Then we are silent: two machines would write to each other for ever."""


def receive(*, sender: Sender, name: str, address: str, text: str, now: datetime) -> str:
    """Take in one incoming message of that name (once only is the caller's care); what was made of it.

    stopped, started, help, scored, commented, not_understood, silent.
    """
    try:
        number = rules.telephone_number(address)
    except ValueError:
        return "silent"
    said = rules_of_replies.read(text)
    asked = _asked(number, now=now)
    answer = _Answer(sender=sender, name=name, number=number, asked=asked, now=now)
    if said.kind == "stop":
        new = suppression.suppress(
            medium="sms", address=number, reason=SuppressionReason.UNSUBSCRIBED, now=now, detail="STOP"
        )
        return answer.say("stopped") if new else "silent"
    if said.kind == "start":
        suppression.lift(medium="sms", address=number, reason=SuppressionReason.UNSUBSCRIBED)
        return answer.say("started")
    if suppression.is_suppressed(medium="sms", address=number):
        return "silent"
    if said.kind == "help":
        return answer.say("help")
    if asked is None or said.kind == "empty":
        return "silent"
    return _answered(answer, asked, said, now=now)


class _Answer:
    """How this message is answered: one message, in the language in which the customer was asked."""

    def __init__(self, *, sender: Sender, name: str, number: str, asked: Invitation | None, now: datetime) -> None:
        self.sender, self.name, self.number, self.asked, self.now = sender, name, number, asked, now

    def say(self, key: str) -> str:
        """One of the standard answers; gives its key back."""
        says = texts(self.asked.language if self.asked else _language(self.number))
        self.write(texting.standard(key, says=says, company=_company(self.asked)), what=key)
        return key

    def write(self, text: str, *, what: str) -> None:
        number = Message.objects.filter(invitation=self.asked, kind=MessageKind.REPLY).count() if self.asked else 0
        Message.objects.get_or_create(
            key=f"reply-{self.sender.pk}-{self.name}"[:80],
            defaults={
                "invitation": self.asked,
                "kind": MessageKind.REPLY,
                "number": number,
                "sender": self.sender,
                "medium": "sms",
                "address": self.number,
                "body": {"text": text, "what": what},
                "due_at": self.now,
                "created_at": self.now,
            },
        )


def _answered(answer: _Answer, asked: Invitation, said: rules_of_replies.Reply, *, now: datetime) -> str:
    token = seal(number=asked.pk, purpose="answer", key=links_key())
    content, language = _content(asked), asked.language
    if said.kind == "score":
        outcome = score_by_link(token=token, score=said.score, now=now, language=language)
        if not outcome.taken or outcome.score is None:
            return "silent"  # closed, expired: the last word was said
        if said.text:
            amend(token=token, comment=said.text, now=now)
            answer.write(texting.thanks(content, language=language, score=outcome.score), what="thanks")
        else:
            answer.write(texting.follow_up(content, language=language, score=outcome.score), what="why")
        return "scored"
    response = Response.objects.filter(invitation=asked).first()
    if response is None:
        earlier = Message.objects.filter(invitation=asked, kind=MessageKind.REPLY, body__what="not_understood")
        if earlier.count() >= _MOST_NOT_UNDERSTOOD:
            return "silent"
        return answer.say("not_understood")
    comment = "\n".join(filter(None, (response.comment_raw, said.text)))
    outcome = amend(token=token, comment=comment, now=now)
    if outcome.state is not State.CHANGED:
        return "silent"
    if not response.comment_raw:  # thanked once
        answer.write(texting.thanks(content, language=language, score=response.score), what="thanks")
    return "commented"


def _asked(number: str, *, now: datetime) -> Invitation | None:
    """The latest invitation that was sent to this number."""
    sent = Message.objects.filter(
        medium="sms",
        address=number,
        kind__in=(MessageKind.INVITATION, MessageKind.REMINDER),
        state__in=(MessageState.SENT, MessageState.UNSURE, MessageState.SENDING),
        due_at__gte=now - _REMEMBERED,
    )
    message = (
        sent.select_related("invitation__survey__current", "invitation__version").order_by("-due_at", "-pk").first()
    )
    return message.invitation if message else None


def _content(asked: Invitation) -> Content:
    version = asked.version or asked.survey.current
    return arms.content_in(
        Content.model_validate(version.content if version else {}), survey=asked.survey_id, arm=asked.arm
    )


def _company(asked: Invitation | None) -> str:
    return (_content(asked).brand.company if asked else "") or preferences().company


def _language(number: str) -> str:
    return Contact.objects.filter(phone=number).exclude(language="").values_list("language", flat=True).first() or "en"
