"""HubSpot through the whole frame: key in, customers with their service here, scores on their records there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.stages.connect.syncing import back, connections, running
from nineplus.store.models import Account, Connection, Contact, Outbound, Owner, Response, Survey, Ticket, TicketEvent
from tests.fixtures.hubspot_server import TOKEN, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State
from tests.fixtures.hubspot_world import populate


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with hubspot_server(populate(State(), companies=4, contacts=12, tickets=25, deals=3, responses=9)) as running_one:
        # Its limits are tested beside the connector; here nobody waits.
        running_one.limits = {"ten": (10_000, 10.0), "search": (10_000, 1.0)}
        yield running_one


@pytest.fixture
def connection(db: None, hubspot: HubSpot) -> Connection:
    settings = {"token": TOKEN, "api_url": hubspot.url, "private": "yes"}
    return connections.add(connector="hubspot", settings=settings, now=datetime.now(UTC))


def read(connection: Connection, *, at: datetime | None = None):
    at = at or datetime.now(UTC)
    return running.sync(connection, clock=lambda: at, wait=lambda _: None)


def test_a_whole_account_arrives_and_the_second_time_nothing_changes(connection: Connection, hubspot: HubSpot):
    said = connections.check(connection, now=datetime.now(UTC))
    assert "accepts the key" in said.said
    run = read(connection)
    assert (run.state, run.error) == ("done", "")
    assert (Account.objects.count(), Contact.objects.count(), Ticket.objects.count()) == (4, 12, 25)
    assert Owner.objects.exists()
    assert TicketEvent.objects.filter(kind="stage").exists()
    assert Ticket.objects.exclude(account=None).exists()
    assert Ticket.objects.exclude(owner="").exists()
    assert not Ticket.objects.filter(owner__regex=r"^\d+$").exists()  # people are named, not numbered
    assert Response.objects.exclude(ticket=None).exists()
    again = read(connection)
    assert again.state == "done"
    assert sum(told["added"] + told["changed"] for told in again.counts.values()) == 0


def test_a_score_stands_on_the_record_there_and_does_not_come_back_as_news(connection: Connection, hubspot: HubSpot):
    read(connection)
    connections.change(connection, writes=["properties", "note"], now=datetime.now(UTC))
    ticket = Ticket.objects.exclude(contact=None).exclude(account=None).first()
    now = datetime.now(UTC)
    survey = Survey.objects.create(source="nineplus", external_id="s", name="After tickets", created_at=now, revision=0)
    said = Response.objects.create(
        source="nineplus",
        external_id="r",
        survey=survey,
        contact=ticket.contact,
        account=ticket.account,
        ticket=ticket,
        score=4,
        comment="Too slow",
        answered_at=now,
        revision=0,
    )
    back.answered(said.pk, now=now)
    told = back.deliver_due(clock=lambda: now + timedelta(hours=1), stopping=lambda: False, wait=lambda _: None)
    assert (told.written, told.refused) == (4, 0), list(Outbound.objects.values_list("error", flat=True))
    there = hubspot.state.found("contacts", ticket.contact.external_id).properties
    written = {name: value for name, value in there.items() if name.startswith("nineplus")}
    assert "4" in written.values()
    assert "Too slow" in written.values()
    later = read(connection, at=now + timedelta(minutes=10))
    assert later.state == "done"
    assert sum(told["added"] + told["changed"] for told in later.counts.values()) == 0
    assert not back.due(now + timedelta(hours=2))
