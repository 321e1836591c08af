"""The sample company in the store: loaded whole, told apart by its source, taken away whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from nineplus.connectors.files.comments import split
from nineplus.stages.errors import Conflict
from nineplus.store.models import (
    Account,
    Attribute,
    Contact,
    Event,
    Invitation,
    Movement,
    Note,
    Preference,
    Removal,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
)

SOURCE = "sample"
_STATE = "sample"  # key of the Preference that says how far it is
_BATCH = 2000
_REMOVED_IN_ORDER = (Movement, Subscription, Response, Invitation, Survey, TicketEvent, Ticket, Contact, Account)

Progress = Callable[[str, float], None]
"""Told what is being done and the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class SampleStatus:
    """`state` is absent, asked, loaded or failed; `share` is how much has been done, 0..1."""

    state: str = "absent"
    share: float = 0.0
    doing: str = ""


def status() -> SampleStatus:
    """How far the sample company is."""
    row = Preference.objects.filter(key=_STATE).first()
    return SampleStatus(**row.value) if row else SampleStatus()


def ask(*, now: datetime) -> None:
    """Have the worker load it. Raises Conflict when it is there already or on its way."""
    with transaction.atomic():
        if status().state in ("asked", "loaded"):
            raise Conflict("The sample company is already here, or on its way.")
        _say("asked", 0.0, "Waiting for the worker")
        Event.publish(kind="sample.asked", now=now)


def load(*, now: datetime, progress: Progress | None = None) -> None:
    """Load it, ending yesterday. Loading it twice changes nothing; a load that was killed left nothing behind."""
    if status().state == "loaded":
        return
    # The generator needs NumPy and Arrow: not in the web process's start-up.
    from nineplus.sample.company import company

    def tell(doing: str, share: float) -> None:
        if progress:
            progress(doing, share)

    tell("Making up the company", 0.05)
    made = company(until=now.date())
    with transaction.atomic():
        _write(made.sources, revision=Revision.next(), now=now, tell=tell)
        for marker in made.markers:
            Note.objects.get_or_create(at=marker.at, label=marker.label)
        _say("loaded", 1.0, "")
        Event.publish(kind="mart.stale", now=now)
    tell("Done", 1.0)


def remove(*, now: datetime) -> None:
    """Take it away whole. Your own data stay as they are."""
    with transaction.atomic():
        revision = Revision.next()
        for model in _REMOVED_IN_ORDER:
            rows = model._default_manager.filter(source=SOURCE)
            _forget(model, list(rows.values_list("pk", flat=True)), revision)
            rows._raw_delete(rows.db)  # children first, so no cascade is needed: 60,000 rows in a moment
        Preference.objects.filter(key=_STATE).delete()
        Event.publish(kind="mart.stale", now=now)


def _forget(model: type[models.Model], keys: Sequence[int], revision: int) -> None:
    table = model._meta.db_table
    Removal.objects.bulk_create((Removal(table=table, row=key, revision=revision) for key in keys), batch_size=_BATCH)


def _say(state: str, share: float, doing: str) -> None:
    value = {"state": state, "share": share, "doing": doing}
    Preference.objects.update_or_create(key=_STATE, defaults={"value": value})


def _write(sources: dict[str, Any], *, revision: int, now: datetime, tell: Progress) -> None:
    stamp = {"source": SOURCE, "revision": revision}
    for slug in ("plan", "region", "industry", "role"):
        Attribute.objects.get_or_create(slug=slug, defaults={"label": slug.capitalize(), "created_at": now})

    tell("Accounts and contacts", 0.1)
    accounts = _bulk(
        Account(
            external_id=row["account"],
            name=row["name"],
            domain=row["domain"],
            created_at=row["created_at"],
            attributes=json.loads(row["attributes"]),
            **stamp,
        )
        for row in _rows(sources["accounts"])
    )
    contacts = _bulk(
        Contact(
            external_id=row["contact"],
            account_id=accounts[row["account"]],
            email=row["email"],
            name=row["name"],
            created_at=row["created_at"],
            attributes=json.loads(row["attributes"]),
            **stamp,
        )
        for row in _rows(sources["contacts"])
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
    tickets = _bulk(
        Ticket(
            external_id=row["ticket"],
            account_id=accounts[row["account"]],
            contact_id=contacts[row["contact"]],
            **{name: row[name] for name in same},
            **stamp,
        )
        for row in _rows(sources["tickets"])
    )
    tell("What happened to them", 0.35)
    _bulk(
        TicketEvent(
            external_id=f"E-{number:06d}",
            ticket_id=tickets[row["ticket"]],
            at=row["at"],
            kind=row["kind"],
            from_value=row["from_value"],
            to_value=row["to_value"],
            by_customer=row["by_customer"],
            **stamp,
        )
        for number, row in enumerate(_rows(sources["ticket_events"]), start=1)
    )
    tell("Surveys and answers", 0.7)
    touchpoints = dict(zip(*(sources["responses"][name].to_pylist() for name in ("survey", "touchpoint")), strict=True))
    surveys = _bulk(
        Survey(external_id=name, name=name, touchpoint=touchpoint, created_at=now, **stamp)
        for name, touchpoint in touchpoints.items()
    )
    invitations = _bulk(
        Invitation(
            external_id=row["invitation"],
            survey_id=surveys[row["survey"]],
            account_id=accounts[row["account"]],
            contact_id=contacts[row["contact"]],
            ticket_id=tickets.get(row["ticket"]),
            channel=row["channel"],
            sent_at=None if row["fate"] == "skipped" else row["sent_at"],
            fate=row["fate"],
            reason=row["reason"],
            attributes=json.loads(row["attributes"]),
            **stamp,
        )
        for row in _rows(sources["invitations"])
    )
    comments, _ = split(sources["responses"]["comment"].combine_chunks())
    invited = {row["response"]: invitations[row["invitation"]] for row in _rows(sources["invitations"])}
    _bulk(
        Response(
            external_id=row["response"],
            survey_id=surveys[row["survey"]],
            invitation_id=invited.get(row["response"]),
            account_id=accounts[row["account"]],
            contact_id=contacts[row["contact"]],
            ticket_id=tickets.get(row["ticket"]),
            score=row["score"],
            comment=comment or "",
            comment_raw=row["comment"],
            answered_at=row["answered_at"],
            channel=row["channel"],
            language=row["language"],
            attributes=json.loads(row["attributes"]),
            **stamp,
        )
        for row, comment in zip(_rows(sources["responses"]), comments.to_pylist(), strict=True)
    )
    tell("Money", 0.95)
    _write_money(sources["movements"], accounts, stamp)


def _write_money(movements: Any, accounts: dict[str, int], stamp: dict[str, Any]) -> None:
    rows = list(_rows(movements))
    subscriptions = _bulk(
        Subscription(
            external_id=row["subscription"], account_id=accounts[row["account"]], started_at=row["at"], **stamp
        )
        for row in rows
        if row["kind"] == "new"
    )
    _bulk(
        Movement(
            external_id=row["movement"],
            account_id=accounts[row["account"]],
            at=row["at"],
            kind=row["kind"],
            subscription_id=subscriptions[row["subscription"]],
            amount_minor=row["amount_minor"],
            currency=row["currency"],
            **stamp,
        )
        for row in rows
    )


def _bulk(objects: Iterator[Any]) -> dict[str, int]:
    """Insert them; external id -> primary key."""
    made = list(objects)
    if not made:
        return {}
    type(made[0])._default_manager.bulk_create(made, batch_size=_BATCH)
    return {item.external_id: item.pk for item in made}


def _rows(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
