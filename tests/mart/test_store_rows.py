"""The store read for the mart: by key it gives what it gives as a whole, and writers keep their locks."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from nineplus.mart.rebuild import rebuild
from nineplus.mart.refresh import refresh
from nineplus.mart.schema import SOURCES
from nineplus.stages.act.cases import history
from nineplus.stages.analyze.numbering import number, wanted
from nineplus.store import models, sources
from tests.mart.test_refresh import content

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def store():
    """Two accounts of one name in two systems, people, tickets with events, answers, money."""
    with transaction.atomic():
        stamp = {"revision": models.Revision.next()}
        for slug in ("tier", "plan"):
            models.Attribute.objects.create(slug=slug, label=slug.title(), created_at=NOW)
        survey = models.Survey.objects.create(external_id="s", name="Quarterly", created_at=NOW, **stamp)
        themes, draft = (
            models.ThemesVersion.objects.create(
                number=n, document={}, created_at=NOW, state=("draft", "done")[n], current=bool(n), **stamp
            )
            for n in (1, 0)
        )
        for n, source in enumerate(("file", "crm", "file")):
            account = models.Account.objects.create(
                source=source, external_id="acme" if n < 2 else "zeta", attributes={"tier": f"t{n}"}, **stamp
            )
            contact = models.Contact.objects.create(external_id=f"c{n}", account=account, **stamp)
            for days in range(4):
                opened = NOW - timedelta(days=40 - 7 * days)
                ticket = models.Ticket.objects.create(
                    external_id=f"t{n}-{days}",
                    contact=contact,
                    opened_at=opened,
                    resolved_at=opened + timedelta(hours=5) if days % 2 else None,
                    escalated=True if n else None,
                    **stamp,
                )
                models.TicketEvent.objects.create(
                    external_id=f"e{n}-{days}", ticket=ticket, at=opened + timedelta(hours=1), kind="reply", **stamp
                )
            invitation = models.Invitation.objects.create(
                external_id=f"i{n}", survey=survey, contact=contact, sent_at=NOW, fate="answered", **stamp
            )
            response = models.Response.objects.create(
                external_id=f"r{n}",
                survey=survey,
                invitation=invitation,
                contact=contact,
                ticket=ticket if n else None,
                score=n * 5,
                answered_at=NOW - timedelta(days=n * 20, microseconds=n),
                attributes={"plan": "Größe"} if n else {},
                **stamp,
            )
            for theme in ("price", "support.speed")[:n]:
                read(response, themes, theme, **stamp)
            models.Movement.objects.create(
                external_id=f"m{n}", account=account, at=NOW, kind="new", amount_minor=100, currency="EUR", **stamp
            )
            read(response, draft, "other", **stamp)
    return survey


def read(response, version, theme, *, revision):
    """A comment in which that theme was found, and another that is too doubtful to count."""
    reading, _ = models.CommentReading.objects.get_or_create(
        response=response, version=version, defaults={"digest": "d", "sentiment": "negative", "revision": revision}
    )
    for name, counts in ((theme, True), (f"not_{theme}", False)):
        reading.mentions.create(
            theme=name, sentiment="negative", sure=0.9, start=0, stop=4, model=counts, counts=counts
        )


def follow_up(response, sender):
    """A case about that answer, and the question what would make it a 9."""
    case = models.Case.objects.create(
        account=response.contact.account, contact=response.contact, reason="detractor", slot=f"s{response.pk}",
        priority="high", opened_at=NOW, due_at=NOW + timedelta(hours=8), minutes=480,
        pauses=[[NOW.isoformat(), (NOW + timedelta(minutes=90)).isoformat()], [NOW.isoformat(), None]],
    )  # fmt: skip
    models.CaseAnswer.objects.create(case=case, response=response, at=NOW)
    message = models.Message.objects.create(
        kind="letter", sender=sender, medium="email", address="a@example.com", key=f"k{response.pk}", state="sent",
        due_at=NOW, created_at=NOW, sent_at=NOW + timedelta(hours=3),
    )  # fmt: skip
    models.PersonalLetter.objects.create(
        message=message, contact=response.contact, key=f"nudge-{response.pk}", written_at=NOW
    )


def test_follow_ups_come_with_a_revision_of_their_own_and_a_refresh_equals_a_rebuild(store, tmp_path):
    sender = models.Sender.objects.create(name="s", channel="smtp", medium="email", hook_key="h", created_at=NOW)
    first, second, _ = models.Response.objects.order_by("pk")
    follow_up(first, sender)
    assert number() == 2
    with sources.opened() as read:
        rebuild(**told(tmp_path / "a", read))
        before = read.revision
    assert (number(), wanted()) == (0, False)
    follow_up(second, sender)
    case = models.Case.objects.earliest("pk")
    with transaction.atomic():
        history.put(case, contacted_at=NOW + timedelta(hours=9))
    assert wanted()
    assert number() == 3
    with sources.opened() as read:
        changes = read.changes(since=before)
        assert changes.new("cases") == set(map(str, models.Case.objects.values_list("pk", flat=True)))
        refresh(changed=changes, **told(tmp_path / "a", read))
        rebuild(**told(tmp_path / "b", read))
    a, b = content(tmp_path / "a"), content(tmp_path / "b")
    assert a == b
    assert len(a["nudges"][1]) == len(a["follow_ups"][1]) == 2
    sent = repr(NOW + timedelta(hours=3)).partition(", tzinfo")[0]
    assert all(sent in one for one in a["nudges"][1])  # not when it was written
    assert "'paused_hours': 1.5, 'breached': True" in a["follow_ups"][1][0]
    assert "'breached': None" in a["follow_ups"][1][1]
    assert "'survey': 'Quarterly'" in a["follow_ups"][1][0]


def told(folder, read):
    return {
        "folder": folder,
        "sources": read,
        "attributes": read.attributes,
        "revision": read.revision,
        "now": NOW,
    }


def change_something():
    """One row of everything is written again, one answer is new and one is gone."""
    with transaction.atomic():
        stamp = {"revision": models.Revision.next()}
        for model, values in (
            (models.Contact, {"account": models.Account.objects.get(external_id="zeta")}),
            (models.Account, {"attributes": {"tier": "new"}}),
            (models.Ticket, {"resolved_at": NOW - timedelta(days=1)}),
            (models.Response, {"score": 9, "answered_at": NOW - timedelta(days=70)}),
            (models.Movement, {"amount_minor": 300}),
        ):
            model.objects.filter(pk=model.objects.earliest("pk").pk).update(**values, **stamp)
        ticket = models.Ticket.objects.latest("pk")
        models.TicketEvent.objects.create(external_id="late", ticket=ticket, at=NOW, kind="reply", **stamp)
        reading = models.CommentReading.objects.filter(version__current=True).earliest("pk")
        models.CommentReading.objects.filter(pk=reading.pk).update(said="positive", **stamp)  # so a person said
        gone = models.Response.objects.latest("pk")
        models.Removal.objects.create(table="response", row=gone.pk, **stamp)
        models.Response.objects.create(
            external_id="fresh", survey=gone.survey, contact=gone.contact, score=1, answered_at=NOW, **stamp
        )
        gone.delete()


def test_a_refresh_from_the_store_equals_a_rebuild(store, tmp_path):
    with sources.opened() as read:
        rebuild(**told(tmp_path / "a", read))
        before = read.revision
    change_something()
    with sources.opened() as read:
        changes = read.changes(since=before)
        assert not changes.all
        refresh(changed=changes, **told(tmp_path / "a", read))
        rebuild(**told(tmp_path / "b", read))
    a, b = content(tmp_path / "a"), content(tmp_path / "b")
    assert set(a) == set(b)
    for name in a:
        assert a[name] == b[name], name
    assert len(a["responses"][1]) == 3
    assert len(a["response_theme"][1]) == 1  # the other answer is gone; what is doubtful or of a draft never came
    assert "positive" in a["response_theme"][1][0]
    found = " ".join(a["accounts"][1])
    assert all(f"'account': '{key}'" in found for key in ("acme", "crm:acme", "zeta"))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("accounts", "account"),
        ("contacts", "contact"),
        ("tickets", "ticket"),
        ("ticket_events", "ticket"),
        ("invitations", "invitation"),
        ("invitations", "response"),
        ("responses", "response"),
        ("responses", "ticket"),
        ("readings", "response"),
        ("mentions", "response"),
    ],
)
def test_by_key_and_as_a_whole_are_the_same_rows(store, name, column, monkeypatch):
    monkeypatch.setattr("nineplus.mart.store_rows._MANY", 1)  # the copy for many rows
    with sources.opened() as read:
        run = read.connection.con.execute
        whole = run(f"SELECT * FROM ({read.whole(name)})").to_arrow_table()
        keys = {key for key in whole[column].to_pylist() if key is not None}
        found = run(f"SELECT * FROM ({read.lookup(name, column, keys | {'no such'})})").to_arrow_table()
        assert found.schema.names == whole.schema.names == SOURCES[name].names
        wanted = [row for row in whole.to_pylist() if row[column] in keys]
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, wanted))
        assert wanted
        one = sorted(keys)[0]
        rows = run(f"SELECT * FROM ({read.lookup(name, column, {one})})").to_arrow_table().to_pylist()
        assert {row[column] for row in rows} == {one}


def test_reading_leaves_the_locks_of_the_store_alone(store):
    if connection.vendor != "sqlite" or not Path("/proc/locks").exists():
        return  # PostgreSQL keeps its locks in a server
    inode = Path(connection.settings_dict["NAME"]).stat().st_ino

    def held():
        mine = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return [row for row in mine if row[4] == str(os.getpid()) and row[5].endswith(f":{inode}")]

    with transaction.atomic():
        assert models.Revision.next()
        before = held()
        assert before
        with sources.opened() as read:
            assert read["responses"].count().to_pyarrow().as_py() == 3
        assert len(held()) >= len(before)
