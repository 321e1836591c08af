"""Writing back: each answer stands on its customer's records over there, once, whatever goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.connectors import Reconnect, Record, Retry
from nineplus.jobs import kinds
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect.syncing import back, connections, pruning, running
from nineplus.store.models import Account, Alias, Contact, Event, Outbound, Response, Survey
from tests.fixtures.other_system import OtherSystem
from tests.stages.connect.syncing.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def writing(connection):
    return connections.change(connection, writes=["properties", "note"], now=NOW)


def customer(name="ann", source="other"):
    company, _ = Account.objects.get_or_create(source="other", external_id="a1", defaults={"revision": 0})
    email = f"{name}@acme.example"
    return Contact.objects.create(source=source, external_id=f"c-{name}", email=email, account=company, revision=0)


def answer(contact, score=3, *, at=NOW, source="nineplus", **more):
    survey, _ = Survey.objects.get_or_create(
        source="nineplus", external_id="s", defaults={"name": "After tickets", "created_at": NOW, "revision": 0}
    )
    number = Response.objects.count()
    return Response.objects.create(
        source=source,
        external_id=f"r{number}",
        survey=survey,
        contact=contact,
        account=contact and contact.account,
        score=score,
        answered_at=at,
        revision=0,
        **more,
    )


def deliver(at=LATER):
    return back.deliver_due(clock=lambda: at, stopping=lambda: False)


def test_score_and_comment_stand_on_contact_and_account(writing, there: OtherSystem):
    said = answer(customer(), 3, comment="Too slow")
    assert back.answered(said.pk, now=NOW) == 3
    assert deliver().written == 3
    properties = {change.object: change for change in there.written if change.what == "properties"}
    assert properties["contacts"].key == "c-ann"
    assert properties["accounts"].values == {
        "score": 3,
        "group": "detractor",
        "comment": "Too slow",
        "answered_at": NOW.isoformat(),
        "survey": "After tickets",
    }
    [note] = [change for change in there.written if change.what == "note"]
    assert "Too slow" in note.values["text"]
    assert there.prepared == 1
    assert not back.due(LATER)


def test_the_same_again_writes_nothing_and_a_comment_that_came_later_is_written(writing, there: OtherSystem):
    said = answer(customer())
    for _ in range(2):
        back.answered(said.pk, now=NOW)
        deliver(NOW + timedelta(minutes=1))  # the note waits for a comment
    assert {change.what for change in there.written} == {"properties"}
    assert len(there.written) == 2
    Response.objects.filter(pk=said.pk).update(comment="Too slow")
    back.answered(said.pk, now=NOW)
    deliver()
    assert [change.values.get("comment") for change in there.written[2:4]] == ["Too slow", "Too slow"]
    assert sum(change.what == "note" for change in there.written) == 1


def test_an_older_answer_does_not_take_the_place_of_a_newer_one(writing, there: OtherSystem):
    ann = customer()
    new, old = answer(ann, 9), answer(ann, 2, at=NOW - timedelta(days=9))
    back.answered(new.pk, now=NOW)
    back.answered(old.pk, now=NOW)
    deliver()
    assert {change.values["score"] for change in there.written if change.what == "properties"} == {9}


def test_what_came_from_there_is_not_written_there(writing, there: OtherSystem):
    assert back.answered(answer(customer(), source="other").pk, now=NOW) == 0


def test_nobody_is_named_by_an_anonymous_answer(writing):
    assert back.answered(answer(None, anonymous=True).pk, now=NOW) == 0


def test_a_person_known_from_elsewhere_is_found_by_their_alias(writing, there: OtherSystem):
    bo = customer("bo", source="file")
    Alias.objects.create(table="contact", source="other", external_id="77", row=bo.pk, why="email", at=NOW)
    back.answered(answer(bo).pk, now=NOW)
    deliver()
    assert {change.key for change in there.written} == {"77", "a1"}


def test_what_is_refused_is_shown_and_tried_again_when_mended(writing, there: OtherSystem):
    there.refuses = {"c-ann": "The property industry is required."}
    back.answered(answer(customer()).pk, now=NOW)
    told = deliver()
    assert (told.written, told.refused) == (1, 2)
    assert set(Outbound.objects.filter(state="refused").values_list("error", flat=True)) == {
        "The property industry is required."
    }
    assert deliver() == back.Told()
    there.refuses = {}
    assert back.again(writing, now=LATER) == 2
    assert deliver().written == 2


def test_an_outage_delays_and_loses_nothing(writing, there: OtherSystem):
    there.away = [Retry("busy", after=60)]
    back.answered(answer(customer()).pk, now=NOW)
    assert deliver().later == 3
    assert not back.due(LATER + timedelta(seconds=59))
    assert deliver(LATER + timedelta(seconds=60)).written == 3


def test_a_revoked_key_stops_writing_until_it_is_mended(writing, there: OtherSystem):
    there.away = [Reconnect("The key was revoked.")]
    back.answered(answer(customer()).pk, now=NOW)
    deliver()
    writing.refresh_from_db()
    assert (writing.state, writing.error) == ("broken", "The key was revoked.")
    assert not back.due(LATER)
    connections.change(writing, settings={"token": "new"}, now=LATER)
    assert deliver().written == 3


def test_a_killed_writer_leaves_nothing_behind(writing, there: OtherSystem):
    back.answered(answer(customer()).pk, now=NOW)
    Outbound.objects.update(state="writing", claimed_until=LATER)
    assert deliver(LATER).written == 0
    assert deliver(LATER + timedelta(seconds=1)).written == 3


def test_history_is_written_once_it_is_switched_on(writing, there: OtherSystem):
    ann, bo = customer(), customer("bo")
    answer(ann, 2, at=NOW - timedelta(days=30)), answer(ann, 9), answer(bo, 7)
    assert back.backfill(writing.pk, now=NOW) == 3
    deliver()
    told = {(change.object, change.key): change.values["score"] for change in there.written}
    assert told == {("contacts", "c-ann"): 9, ("contacts", "c-bo"): 7, ("accounts", "a1"): 7}


def test_a_task_stands_on_the_customer(writing, there: OtherSystem):
    ann = customer()
    asked = {"title": "Call Ann", "text": "She gave 3.", "due_at": LATER, "now": NOW}
    assert back.task(writing, key="case-1", contact=ann.pk, account=ann.account_id, **asked)
    assert not back.task(writing, key="case-2", contact=None, account=None, **asked)
    deliver()
    [task] = there.written
    assert (task.what, task.object, task.values["title"]) == ("task", "contacts", "Call Ann")


def test_what_changed_while_it_was_written_is_written_again_whatever_became_of_it(writing, there: OtherSystem):
    said = answer(customer(), 3)
    back.answered(said.pk, now=NOW)

    def meanwhile(changes):
        there.write_hook = None
        Response.objects.filter(pk=said.pk).update(score=9)
        back.answered(said.pk, now=LATER)
        assert not back.due(LATER)  # nobody overtakes the one who is at it
        raise Retry("busy", after=600)

    there.write_hook = meanwhile
    deliver()
    assert deliver().written == 2  # the properties; the note waits its ten minutes
    assert {change.values["score"] for change in there.written} == {9}


def test_who_held_something_for_too_long_changes_nothing(writing, there: OtherSystem):
    back.answered(answer(customer()).pk, now=NOW)
    other = LATER + timedelta(minutes=20)

    def overtaken(changes):
        there.write_hook = None
        Outbound.objects.update(claimed_until=other)  # the lease ran out, and somebody else has them

    there.write_hook = overtaken
    deliver()
    assert set(Outbound.objects.values_list("state", "claimed_until")) == {("writing", other)}


def test_much_for_one_system_does_not_hold_up_another(writing, there: OtherSystem, monkeypatch):
    second = connections.add(connector="other", settings={"token": "t"}, source="second", now=NOW)
    monkeypatch.setattr(back, "BATCH", 1)
    for one in (writing, second):
        for number in range(2):
            Outbound.objects.create(
                connection=one,
                key=f"k{number}",
                what="note",
                object="contacts",
                target=f"{one.source}{number}",
                due_at=NOW,
                created_at=NOW,
            )
    assert deliver().written == 4
    assert [change.key for change in there.written] == ["other0", "second0", "other1", "second1"]


def test_old_notes_are_forgotten_and_not_written_twice(writing, there: OtherSystem):
    said = answer(customer(), 3, comment="Too slow")
    back.answered(said.pk, now=NOW)
    deliver()
    later = NOW + pruning.KEPT
    assert pruning.prune(now=later) == 0
    later += timedelta(days=1)
    assert pruning.prune(now=later) == 1
    assert set(Outbound.objects.values_list("what", flat=True)) == {"properties"}, "they are needed to take words back"
    back.answered(said.pk, now=later)
    assert deliver(later + timedelta(hours=1)).written == 0


def test_the_look_for_work_goes_by_the_index_and_sorts_nothing(writing):
    from django.db import connection as database

    if database.vendor == "postgresql":  # which would rather read an empty table whole
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = back._claimable("waiting", NOW).filter(connection=writing).order_by("due_at", "pk").explain()
    assert "outbound_by_state" in plan
    assert "ORDER BY" not in plan
    assert "Sort" not in plan


def test_a_connection_that_was_removed_meanwhile_is_no_fault(writing, there: OtherSystem):
    back.answered(answer(customer()).pk, now=NOW)
    there.write_hook = lambda changes: connections.remove(connections.find(writing.pk))
    assert deliver().written == 3
    assert not Outbound.objects.exists()


def test_our_properties_are_made_again_when_something_is_tried_again(writing, there: OtherSystem):
    there.refuses = {"c-ann": "Property nineplus_score does not exist."}
    back.answered(answer(customer()).pk, now=NOW)
    deliver()
    there.refuses = {}
    back.again(writing, now=LATER)
    deliver()
    assert there.prepared == 2


def test_words_of_whoever_was_erased_are_taken_back_and_kept_nowhere(writing, there: OtherSystem):
    ann = customer()
    back.answered(answer(ann, 3, comment="Too slow").pk, now=NOW)
    asked = {"title": "Call Ann", "text": "She gave 3.", "due_at": LATER, "now": NOW}
    back.task(writing, key="case-1", contact=ann.pk, account=None, **asked)
    deliver()
    there.written.clear()
    erase(contact=ann.pk, now=LATER)
    deliver()
    [left] = Outbound.objects.all()
    assert (left.object, left.values["comment"], left.values["score"], left.state) == ("accounts", "", 3, "written")
    assert [change.values["comment"] for change in there.written] == [""]


def test_answers_that_a_file_brings_stand_on_the_record_too(writing, bring):
    ann = customer()
    Event.objects.all().delete()
    bring("score,email,date\n3,ann@acme.example,2025-02-01\n9,ann@acme.example,2025-03-01\n")
    [told] = Event.objects.filter(kind="connection.history")
    assert told.data == {"connection": writing.pk}
    back.backfill(writing.pk, now=NOW)
    row = Outbound.objects.get(object="contacts")
    assert (row.target, row.values["score"], row.what) == (ann.external_id, 9, "properties")


def test_what_was_answered_before_everything_was_read_is_written_after(writing, there: OtherSystem):
    Event.objects.all().delete()
    there.items = {"people": [Record("contacts", "c1", {"email": "bo@acme.example", "name": "Bo"})]}
    for expected in (1, 1):  # the second time nothing is new over there
        connections.start(writing, now=NOW)
        running.sync(writing, clock=lambda: NOW, wait=lambda _: None)
        assert Event.objects.filter(kind="connection.history").count() == expected


def test_who_becomes_known_there_gets_what_they_answered_before(writing, there: OtherSystem):
    bo = customer("bo", source="file")
    answer(bo, 2)
    there.items = {"people": [Record("contacts", "c77", {"email": "bo@acme.example", "name": "Bo"})]}
    connections.start(writing, now=NOW)
    running.sync(writing, clock=lambda: NOW, wait=lambda _: None)
    row = Outbound.objects.get(object="contacts")
    assert (row.target, row.values["score"], row.response.contact_id) == ("c77", 2, bo.pk)


def test_every_history_that_was_asked_for_is_written(writing):
    lane = next(lane for lane in kinds.LANES if "connection.history" in lane.kinds)
    assert not lane.together  # each names another connection
    with pytest.raises(kinds.NotFinished):
        kinds.connect.write_history_back({"connection": writing.pk}, now=NOW, stopping=lambda: True)


def test_a_right_that_only_writing_lacks_stops_no_reading(writing, there: OtherSystem):
    there.away = [Reconnect("The right people.write is missing.", missing=["people.write"])]
    back.answered(answer(customer()).pk, now=NOW)
    assert deliver().refused == 3
    writing.refresh_from_db()
    assert writing.state == "active"
    assert back.again(writing, now=LATER) == 3
    assert deliver().written == 3
