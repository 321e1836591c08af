"""Answers as rows, many with one statement: what a batch of answers reads and writes, on SQLite and PostgreSQL.

The ORM would take longer for one row than the database for twenty (docs/reference/performance.md). Statements name
their columns; a test compares them with the models.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from nineplus.rules.outcomes import Asked
from nineplus.store import bulk
from nineplus.store.models import Revision


@dataclass(slots=True)
class Earlier:
    """A response that is kept already (or is about to be, by the same batch)."""

    id: int
    score: int
    signals: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None


@dataclass(slots=True)
class Invitee:
    """An invitation with all that its answer takes from it."""

    id: int
    survey: int
    account: int | None
    contact: int | None
    ticket: int | None
    version: int | None
    asked: Asked
    channel: str
    language: str
    arm: str
    signals: dict[str, Any]
    attributes: tuple[str | None, str | None, str | None]  # account's, contact's, its own; texts of JSON
    response: Earlier | None


@dataclass(frozen=True, slots=True)
class OpenTo:
    """A survey with an anonymous link."""

    id: int
    state: str
    version: int | None


class NewResponse(NamedTuple):
    """A row to be inserted, in the order of its columns. JSON and times are texts (`bulk.as_json`, `bulk.stored`)."""

    id: int
    revision: int
    source: str
    external_id: str
    survey: int
    score: int
    answered_at: str
    comment: str
    comment_raw: str
    channel: str
    language: str
    attributes: str
    raw: str | None
    account: int | None
    contact: int | None
    ticket: int | None
    invitation: int | None
    version: int | None
    anonymous: bool
    signals: str
    extras: str = "{}"
    tags: str = "[]"


_RESPONSE = {  # column: its type for PostgreSQL
    "id": "bigint",
    "revision": "bigint",
    "source": "text",
    "external_id": "text",
    "survey_id": "bigint",
    "score": "smallint",
    "answered_at": "timestamptz",
    "comment": "text",
    "comment_raw": "text",
    "channel": "text",
    "language": "text",
    "attributes": "jsonb",
    "raw": "jsonb",
    "account_id": "bigint",
    "contact_id": "bigint",
    "ticket_id": "bigint",
    "invitation_id": "bigint",
    "version_id": "bigint",
    "anonymous": "boolean",
    "signals": "jsonb",
    "extras": "jsonb",
    "tags": "jsonb",
}
_BEGIN = (  # both are taken only when the lock is had
    "WITH mine AS (UPDATE nineplus_revision SET number = number + 1 WHERE id = 1 RETURNING number), "
    "its AS MATERIALIZED (SELECT pg_get_serial_sequence('nineplus_response', 'id')::regclass AS name) "
    "SELECT number, ARRAY(SELECT nextval(name) FROM its, generate_series(1, %s::int)), "
    # For this transaction: plans by the indexes, made once. While a table is small, or its figures are old, reading
    # the whole of it looks cheaper, and that plan would be kept while the table grows.
    "set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true) FROM mine"
)
_EVENT = ("kind", "data", "state", "created_at", "due_at", "claimed_by", "attempts", "error")
_INVITED = (
    "i.id, i.survey_id, i.account_id, i.contact_id, i.ticket_id, coalesce(i.version_id, s.current_id), "
    "i.fate, s.state, i.expires_at, r.score, c.erased_at, i.channel, i.language, i.arm, json(i.signals), "
    "text(a.attributes), text(c.attributes), text(i.attributes), r.id, json(r.signals)",
    "nineplus_invitation i JOIN nineplus_survey s ON s.id = i.survey_id "
    "LEFT JOIN nineplus_account a ON a.id = i.account_id LEFT JOIN nineplus_contact c ON c.id = i.contact_id "
    "LEFT JOIN nineplus_response r ON r.invitation_id = i.id",
    "i.id",
)
_PUBLISH = (
    f"INSERT INTO nineplus_event ({', '.join(_EVENT)}) "
    "SELECT kind, jsonb_build_object('response', response), 'waiting', at, at, '', 0, '' "
    "FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) AS told(kind, response, at)"
)
_BY_NAME_ALONE = 2**31
_SURVEYS = "public_id, id, state, current_id", "nineplus_survey", "public_id"
_ATTRIBUTES = "slug", "nineplus_attribute", "slug"
_NAMED = "source, external_id, id, score, json(signals)", "nineplus_response", "external_id"


def invited(ids: Collection[int]) -> dict[int, Invitee]:
    """These invitations with what was answered to them, by id."""
    if connection.vendor != "postgresql" or not ids:
        return {row[0]: _invitee(row) for row in _read(*_INVITED, ids)}
    columns, tables, among = _INVITED
    found = _prepared(_asking(columns, tables, f"{among} = ANY(%s::bigint[])"), [_array(ids)])
    return {row[0]: _invitee(row) for row in (json.loads(found[0]) if found and found[0] else ())}


def surveys(public_ids: Collection[str]) -> dict[str, OpenTo]:
    """These surveys by public id."""
    return {row[0]: OpenTo(*row[1:]) for row in _read(*_SURVEYS, public_ids)}


def known_attributes(slugs: Collection[str]) -> set[str]:
    """Those of these slugs that are attributes here."""
    return {row[0] for row in _read(*_ATTRIBUTES, slugs)}


def named(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Earlier]:
    """The responses that there are of these sources and external ids."""
    found: dict[tuple[str, str], Earlier] = {}
    for source in {source for source, _ in keys}:
        for row in _read(*_NAMED, [key for of, key in keys if of == source], source=source):
            found[row[0], row[1]] = Earlier(row[2], row[3], row[4])
    return found


def begin(count: int) -> tuple[int, Sequence[int]]:
    """The transaction's revision, and ids for so many new responses: their events need not read them back."""
    if connection.vendor == "postgresql" and (found := _prepared(_BEGIN, [str(count)])):
        return found[0], found[1]
    return Revision.next(), bulk.new_ids("nineplus_response", count)


