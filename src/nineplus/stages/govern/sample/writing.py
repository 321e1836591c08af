"""The made-up company's rows, written in steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from nineplus.connectors.files.comments import split
from nineplus.sample.company import Company
from nineplus.stages.govern.sample import state
from nineplus.stages.govern.sample.looping import Answer
from nineplus.stages.govern.sample.setting import write_loop
from nineplus.stages.govern.sample.state import SOURCE, Work
from nineplus.store.models import (
    Account,
    Attribute,
    Contact,
    Invitation,
    Movement,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
)


def write(company: Company, work: Work, *, now: datetime) -> None:
    """Insert everything. Raises Conflict when it is no longer this work's to load."""
    sources = company.sources
    tell, bulk = work.tell, partial(_bulk, work)
    _define_attributes(work, now=now)

    tell("Accounts and contacts", 0.1)
    accounts = bulk(
        Account,
        (
            {
                "external_id": row["account"],
                "name": row["name"],
                "domain": row["domain"],
                "created_at": row["created_at"],
                "attributes": json.loads(row["attributes"]),
            }
            for row in _rows(sources["accounts"])
        ),
    )
    contacts = bulk(
        Contact,
        (
            {
                "external_id": row["contact"],
                "account_id": accounts[row["account"]],
                "email": row["email"],
                "name": row["name"],
                "created_at": row["created_at"],
                "attributes": json.loads(row["attributes"]),
            }
            for row in _rows(sources["contacts"])
        ),
    )
    tell("Tickets", 0.2)
    same = (
        "opened_at",
        "first_response_at",
        "resolved_at",
        "priority",
        "category",
        "team",
        "owner",
        "channel",
        "sla_breached",
        "reopens",
        "escalated",
    )
    tickets = bulk(
        Ticket,
        (
            dict(
                external_id=row["ticket"],
                account_id=accounts[row["account"]],
                contact_id=contacts[row["contact"]],
                **{name: row[name] for name in same},
            )
            for row in _rows(sources["tickets"])
        ),
    )
    tell("What happened to them", 0.35)
    bulk(
        TicketEvent,
        (
            {
                "external_id": f"E-{number:06d}",
                "ticket_id": tickets[row["ticket"]],
                "at": row["at"],
                "kind": row["kind"],
                "from_value": row["from_value"],
                "to_value": row["to_value"],
                "by_customer": row["by_customer"],
            }
            for number, row in enumerate(_rows(sources["ticket_events"]), start=1)
        ),
    )
    tell("Surveys and answers", 0.7)
    touchpoints = dict(zip(*(sources["responses"][name].to_pylist() for name in ("survey", "touchpoint")), strict=True))
    surveys = bulk(
        Survey,
        (
            {"external_id": name, "name": name, "touchpoint": touchpoint, "created_at": now}
            for name, touchpoint in touchpoints.items()
        ),
    )
    invitations = bulk(
        Invitation,
        (
            {
                "external_id": row["invitation"],
                "survey_id": surveys[row["survey"]],
                "account_id": accounts[row["account"]],
                "contact_id": contacts[row["contact"]],
                "ticket_id": tickets.get(row["ticket"]),
                "channel": row["channel"],
                "sent_at": None if row["fate"] == "skipped" else row["sent_at"],
                "fate": row["fate"],
                "reason": row["reason"],
                "attributes": json.loads(row["attributes"]),
            }
            for row in _rows(sources["invitations"])
        ),
    )
    comments, _ = split(sources["responses"]["comment"].combine_chunks())
    invited = {row["response"]: invitations[row["invitation"]] for row in _rows(sources["invitations"])}
    answers = bulk(
        Response,
        (
            {
                "external_id": row["response"],
                "survey_id": surveys[row["survey"]],
                "invitation_id": invited.get(row["response"]),
                "account_id": accounts[row["account"]],
                "contact_id": contacts[row["contact"]],
                "ticket_id": tickets.get(row["ticket"]),
                "score": row["score"],
                "comment": comment or "",
                "comment_raw": row["comment"],
                "answered_at": row["answered_at"],
                "channel": row["channel"],
                "language": row["language"],
                "attributes": json.loads(row["attributes"]),
            }
            for row, comment in zip(_rows(sources["responses"]), comments.to_pylist(), strict=True)
        ),
    )
    tell("Money", 0.93)
    _write_money(company, accounts, bulk)
    tell("What came of the answers", 0.96)
    write_loop(company.loop, _known(company, answers, accounts, contacts), work, now=now)


