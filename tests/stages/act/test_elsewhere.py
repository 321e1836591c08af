"""A case stands in HubSpot too: one task when it is opened, and how it stands on contact and company."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.cases import opening, working
from nineplus.stages.connect.syncing import back, connections, running
from nineplus.store.models import Account, Connection, Contact, Event, Outbound, User
from tests.fixtures.hubspot_server import TOKEN, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State
from tests.fixtures.hubspot_world import populate

pytestmark = pytest.mark.django_db


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with hubspot_server(populate(State(), companies=2, contacts=3, tickets=1, deals=0, responses=0)) as there:
        there.limits = {"ten": (10_000, 10.0), "search": (10_000, 1.0)}
        yield there


@pytest.fixture
def connection(hubspot: HubSpot) -> Connection:
    settings = {"token": TOKEN, "api_url": hubspot.url, "private": "yes"}
    made = connections.add(connector="hubspot", settings=settings, now=datetime.now(UTC))
    running.sync(made, clock=lambda: datetime.now(UTC), wait=lambda _: None)
    return made


def hand_on(now: datetime) -> None:
    for event in Event.objects.filter(kind__startswith="case.", state="waiting").order_by("pk"):
        for handle in (*HANDLERS[event.kind], *HANDLERS[event.kind]):  # at least once
            handle(event.data, now=now, stopping=lambda: False)
        Event.objects.filter(pk=event.pk).update(state="done")
    back.deliver_due(clock=lambda: now + timedelta(hours=1), stopping=lambda: False, wait=lambda _: None)


def test_a_task_when_it_is_opened_and_the_state_as_it_changes(connection: Connection, hubspot: HubSpot):
    now = datetime.now(UTC)
    connections.change(connection, writes=["properties", "task"], now=now)
    who = Contact.objects.exclude(account=None).first()
    ada = User.objects.create(email="ada@us.example", name="Ada", role="agent", created_at=now)
    made = opening.open_case(
        account=who.account, contact=who, reason="by_hand", about="4 to After tickets", owner=ada.pk, now=now
    ).case
    hand_on(now)
    [task] = hubspot.state.objects["tasks"].values()
    assert task.properties["hs_task_subject"].startswith("Follow up with")
    assert "4 to After tickets" in task.properties["hs_task_body"]

    def stands() -> set[str]:
        keys = (("contacts", who.external_id), ("companies", who.account.external_id))
        return {hubspot.state.found(kind, key).properties["nineplus_follow_up"] for kind, key in keys}

    assert stands() == {f"open, Ada, due {made.due_at:%Y-%m-%d}"}
    working.contact(made.pk, way="call", by=ada, now=now)
    hand_on(now + timedelta(hours=2))
    assert stands() == {"in work, Ada"}
    working.close(made.pk, outcome="solved", root_cause="none", note="Done", by=ada, now=now + timedelta(hours=2))
    hand_on(now + timedelta(hours=4))
    assert stands() == {"closed: solved"}
    assert len(hubspot.state.objects["tasks"]) == 1
    assert not Outbound.objects.exclude(state="written").exists()


def test_what_the_connection_does_not_want_is_not_written(connection: Connection, hubspot: HubSpot):
    now = datetime.now(UTC)
    who = Contact.objects.exclude(account=None).first()
    connections.change(connection, writes=["note"], now=now)
    opening.open_case(account=who.account, contact=who, reason="by_hand", now=now)
    stranger = Account.objects.create(external_id="unknown there", revision=1)
    connections.change(connection, writes=["note"], now=now)
    opening.open_case(account=stranger, contact=None, reason="by_hand", now=now)
    hand_on(now)
    assert not Outbound.objects.exists()
    assert not hubspot.state.objects["tasks"]
    connections.change(connection, writes=["properties", "task"], now=now)
    for handle in HANDLERS["connection.history"]:  # what is open when it is switched on is told, too
        handle({"connection": connection.pk}, now=now, stopping=lambda: False)
    hand_on(now)
    assert len(hubspot.state.objects["tasks"]) == 1