def insert(new: Sequence[NewResponse]) -> None:
    """Write these responses."""
    bulk.insert_texts("nineplus_response", tuple(_RESPONSE), new)


def change(changed: Iterable[Earlier], *, revision: int) -> None:
    """Write the new scores of these responses, with the earlier ones among their signals."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE nineplus_response SET score = %s, signals = %s, changed_at = %s, revision = %s WHERE id = %s",
            [
                (row.score, json.dumps(row.signals), row.changed_at and bulk.stored(row.changed_at), revision, row.id)
                for row in changed
            ],
        )


def mark_answered(invitations: Collection[int], *, revision: int) -> None:
    """These invitations have their answer."""
    change = "UPDATE nineplus_invitation SET fate = 'answered', reason = '', revision = %s WHERE "
    if connection.vendor == "postgresql":
        _prepared(change.replace("%s", "%s::bigint") + "id = ANY(%s::bigint[])", [str(revision), _array(invitations)])
        return
    with connection.cursor() as cursor:
        cursor.execute(change + _among("id"), [revision, _list(invitations)])


def publish(events: Sequence[tuple[str, int, str]]) -> None:
    """Event rows of these kinds for these responses at these times (`bulk.stored`), as `Event.publish` writes them."""
    if connection.vendor == "postgresql":
        kinds, responses, times = zip(*events, strict=True)
        _prepared(_PUBLISH, [_array(kinds), _array(responses), _array(f'"{at}"' for at in times)])
        return
    rows = [(kind, f'{{"response": {response}}}', "waiting", at, at, "", 0, "") for kind, response, at in events]
    bulk.insert_texts("nineplus_event", _EVENT, rows)


def _invitee(row: Sequence[Any]) -> Invitee:
    return Invitee(
        id=row[0],
        survey=row[1],
        account=row[2],
        contact=row[3],
        ticket=row[4],
        version=row[5],
        asked=Asked(
            fate=row[6], survey_state=row[7], expires_at=_aware(row[8]), score=row[9], erased=row[10] is not None
        ),
        channel=row[11],
        language=row[12],
        arm=row[13],
        signals=row[14] or {},
        attributes=(row[15], row[16], row[17]),
        response=None if row[18] is None else Earlier(row[18], row[9], row[19] or {}),
    )


def _read(columns: str, tables: str, among: str, values: Collection[Any], *, source: str = "") -> list[list[Any]]:
    """These columns where `among` is one of the values. All rows come as one JSON text: one step of SQLite and one
    answer of PostgreSQL, so that other threads are waited for once and not once a row.
    """
    if not values:
        return []
    where = _among(among) + (" AND source = %s" if source else "")
    if connection.vendor == "sqlite":
        columns = columns.replace("text(", "(")  # a JSON column is text there
        sql = f"SELECT json_group_array(json_array({columns})) FROM {tables} WHERE {where}"
    else:
        sql = _asking(columns, tables, where)
    with connection.cursor() as cursor:
        cursor.execute(sql, [_list(values), *([source] if source else [])])
        found = cursor.fetchone()[0]
    return json.loads(found) if found else []


def _asking(columns: str, tables: str, where: str) -> str:
    return f"SELECT json_agg(json_build_array({columns.replace('json(', '(')}))::text FROM {tables} WHERE {where}"


def _prepared(statement: str, values: Sequence[Any]) -> Any:
    """Run a statement that PostgreSQL plans once and remembers; its first row.

    Planning five joined tables takes it longer than reading them for fifty answers; and knowing the list's length it
    would read whole tables. Django asks psycopg to prepare nothing unless a threshold is set, not even what is asked
    for by name: no statement comes to this one by being repeated.
    """
    from psycopg import Cursor  # not where SQLite is all there is

    connection.ensure_connection()
    connection.connection.prepare_threshold = connection.connection.prepare_threshold or _BY_NAME_ALONE
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchone() if cursor.description else None


def _array(plain: Iterable[int | str]) -> str:
    return f"{{{','.join(map(str, plain))}}}"


def _among(column: str) -> str:
    return f"{column} IN (SELECT value FROM json_each(%s))" if connection.vendor == "sqlite" else f"{column} = ANY(%s)"


def _list(values: Collection[Any]) -> Any:
    return json.dumps(list(values)) if connection.vendor == "sqlite" else list(values)


def _aware(value: str | None) -> datetime | None:
    """A time as JSON has it; SQLite's is in UTC without saying so."""
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
