"""The sample company in the store: told apart by its source, taken away whole.

It is written in steps of a fraction of a second, so that answers of others need not wait. Until the last step it
counts as asked for, not as loaded; what a killed load left is cleared by the next one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

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
from nineplus.store.models.events import EventState
from nineplus.store.referring import unreferred

SOURCE = "sample"
_STATE = "sample"  # key of the Preference that says how far it is
_BATCH = 2000
_STEP = 4000
"""Rows written at once: what others wait for at most."""
_REMOVED_IN_ORDER = (Movement, Subscription, Response, Invitation, Survey, TicketEvent, Ticket, Contact, Account)

Progress = Callable[[str, float], None]
"""Told what is being done and the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class SampleStatus:
    """`state` is absent, asked (until it is there whole) or loaded; `share` is how much has been done, 0..1."""

    state: str = "absent"
    share: float = 0.0
    doing: str = ""


def status() -> SampleStatus:
    """How far the sample company is."""
    kept = _kept()
    return SampleStatus(**{name: kept[name] for name in SampleStatus.__dataclass_fields__ if name in kept})


def mixed() -> bool:
    """Are the made-up answers in one number with your own?"""
    return status().state == "loaded" and Survey.objects.exclude(source=SOURCE).exists()


def ask(*, now: datetime) -> None:
    """Have the worker load it. Raises Conflict when it is there already or on its way."""
    with transaction.atomic():
        under_way = Event.objects.filter(kind="sample.asked", state__in=(EventState.WAITING, EventState.CLAIMED))
        if status().state == "loaded" or under_way.exists():
            raise Conflict("The sample company is already here, or on its way.")
        _keep(state="asked", doing="Waiting for the worker")
        Event.publish(kind="sample.asked", now=now)


def load(*, now: datetime, progress: Progress | None = None) -> None:
    """Load it, ending yesterday. Loading it twice changes nothing.

    Raises Conflict when somebody else begins to load it, or removes it, meanwhile.
    """
    if status().state == "loaded":
        return
    # The generator needs NumPy and Arrow: not in the web process's start-up.
    from nineplus.sample.company import company

    work = _Loading(token=secrets.token_hex(8), now=now, progress=progress or (lambda doing, share: None))
    with transaction.atomic():
        _clear()
        _keep(state="asked", token=work.token)
    work.tell("Making up the company", 0.05)
    made = company(until=now.date())
    _write(made.sources, work)
    with transaction.atomic():
        work.check()
        notes = [Note.objects.get_or_create(at=marker.at, label=marker.label) for marker in made.markers]
        _keep(state="loaded", share=1.0, notes=[note.pk for note, fresh in notes if fresh])
        Event.publish(kind="mart.stale", now=now)
    work.progress("Done", 1.0)


def remove(*, now: datetime) -> None:
    """Take it away whole. Your own data stay as they are, with those of its rows that they refer to."""
    with transaction.atomic():
        Note.objects.filter(pk__in=_kept().get("notes", ())).delete()
        _clear()
        Preference.objects.filter(key=_STATE).delete()
        Event.publish(kind="mart.stale", now=now)


def _clear() -> None:
    """Its rows go; one that a row of another source refers to is kept under a source of its own."""
    revision = Revision.next()
    for model in _REMOVED_IN_ORDER:  # children first: who still refers to a row is not of the sample
        rows = model._default_manager.filter(source=SOURCE)
        going = list(unreferred(rows).values_list("pk", flat=True))
        Removal.record(model=model, rows=going, revision=revision)
        rows.exclude(pk__in=unreferred(rows).values("pk")).update(source=f"kept-{revision}", revision=revision)
        rows._raw_delete(rows.db)  # 60,000 rows in a moment


def _kept() -> dict[str, Any]:
    return Preference.objects.filter(key=_STATE).values_list("value", flat=True).first() or {}


def _keep(**value: Any) -> None:
    Preference.objects.update_or_create(key=_STATE, defaults={"value": value})


