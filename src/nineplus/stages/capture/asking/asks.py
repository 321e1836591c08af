"""Invitations and their messages as rows, hundreds with one statement; the ORM takes four times as long.

Statements name their columns; a test reads the rows back through the models.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from nineplus.rules.asking import Yes
from nineplus.stages.capture.answering.answers import attribute_slug, defined
from nineplus.stages.capture.asking import audience
from nineplus.stages.capture.asking.audience import SOURCE, Asking
from nineplus.stages.capture.asking.deciding import Decision
from nineplus.stages.capture.sending.preparing import message_key
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
    ids = iter(_new_ids(Invitation._meta.db_table, sum(decision.due.row is None for decision in decisions)))
    numbered = [(decision.due.row or next(ids), decision) for decision in decisions]
    told = [own for one in decisions if (own := asking.attributes.get(one.due.contact or 0))]
    if told:
        defined({name: value for own in told for name, value in own.items()}, now=now)
    fresh = [_row(asking, number, one, revision) for number, one in numbered if one.due.row is None]
    _insert(Invitation._meta.db_table, _INVITATION, fresh)
    for number, decision in numbered:
        if decision.due.row is not None:
            named = dict(zip(_INVITATION, _row(asking, number, decision, revision), strict=True))
            Invitation.objects.filter(pk=number).update(**{name: named[name] for name in _AGAIN})
    messages = [_message(number, one.verdict, one.at, now) for number, one in numbered if isinstance(one.verdict, Yes)]
    _insert(Message._meta.db_table, _MESSAGE, messages)


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


def _new_ids(table: str, count: int) -> Sequence[int]:
    """Ids for so many new rows, so that what refers to them can be written without reading them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # one writer at a time: nobody else takes them
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            first = (found[0] if found else 0) + 1
            return range(first, first + count)
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _insert(table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.vendor == "sqlite":
        times = [place for place, kind in enumerate(columns.values()) if kind == "timestamptz"]
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(columns))
            stored = (_with_stored_times(row, times) for row in rows)
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", stored)
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    turned = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})", turned)


def _with_stored_times(row: tuple[Any, ...], places: Sequence[int]) -> list[Any]:
    """The row with its times as the ORM writes them."""
    values = list(row)
    for place in places:
        values[place] = connection.ops.adapt_datetimefield_value(values[place])
    return values