def _known(
    company: Company, answers: dict[str, int], accounts: dict[str, int], contacts: dict[str, int]
) -> dict[int, Answer]:
    """By their numbers the answers that something came of."""
    loop = company.loop
    wanted = {number for case in loop.cases for number in case.answers} | {number for number, _ in loop.nudged}
    wanted |= {one.answer for many in (loop.deeds, loop.referred, loop.news) for one in many}
    rows = company.sources["responses"]
    places = [place for place, name in enumerate(rows["response"].to_pylist()) if int(name[2:]) in wanted]
    people = company.sources["contacts"]
    addresses = dict(zip(people["contact"].to_pylist(), people["email"].to_pylist(), strict=True))
    return {
        int(row["response"][2:]): Answer(
            pk=answers[row["response"]],
            account=accounts[row["account"]],
            contact=contacts[row["contact"]],
            score=row["score"],
            comment=row["comment"],
            at=row["answered_at"],
            renews=company.renewals.get(f"S-{row['account'][2:]}"),
            email=addresses[row["contact"]],
        )
        for row in rows.take(places).to_pylist()
    }


def _write_money(company: Company, accounts: dict[str, int], bulk: Callable[..., dict[str, int]]) -> None:
    rows = list(_rows(company.sources["movements"]))
    left = {row["subscription"]: row["at"] for row in rows if row["kind"] == "churn"}
    plans = {row["account"]: json.loads(row["attributes"])["plan"] for row in _rows(company.sources["accounts"])}
    subscriptions = bulk(
        Subscription,
        (
            {
                "external_id": row["subscription"],
                "account_id": accounts[row["account"]],
                "plan": plans[row["account"]],
                "started_at": row["at"],
                "renews_at": company.renewals.get(row["subscription"]),
                "ended_at": left.get(row["subscription"]),
            }
            for row in rows
            if row["kind"] == "new"
        ),
    )
    bulk(
        Movement,
        (
            {
                "external_id": row["movement"],
                "account_id": accounts[row["account"]],
                "at": row["at"],
                "kind": row["kind"],
                "subscription_id": subscriptions[row["subscription"]],
                "amount_minor": row["amount_minor"],
                "currency": row["currency"],
            }
            for row in rows
        ),
    )


def _rows(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _define_attributes(work: Work, *, now: datetime) -> None:
    """Those that nobody else defined are remembered, and go with the company."""
    with transaction.atomic():
        known = work.check()
        ours = set(known.get("attributes", ()))
        for slug in ("plan", "region", "industry", "role"):
            found = {"label": slug.capitalize(), "created_at": now}
            if Attribute.objects.get_or_create(slug=slug, defaults=found)[1]:
                ours.add(slug)
        state.keep(**known | {"attributes": sorted(ours)})


def _bulk(work: Work, model: type[Model], rows: Iterator[dict[str, Any]]) -> dict[str, int]:
    """Insert them in steps; external id -> primary key.

    Rows and not objects: of a hundred thousand objects the making alone would take most of the time.
    """
    made = list(rows)
    for start in range(0, len(made), state.STEP):
        step = made[start : start + state.STEP]
        with transaction.atomic(), connection.cursor() as cursor:
            given = {"source": SOURCE, "revision": Revision.next()}
            work.check()
            columns, values = _values(model, step, given)
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({marks})', values)
    return dict(model._default_manager.filter(source=SOURCE).values_list("external_id", "pk"))


def _values(
    model: type[Model], rows: list[dict[str, Any]], given: dict[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What the database is told: of each column its name, of each row its values, in that order."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        name, stored = field.attname, partial(field.get_db_prep_save, connection=connection)
        if name in rows[0]:
            values.append([stored(row[name]) for row in rows])
        elif not field.primary_key and (name in given or not field.has_db_default()):
            values.append([stored(given[name] if name in given else field.get_default())] * len(rows))
        else:
            continue
        columns.append(f'"{field.column}"')
    return columns, list(zip(*values, strict=True))