@dataclass(frozen=True, slots=True)
class _Loading:
    """One load. `token` tells it from another one: the last to begin goes on, the others end."""

    token: str
    now: datetime
    progress: Progress

    def tell(self, doing: str, share: float) -> None:
        self.progress(doing, share)
        with transaction.atomic():
            self.check()
            _keep(state="asked", share=share, doing=doing, token=self.token)

    def check(self) -> None:
        """Raises Conflict when it is no longer ours to load. Holds the row until the transaction ends."""
        row = Preference.objects.select_for_update().filter(key=_STATE).first()
        if row is None or row.value.get("token") != self.token:
            raise Conflict("The sample company is being loaded, or was removed, by somebody else.")

    def bulk(self, objects: Iterator[Any]) -> dict[str, int]:
        """Insert them in steps; external id -> primary key."""
        made = list(objects)
        for start in range(0, len(made), _STEP):
            step = made[start : start + _STEP]
            with transaction.atomic():
                revision = Revision.next()
                self.check()
                for item in step:
                    item.source, item.revision = SOURCE, revision
                type(step[0])._default_manager.bulk_create(step, batch_size=_BATCH)
        return {item.external_id: item.pk for item in made}


def _write(sources: dict[str, Any], work: _Loading) -> None:
    tell, now = work.tell, work.now
    for slug in ("plan", "region", "industry", "role"):
        Attribute.objects.get_or_create(slug=slug, defaults={"label": slug.capitalize(), "created_at": now})

    tell("Accounts and contacts", 0.1)
    accounts = work.bulk(
        Account(
            external_id=row["account"],
            name=row["name"],
            domain=row["domain"],
            created_at=row["created_at"],
            attributes=json.loads(row["attributes"]),
        )
        for row in _rows(sources["accounts"])
    )
    contacts = work.bulk(
        Contact(
            external_id=row["contact"],
            account_id=accounts[row["account"]],
            email=row["email"],
            name=row["name"],
            created_at=row["created_at"],
            attributes=json.loads(row["attributes"]),
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
    tickets = work.bulk(
        Ticket(
            external_id=row["ticket"],
            account_id=accounts[row["account"]],
            contact_id=contacts[row["contact"]],
            **{name: row[name] for name in same},
        )
        for row in _rows(sources["tickets"])
    )
    tell("What happened to them", 0.35)
    work.bulk(
        TicketEvent(
            external_id=f"E-{number:06d}",
            ticket_id=tickets[row["ticket"]],
            at=row["at"],
            kind=row["kind"],
            from_value=row["from_value"],
            to_value=row["to_value"],
            by_customer=row["by_customer"],
        )
        for number, row in enumerate(_rows(sources["ticket_events"]), start=1)
    )
    tell("Surveys and answers", 0.7)
    touchpoints = dict(zip(*(sources["responses"][name].to_pylist() for name in ("survey", "touchpoint")), strict=True))
    surveys = work.bulk(
        Survey(external_id=name, name=name, touchpoint=touchpoint, created_at=now)
        for name, touchpoint in touchpoints.items()
    )
    invitations = work.bulk(
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
        )
        for row in _rows(sources["invitations"])
    )
    comments, _ = split(sources["responses"]["comment"].combine_chunks())
    invited = {row["response"]: invitations[row["invitation"]] for row in _rows(sources["invitations"])}
    work.bulk(
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
        )
        for row, comment in zip(_rows(sources["responses"]), comments.to_pylist(), strict=True)
    )
    tell("Money", 0.95)
    _write_money(sources["movements"], accounts, work)


def _write_money(movements: Any, accounts: dict[str, int], work: _Loading) -> None:
    rows = list(_rows(movements))
    subscriptions = work.bulk(
        Subscription(external_id=row["subscription"], account_id=accounts[row["account"]], started_at=row["at"])
        for row in rows
        if row["kind"] == "new"
    )
    work.bulk(
        Movement(
            external_id=row["movement"],
            account_id=accounts[row["account"]],
            at=row["at"],
            kind=row["kind"],
            subscription_id=subscriptions[row["subscription"]],
            amount_minor=row["amount_minor"],
            currency=row["currency"],
        )
        for row in rows
    )


def _rows(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
