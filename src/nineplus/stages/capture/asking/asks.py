"""Invitations and their messages as rows, hundreds with one statement; the ORM takes four times as long.

Statements name their columns; a test reads the rows back through the models.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nineplus.rules.asking import Yes
from nineplus.stages.capture.answering.answers import attribute_slug, defined
from nineplus.stages.capture.asking import audience
from nineplus.stages.capture.asking.audience import SOURCE, Asking
from nineplus.stages.capture.asking.deciding import Decision
from nineplus.stages.capture.sending.preparing import message_key
from nineplus.store import bulk
from nineplus.store.models import Invitation, Message
from nineplus.store.models.asking import MessageKind, MessageState
from nineplus.store.models.capture import Fate

_INVITATION = {
    "id": "bigint",
    "source": "text",
    "external_id": "text",
    "revision": "bigint",
    "survey_id": "bigint",
    "account_id": "bigint",
    "contact_id": "bigint",
    "ticket_id": "bigint",
    "channel": "text",
    "fate": "text",
    "reason": "text",
    "attributes": "jsonb",
    "version_id": "bigint",
    "language": "text",
    "arm": "text",
    "due_at": "timestamptz",
    "expires_at": "timestamptz",
    "signals": "jsonb",
}
_MESSAGE = {
    "invitation_id": "bigint",
    "kind": "text",
    "number": "smallint",
    "medium": "text",
    "address": "text",
    "body": "jsonb",
    "key": "text",
    "state": "text",
    "due_at": "timestamptz",
    "claimed_by": "text",
    "attempts": "smallint",
    "provider_id": "text",
    "parts": "smallint",
    "error": "text",
    "created_at": "timestamptz",
}
_AGAIN = ("channel", "fate", "reason", "version_id", "language", "arm", "due_at", "expires_at", "revision")


def write(asking: Asking, decisions: Sequence[Decision], *, revision: int, now: datetime) -> None:
    """Keep these decisions: an invitation or a skip for each, and a message for each who is asked.

    In the caller's transaction, of that revision. Who was skipped before keeps their row.
    """
    ids = iter(bulk.new_ids(Invitation._meta.db_table, sum(decision.due.row is None for decision in decisions)))
    numbered = [(decision.due.row or next(ids), decision) for decision in decisions]
    told = [own for one in decisions if (own := asking.attributes.get(one.due.contact or 0))]
    if told:
        defined({name: value for own in told for name, value in own.items()}, now=now)
    fresh = [_row(asking, number, one, revision) for number, one in numbered if one.due.row is None]
    bulk.insert(Invitation._meta.db_table, _INVITATION, fresh)
    for number, decision in numbered:
        if decision.due.row is not None:
            named = dict(zip(_INVITATION, _row(asking, number, decision, revision), strict=True))
            Invitation.objects.filter(pk=number).update(**{name: named[name] for name in _AGAIN})
    messages = [_message(number, one.verdict, one.at, now) for number, one in numbered if isinstance(one.verdict, Yes)]
    bulk.insert(Message._meta.db_table, _MESSAGE, messages)


def _message(invitation: int, to: Yes, at: datetime | None, now: datetime) -> tuple[Any, ...]:
    return (
        invitation,
        MessageKind.INVITATION.value,
        0,
        to.medium,
        to.address,
        "{}",
        message_key(invitation),
        MessageState.WAITING.value,
        at,
        "",
        0,
        "",
        1,
        "",
        now,
    )


def _row(asking: Asking, number: int, decision: Decision, revision: int) -> tuple[Any, ...]:
    due, verdict = decision.due, decision.verdict
    yes = isinstance(verdict, Yes)
    return (
        number,
        SOURCE,
        audience.external_id(asking.survey.pk, due.occasion),
        revision,
        asking.survey.pk,
        due.account,
        due.contact,
        due.ticket,
        verdict.medium if isinstance(verdict, Yes) else "",
        (Fate.PLANNED if yes else Fate.SKIPPED).value,
        decision.reason,
        json.dumps(
            {attribute_slug(name): value for name, value in asking.attributes.get(due.contact or 0, {}).items()}
        ),
        asking.survey.current_id,
        decision.language,
        decision.arm,
        decision.at,
        decision.until,
        json.dumps({"words": dict(asking.words)}) if asking.words else "{}",
    )
