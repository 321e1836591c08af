"""Letters that answer to one of ours: kept, and handed on by an event, once.

A letter belongs to a case when it refers to a letter of the case, whose name nobody can guess, or was sent to an
address that carries the case's token.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from nineplus.channels import _letters
from nineplus.channels._letters import Letter
from nineplus.rules.links import unseal
from nineplus.stages.capture.answering.links import links_key
from nineplus.store.models import Case, CaseMail, Event

_OURS = re.compile(r"(reply-case-[0-9]{1,19}-[0-9a-f]{16})@")


def take_in(letter: Letter, *, now: datetime) -> bool:
    """Keep it for the case that it answers to; False when it answers to none. Safe to repeat."""
    written = _letters.read(letter.message, letter.raw)
    case = _by_thread(written) or _by_token(written)
    if case is None:
        return False
    with transaction.atomic():
        kept, fresh = CaseMail.objects.get_or_create(
            came=written.id[:255],
            defaults={
                "case_id": case,
                "address": written.address,
                "subject": written.subject,
                "text": written.text,
                "attachments": [asdict(one) for one in written.files],
                "machine": written.machine,
                "at": now,
            },
        )
        if fresh:
            Event.publish(kind="case.mail", data={"mail": kept.pk}, now=now)
    return True


def _by_thread(written: _letters.Written) -> int | None:
    keys = [found.group(1) for name in written.answers_to if (found := _OURS.match(name))]
    mails = dict(CaseMail.objects.filter(message__key__in=keys).values_list("message__key", "case")) if keys else {}
    return next((mails[key] for key in keys if key in mails), None)


def _by_token(written: _letters.Written) -> int | None:
    links = [unseal(token, purpose="case", key=links_key()) for token in written.tokens]
    numbers = [link.number for link in links if link]
    return Case.objects.filter(pk__in=numbers).values_list("pk", flat=True).first() if numbers else None
