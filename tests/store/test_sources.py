"""The store read as canonical rows, and what changed since."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from nineplus.mart.schema import SOURCES
from nineplus.stages import capture
from nineplus.store import sources
from nineplus.store.models import (
    Account,
    Attribute,
    Case,
    CaseAnswer,
    CommentReading,
    Contact,
    Invitation,
    Message,
    Movement,
    PersonalLetter,
    Removal,
    Response,
    Revision,
    Survey,
    ThemesVersion,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def store() -> dict[str, object]:
    """One row of everything, written in one transaction."""
    with transaction.atomic():
        stamp = {"revision": Revision.next()}
        account = Account.objects.create(external_id="acme", name="Acme", attributes={"plan": "Pro"}, **stamp)
        contact = Contact.objects.create(external_id="c1", account=account, email="a@example.org", **stamp)
        ticket = Ticket.objects.create(
            external_id="t1",
            account=account,
            contact=contact,
            opened_at=NOW - timedelta(days=2),
            resolved_at=NOW - timedelta(days=1),
            sla_breached=True,
            reopens=2,
            **stamp,
        )
        TicketEvent.objects.create(
            external_id="e1", ticket=ticket, at=NOW - timedelta(days=1), kind="reply", by_customer=False, **stamp
        )
        survey = Survey.objects.create(
            external_id="s1", name="After a ticket", touchpoint="post-resolution", created_at=NOW, **stamp
        )
        invitation = Invitation.objects.create(
            external_id="i1", survey=survey, account=account, contact=contact, sent_at=NOW, fate="answered", **stamp
        )
        response = Response.objects.create(
            external_id="r1",
            survey=survey,
            invitation=invitation,
            account=account,
            contact=contact,
            ticket=ticket,
            score=3,
            comment="Slow",
            answered_at=NOW,
            attributes={"plan": "Pro", "stadt": "Köln"},
            **stamp,
        )
        themes = ThemesVersion.objects.create(
            number=1, document={}, created_at=NOW, state="done", current=True, **stamp
        )
        reading = CommentReading.objects.create(
            version=themes, response=response, digest="d", sentiment="negative", **stamp
        )
        reading.mentions.create(theme="speed", sentiment="negative", sure=0.9, start=0, stop=4, model=True, counts=True)
        Movement.objects.create(
            external_id="m1", account=account, at=NOW, kind="new", amount_minor=9900, currency="EUR", **stamp
        )
        case = Case.objects.create(
            account=account,
            contact=contact,
            reason="detractor",
            slot="s",
            opened_at=NOW,
            due_at=NOW,
            minutes=60,
            **stamp,
        )
        CaseAnswer.objects.create(case=case, response=response, at=NOW)
        letter = Message.objects.create(
            kind="letter", medium="email", address="a@example.org", key="k", state="sent", due_at=NOW, created_at=NOW
        )
        PersonalLetter.objects.create(
            message=letter, contact=contact, key=f"nudge-{response.pk}", written_at=NOW, **stamp
        )
        Attribute.objects.create(slug="plan", label="Plan", created_at=NOW)
    return {"account": account, "contact": contact, "ticket": ticket, "survey": survey, "response": response}


def test_every_table_has_the_shape_of_the_sources(store):
    with sources.opened() as read:
        assert set(read.tables) == set(SOURCES)
        for name, schema in SOURCES.items():
            table = read.tables[name].select(*schema.names).to_pyarrow()
            assert table.num_rows == 1, name
            assert table.schema.types == schema.types, name


def test_rows_come_as_they_stand(store):
    with sources.opened() as read:
        [row] = read.tables["responses"].to_pyarrow().to_pylist()
        [ticket] = read.tables["tickets"].to_pyarrow().to_pylist()
        [invitation] = read.tables["invitations"].to_pyarrow().to_pylist()
        assert read.attributes[0].column == "a_plan"
    assert row["response"] == invitation["response"] == str(store["response"].pk)
    assert (row["survey"], row["touchpoint"], row["account"]) == ("After a ticket", "post-resolution", "acme")
    assert (row["score"], row["answered_at"]) == (3, NOW)
    assert json.loads(row["attributes"]) == {"plan": "Pro", "stadt": "Köln"}
    assert (ticket["sla_breached"], ticket["reopens"], ticket["escalated"]) == (True, 2, None)
    assert row["ticket"] == ticket["ticket"]


def test_accounts_of_two_systems_with_one_id_stay_apart(store):
    Account.objects.create(source="crm", external_id="acme", revision=1)
    with sources.opened() as read:
        assert sorted(read.tables["accounts"].to_pyarrow()["account"].to_pylist()) == ["acme", "crm:acme"]


def test_nothing_changed_means_nothing(store):
    with sources.opened() as read:
        assert read.changes(since=read.revision).nothing


def test_a_new_answer_is_the_only_change(store):
    before = Revision.last()
    made = capture.record_response(
        score=9, survey="After a ticket", account="acme", email="a@example.org", now=NOW
    ).response
    with sources.opened() as read:
        changes = read.changes(since=before)
    assert {name: keys for name, keys in changes.changed.items() if keys} == {"responses": {str(made.pk)}}
    assert not changes.all


def test_a_comment_read_anew_is_named_and_another_version_in_force_means_everything(store):
    before = Revision.last()
    with transaction.atomic():
        CommentReading.objects.update(revision=Revision.next())
    with sources.opened() as read:
        changes = read.changes(since=before)
    assert {name: keys for name, keys in changes.changed.items() if keys} == {"readings": {str(store["response"].pk)}}
    with transaction.atomic():
        ThemesVersion.objects.update(revision=Revision.next())
    with sources.opened() as read:
        assert read.changes(since=before).all


def test_changes_are_named_by_what_they_belong_to(store):
    before = Revision.last()
    with transaction.atomic():
        revision = Revision.next()
        TicketEvent.objects.update(revision=revision)
        Movement.objects.update(revision=revision)
    with sources.opened() as read:
        changed = read.changes(since=before).changed
    assert changed["ticket_events"] == {str(store["ticket"].pk)}
    assert changed["movements"] == {"acme"}


def test_a_removed_answer_is_named_and_a_removed_account_means_everything(store):
    before = Revision.last()
    with transaction.atomic():
        Removal.record(model=Response, rows=[7], revision=Revision.next())
    with sources.opened() as read:
        assert read.changes(since=before).removed == {"responses": {"7"}}
    with transaction.atomic():
        Removal.record(model=Account, rows=[7], revision=Revision.next())
    with sources.opened() as read:
        assert read.changes(since=before).all


def test_a_renamed_survey_means_everything(store):
    before = Revision.last()
    with transaction.atomic():
        Survey.objects.update(name="Renamed", revision=Revision.next())
    with sources.opened() as read:
        assert read.changes(since=before).all
