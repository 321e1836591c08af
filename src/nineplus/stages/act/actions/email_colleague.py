"""Write to a colleague by e-mail, through the sender that customers' letters go through."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import linebreaks

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _saying
from nineplus.stages.act.alerts.whom import may_know
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Message, Sender, User
from nineplus.store.models.asking import MessageKind

_HIDDEN = "Who it is about is not said here: your role does not show customers."


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    to = _colleague(settings["to"].strip())
    if to is None:
        raise NotPossible("The colleague is not there any more.")
    if not _may_be_sent():
        raise NotPossible("There is no e-mail sender yet. Add one in Settings, Senders.")
    knows = may_know(to)
    about = (_saying.sentence(doing), _saying.address(doing)) if knows else (_HIDDEN,)
    text = "\n\n".join(filter(None, (settings.get("text"), *about)))
    usual = f"{doing.rule}: {doing.customer}" if knows else doing.rule
    subject = " ".join((settings.get("subject") or usual).split())[:200]
    body = {"subject": subject, "text": text, "html": linebreaks(text, autoescape=True)}
    letter = Message(
        key=doing.key,
        kind=MessageKind.REPLY,
        medium="email",
        address=to.email,
        body={**body, "sender_name": "", "reply_to": "", "name": to.name, "language": "en"},
        due_at=doing.now,
        created_at=doing.now,
    )
    Message.objects.bulk_create([letter], ignore_conflicts=True)  # written before by a try that was cut short
    queued = "A letter to the colleague was queued"
    return Did(f"{queued}." if knows else f"{queued}, {_saying.WITHOUT_NAMES}")


@read_once
def _colleague(address: str) -> User | None:
    return User.objects.filter(email__iexact=address, is_active=True).first()


@read_once
def _may_be_sent() -> bool:
    return Sender.objects.filter(medium="email", is_default=True).exists()


ACTION = Action(
    name="email_colleague",
    title="Write to a colleague",
    fields=(
        Field("to", "Colleague's e-mail"),
        Field("subject", "Subject", required=False),
        Field("text", "First lines", required=False),
    ),
    run=run,
)
