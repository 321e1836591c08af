"""The store as canonical rows (mart.schema.SOURCES), read where it lies by DuckDB, and what changed since when.

Keys are the rows' own ids as text; an account's is its external id, so that the same company has the same key,
hence the same jackknife bucket, whether its data came through the store or straight from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import ibis.expr.types as ir
from django.db import connection as store
from ibis.backends.duckdb import Backend

from nineplus.mart.dataset import Attribute
from nineplus.mart.engines.duckdb import attach_store, connect
from nineplus.mart.refresh import Changes
from nineplus.mart.schema import SOURCES
from nineplus.store import models

_MOST_CHANGES = 200_000
"""Beyond this many changed rows of one table, looking at everything is cheaper than naming them."""

_ACCOUNT_KEYS = """
    SELECT id, revision, CASE WHEN row_number() OVER (PARTITION BY external_id ORDER BY id) = 1
                    THEN external_id ELSE source || ':' || external_id END AS key
    FROM store.nineplus_account
"""

_VIEWS = {
    "accounts": """
        SELECT k.key AS account, a.name, a.domain, {t:a.created_at} AS created_at, {j:a.attributes} AS attributes,
               a.revision
        FROM store.nineplus_account a JOIN account_keys k ON k.id = a.id
    """,
    "contacts": """
        SELECT c.id::VARCHAR AS contact, k.key AS account, c.email, c.name, {t:c.created_at} AS created_at,
               {j:c.attributes} AS attributes, c.revision
        FROM store.nineplus_contact c LEFT JOIN account_keys k ON k.id = c.account_id
    """,
    "tickets": """
        SELECT t.id::VARCHAR AS ticket, k.key AS account, t.contact_id::VARCHAR AS contact,
               {t:t.opened_at} AS opened_at, {t:t.first_response_at} AS first_response_at,
               {t:t.resolved_at} AS resolved_at, t.priority, t.category, t.team, t.owner, t.channel,
               t.sla_breached::BOOLEAN AS sla_breached, t.reopens::INTEGER AS reopens,
               t.escalated::BOOLEAN AS escalated, {j:t.attributes} AS attributes, t.revision
        FROM store.nineplus_ticket t LEFT JOIN account_keys k ON k.id = t.account_id
    """,
    "ticket_events": """
        SELECT e.ticket_id::VARCHAR AS ticket, {t:e.at} AS at, e.kind, e.from_value, e.to_value,
               e.by_customer::BOOLEAN AS by_customer, e.revision
        FROM store.nineplus_ticketevent e
    """,
    "invitations": """
        SELECT i.id::VARCHAR AS invitation, s.name AS survey, k.key AS account, i.contact_id::VARCHAR AS contact,
               i.ticket_id::VARCHAR AS ticket, r.id::VARCHAR AS response, i.channel, {t:i.sent_at} AS sent_at,
               i.fate, i.reason, {j:i.attributes} AS attributes, greatest(i.revision, r.revision) AS revision
        FROM store.nineplus_invitation i
        JOIN store.nineplus_survey s ON s.id = i.survey_id
        LEFT JOIN store.nineplus_response r ON r.invitation_id = i.id
        LEFT JOIN account_keys k ON k.id = i.account_id
    """,
    "responses": """
        SELECT r.id::VARCHAR AS response, s.name AS survey, s.touchpoint, k.key AS account,
               r.contact_id::VARCHAR AS contact, r.ticket_id::VARCHAR AS ticket, r.score::TINYINT AS score,
               r.comment, {t:r.answered_at} AS answered_at, r.channel, r.language, {j:r.attributes} AS attributes,
               r.revision
        FROM store.nineplus_response r
        JOIN store.nineplus_survey s ON s.id = r.survey_id
        LEFT JOIN account_keys k ON k.id = r.account_id
    """,
    "movements": """
        SELECT m.id::VARCHAR AS movement, k.key AS account, m.subscription_id::VARCHAR AS subscription,
               {t:m.at} AS at, m.kind, m.amount_minor, m.currency, m.revision
        FROM store.nineplus_movement m JOIN account_keys k ON k.id = m.account_id
    """,
}

_KEYS = {name: ("account" if name == "movements" else schema.names[0]) for name, schema in SOURCES.items()}

_REMOVED = {
    "response": "responses",
    "invitation": "invitations",
    "ticket": "tickets",
    "contact": "contacts",
    "survey": None,  # goes only when its answers are gone
    "subscription": None,  # the mart does not look at it
}
"""Removals that can be named by their key; any other removal means looking at everything."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The store at one moment: `tables` in the shape of SOURCES, reflecting everything up to `revision`."""

    tables: Mapping[str, ir.Table]
    attributes: tuple[Attribute, ...]
    revision: int
    _engine: Backend

    def changes(self, *, since: int) -> Changes:
        """What rows were written or removed after that revision."""
        if since >= self.revision:
            return Changes()
        removed: dict[str, set[str]] = {}
        for table, row in models.Removal.objects.filter(revision__gt=since).values_list("table", "row"):
            name = table.removeprefix("nineplus_")
            if name not in _REMOVED:
                return Changes(all=True)
            if _REMOVED[name]:
                removed.setdefault(_REMOVED[name], set()).add(str(row))
        changed = {}
        for name, key in _KEYS.items():
            found = self._engine.con.execute(
                f'SELECT DISTINCT "{key}" FROM "{name}" WHERE revision > {int(since)} LIMIT {_MOST_CHANGES + 1}'
            ).fetchall()
            if len(found) > _MOST_CHANGES:
                return Changes(all=True)
            changed[name] = frozenset(key for (key,) in found)
        if models.Survey.objects.filter(revision__gt=since).exists() and since:
            renamed = models.Survey.objects.filter(revision__gt=since)
            if models.Response.objects.filter(survey__in=renamed, revision__lte=since).exists():
                return Changes(all=True)  # a survey that has older answers changed its name or touchpoint
        return Changes(changed=changed, removed={name: frozenset(rows) for name, rows in removed.items()})


@contextmanager
def opened(*, memory_limit: str | None = None) -> Iterator[Sources]:
    """The store's rows, readable until the block ends; nothing is copied or locked."""
    revision = models.Revision.last()  # before the rows: what is written meanwhile is read again next time
    engine = connect(memory_limit=memory_limit)
    try:
        attach_store(engine, **_address())
        engine.con.execute(f"CREATE TEMP TABLE account_keys AS {_ACCOUNT_KEYS}")
        tables = {}
        for name, query in _VIEWS.items():
            engine.con.execute(f'CREATE TEMP VIEW "{name}" AS {_spelled(query)}')
            tables[name] = engine.table(name)
        yield Sources(tables=tables, attributes=_attributes(), revision=revision, _engine=engine)
    finally:
        engine.disconnect()


def account_key(account_id: int) -> str | None:
    """How the mart names this account; None when there is no such account. As _ACCOUNT_KEYS has it for all."""
    account = models.Account.objects.filter(pk=account_id).values("source", "external_id").first()
    if account is None:
        return None
    namesakes = models.Account.objects.filter(external_id=account["external_id"], pk__lt=account_id)
    return f"{account['source']}:{account['external_id']}" if namesakes.exists() else account["external_id"]


def _attributes() -> tuple[Attribute, ...]:
    return tuple(
        Attribute.of(slug, label)
        for slug, label in models.Attribute.objects.order_by("slug").values_list("slug", "label")
    )


def _spelled(query: str) -> str:
    """The query in the tongue of the database below: SQLite keeps instants as text."""
    if store.vendor == "sqlite":
        instant, document = r"(\1::TIMESTAMP AT TIME ZONE 'UTC')", r"\1"
    else:
        instant, document = r"\1", r"\1::VARCHAR"
    return re.sub(r"\{j:([\w.]+)\}", document, re.sub(r"\{t:([\w.]+)\}", instant, query))


def _address() -> dict[str, str]:
    settings = store.settings_dict
    if store.vendor == "sqlite":
        return {"sqlite_path": str(settings["NAME"])}
    parts = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    return {"postgres_dsn": " ".join(f"{name}={_libpq(value)}" for name, value in parts.items() if value)}


def _libpq(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
