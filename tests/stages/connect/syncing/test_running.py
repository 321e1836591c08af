"""A connection is read: what becomes of records, and of everything that can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.connectors import Gone, Merged, Reconnect, Record, Retry, Unusable
from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.analyze.comments import reading as comments
from nineplus.stages.analyze.comments import versions
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect.syncing import connections, reading, running
from nineplus.stages.connect.syncing.records import Keeper
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.share import webhooks
from nineplus.store.models import (
    Account,
    Alias,
    Contact,
    Event,
    Removal,
    Response,
    StreamState,
    Subscription,
    SyncProblem,
    SyncRun,
    ThemesVersion,
    Ticket,
    TicketEvent,
    WebhookDelivery,
)
from tests.fixtures.other_system import OtherSystem
from tests.stages.connect.syncing.conftest import NOW

HOUR = timedelta(hours=1)


def read(connection, **options):
    rests: list[float] = []
    run = running.sync(connection, clock=lambda: NOW, wait=rests.append, **options)
    run.rests = rests
    connection.refresh_from_db()
    return run


def company(key="a1", **fields):
    return Record("accounts", key, {"name": "Acme", "domain": "acme.example", **fields}, {"plan": "Gold"})


def person(key="c1", **fields):
    return Record("contacts", key, {"email": "Ann@Acme.example", "name": "Ann", "account": "a1", **fields})


def case(key="t1", **fields):
    return Record("tickets", key, {"opened_at": NOW - 5 * HOUR, "contact": "c1", **fields})


def answer(key="r1", **fields):
    told = {"score": 3, "comment": "Too slow", "answered_at": NOW - HOUR, "contact": "c1", "survey": "s1", **fields}
    return Record("responses", key, {"survey_name": "After tickets", **told}, raw={"value": "3"})


def test_everything_arrives_and_hangs_together(connection, there: OtherSystem):
    there.items = {
        "people": [company(), person()],
        "cases": [
            case(resolved_at=NOW - 2 * HOUR, owner="Olga"),
            Record("ticket_events", "t1:1", {"ticket": "t1", "at": NOW - 2 * HOUR, "kind": "resolution"}),
        ],
        "answers": [answer(ticket="t1")],
    }
    run = read(connection)
    assert (run.state, run.error) == ("done", "")
    response = Response.objects.select_related("survey", "account", "contact", "ticket").get()
    assert (response.account.name, response.contact.email, response.ticket.owner) == (
        "Acme",
        "ann@acme.example",
        "Olga",
    )
    assert (response.survey.name, response.attributes) == ("After tickets", {"plan": "Gold"})
    assert TicketEvent.objects.get().ticket == response.ticket
    assert run.counts["people"] == {
        "seen": 2,
        "added": 2,
        "changed": 0,
        "same": 0,
        "gone": 0,
        "merged": 0,
        "unusable": 0,
    }
    assert Event.objects.filter(kind="response.scored", data={"response": response.pk}).exists()
    assert Event.objects.filter(kind="mart.stale").count() == 1
    assert connection.due_at == NOW + timedelta(seconds=connection.every)


def test_again_changes_nothing_and_a_change_changes_one_row(connection, there: OtherSystem):
    there.items = {"people": [company(), person()], "cases": [case()]}
    read(connection)
    connections.start(connection, now=NOW, full=True)
    before = Account.objects.get().revision
    again = read(connection)
    assert {name: told["same"] for name, told in again.counts.items()} == {"people": 2, "cases": 1, "answers": 0}
    assert Account.objects.get().revision == before
    there.items["people"].append(person(name="Ann Lee"))
    third = read(connection)
    assert third.counts["people"]["changed"] == 1
    assert Contact.objects.get().name == "Ann Lee"


def test_another_score_is_told_and_a_mere_move_is_not(connection, there: OtherSystem):
    old = NOW - timedelta(days=300)
    there.items = {"answers": [answer("r1", answered_at=old), answer("r2", answered_at=old)]}
    read(connection)
    assert not Event.objects.filter(kind__startswith="response."), "history is no news"
    there.items["answers"] += [answer("r1", answered_at=old, score=9), answer("r2", answered_at=NOW - 9 * HOUR)]
    read(connection)
    one = Response.objects.get(external_id="r1")
    assert [event.data for event in Event.objects.filter(kind="response.changed")] == [{"response": one.pk}]
    assert (one.score, one.changed_at, one.signals["earlier"][0]["score"]) == (9, NOW, 3)
    there.items["answers"].append(answer("r2", answered_at=NOW - 9 * HOUR, comment="n/a"))
    read(connection)
    assert Event.objects.filter(kind="response.changed").count() == 2
    assert Response.objects.get(external_id="r2").comment == ""


def test_other_words_over_there_replace_ours_are_told_and_read_anew(connection, there: OtherSystem):
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    versions._reader.cache_clear()
    webhooks.add(url="https://receiver.example/in", now=NOW)
    there.items = {"answers": [answer(comment="Slow response times from support.")]}
    read(connection)
    comments.follow(now=NOW)
    one = Response.objects.get()
    assert set(one.readings.get().mentions.values_list("theme", flat=True)) == {"support.speed"}
    there.items["answers"].append(answer(score=6, comment="Far too expensive for us."))
    read(connection)
    one.refresh_from_db()
    assert (one.comment, one.comment_raw) == ("Far too expensive for us.", "Far too expensive for us.")
    assert (one.score, one.signals["earlier"][0]["score"], one.changed_at) == (6, 3, NOW)
    for event in Event.objects.filter(kind__startswith="response."):
        for handler in HANDLERS[event.kind]:
            handler(event.data, now=NOW, stopping=lambda: False)
    [told] = WebhookDelivery.objects.filter(event="survey_response.updated")
    assert told.about["response"] == one.pk
    assert comments.wanted(NOW)
    comments.follow(now=NOW)
    assert "pricing" in one.readings.get().mentions.values_list("theme", flat=True)
    assert "support.speed" not in one.readings.get().mentions.values_list("theme", flat=True)


def test_a_renewal_is_told_by_a_company_or_a_deal(connection, there: OtherSystem):
    soon, later = NOW + timedelta(days=30), NOW + timedelta(days=60)
    deal = {"account": "a1", "renews_at": later, "is_closed": True, "is_won": True}
    there.items = {"people": [company(renews_at=soon)], "cases": [Record("deals", "d1", deal)]}
    read(connection)
    assert Account.objects.get().name == "Acme"
    assert {(one.external_id, one.account.external_id, one.renews_at) for one in Subscription.objects.all()} == {
        ("account:a1", "a1", soon),
        ("deal:d1", "a1", later),
    }
    there.items["people"].append(company(renews_at=None))
    there.items["cases"].append(Record("deals", "d1", {**deal, "is_won": False}))
    read(connection)
    assert set(Subscription.objects.values_list("renews_at", flat=True)) == {None}
    there.items["people"].append(Gone("accounts", "a1"))
    there.items["cases"].append(Gone("deals", "d1"))
    read(connection)
    read(connection)
    assert not Subscription.objects.exists()


def test_order_and_duplicates_do_not_matter(connection, there: OtherSystem):
    """The newer of two is kept, and what is referred to before it came is filled in later."""
    there.page = 10
    new = Record("contacts", "c1", {"email": "ann@acme.example", "name": "New"}, modified_at=NOW)
    old = Record("contacts", "c1", {"email": "ann@acme.example", "name": "Old"}, modified_at=NOW - HOUR)
    there.items = {
        "people": [new, old, person("c2", email="bo@acme.example", account="a9")],
        "cases": [case(contact="c7")],
    }
    read(connection)
    assert Contact.objects.get(external_id="c1").name == "New"
    assert Contact.objects.get(external_id="c2").account.external_id == "a9"
    there.items["people"] += [company("a9", name="Late"), person("c7", email="late@acme.example")]
    read(connection)
    assert Account.objects.get(external_id="a9").name == "Late"
    assert Ticket.objects.get().contact.email == "late@acme.example"


def test_it_goes_on_where_it_stopped(connection, there: OtherSystem):
    there.items = {"people": [person(f"c{n}", email=f"p{n}@acme.example") for n in range(7)]}
    seen = []

    def stopping() -> bool:
        seen.append(1)
        return len(seen) > 1

    assert read(connection, stopping=stopping).state == "waiting"
    assert Contact.objects.exclude(name="").count() == 4
    there.reads.clear()
    assert read(connection).state == "done"
    assert Contact.objects.exclude(name="").count() == 7
    assert there.reads[0] == ("people", 4)


def test_a_short_outage_is_waited_for(connection, there: OtherSystem):
    there.items = {"people": [person(f"c{n}", email=f"p{n}@acme.example") for n in range(5)]}
    there.faults = {("people", 2): [Retry("busy", after=3), Retry("away")]}
    run = read(connection)
    assert (run.state, Contact.objects.exclude(name="").count()) == ("done", 5)
    assert sum(run.rests) == pytest.approx(3 + 4)  # as told, then twice the first rest of 2


def test_a_long_outage_ends_the_run_until_it_is_over(connection, there: OtherSystem):
    there.items = {"people": [company(), person(), person("c2", email="b@acme.example")], "cases": [case()]}
    there.faults = {("people", 2): [Retry("The day's calls are used up.", after=3600)]}
    run = read(connection)
    assert run.state == "waiting"
    assert "day's calls" in run.error
    assert connection.due_at == NOW + HOUR
    assert Ticket.objects.count() == 0
    assert read(connection).state == "done"
    assert Contact.objects.count() == 2


def test_a_revoked_key_is_shown_and_mending_goes_on(connection, there: OtherSystem):
    there.items = {"people": [company(), person(), person("c2", email="b@acme.example")]}
    there.faults = {("people", 2): [Reconnect("The key was revoked.")]}
    run = read(connection)
    assert (run.state, connection.state, connection.error) == ("failed", "broken", "The key was revoked.")
    assert not running.due(NOW + HOUR)
    connections.change(connection, settings={"token": ""}, now=NOW)
    assert running.due(NOW)
    assert running.sync_due(clock=lambda: NOW, stopping=lambda: False) == 1
    assert Contact.objects.count() == 2


def test_a_missing_right_for_something_optional_stops_nothing_else(connection, there: OtherSystem):
    there.items = {"people": [company(), person()], "answers": [answer()]}
    there.faults = {("answers", 0): [Reconnect("The right answers.read is missing.", missing=["answers.read"])]}
    run = read(connection)
    assert run.state == "done"
    assert "answers.read" in StreamState.objects.get(stream="answers").error
    assert connection.state == "active"


def test_who_takes_long_makes_room_for_the_others(connection, there: OtherSystem):
    other = connections.add(connector="other", settings={"token": "another"}, now=NOW)
    there.items = {"people": [person(f"c{n}", email=f"p{n}@acme.example") for n in range(20)]}
    for place, one in enumerate((connection, other)):
        connections.start(one, now=NOW + timedelta(seconds=place))
    ticks = iter(range(100_000))
    turns = running.sync_due(
        clock=lambda: NOW + timedelta(seconds=2 * next(ticks)),
        stopping=lambda: SyncRun.objects.filter(state="done").count() > 1,
    )
    ran = [(run.connection_id, run.state) for run in SyncRun.objects.order_by("pk")]
    assert ran == [(one.pk, state) for state in ("waiting", "done") for one in (connection, other)]
    assert turns == len(ran)
    assert [state.caught_up_at is not None for state in StreamState.objects.filter(stream="answers")] == [True, True]


def test_the_same_page_again_and_again_is_given_up(connection, there: OtherSystem):
    there.items = {"people": [company(), person(), person("c2")], "cases": [case(contact=None)]}
    there.stuck = "people"
    run = read(connection)
    assert run.state == "failed"
    assert "again and again" in run.error
    assert Ticket.objects.count() == 1  # the other streams are read


def test_a_stream_that_just_ends_is_not_taken_for_complete(connection, there: OtherSystem):
    there.items, there.endless = {"people": [person()]}, "people"
    assert "without saying" in read(connection).error


def test_what_cannot_be_used_is_told_once_with_its_reason(connection, there: OtherSystem):
    there.items = {
        "people": [person(email="no address"), Unusable("contacts", "c9", "no_name", "It has no name.")],
        "cases": [
            case(opened_at=None),
            case("t2", resolved_at=NOW - 9 * HOUR),
            Record("ticket_events", "e1", {"ticket": "nowhere", "at": NOW, "kind": "reply"}),
        ],
        "answers": [answer(score=11), answer("r2", score=True)],
    }
    for _ in range(2):
        read(connection)
        connections.start(connection, now=NOW, full=True)
    told = {(one.key, one.code) for one in SyncProblem.objects.all()}
    assert told == {
        ("c1", "email_unreadable"),
        ("c9", "no_name"),
        ("t1", "opened_at_missing"),
        ("t2", "resolved_at_too_early"),
        ("e1", "ticket_unknown"),
        ("r1", "score_unreadable"),
        ("r2", "score_unreadable"),
    }
    assert (Contact.objects.get(external_id="c1").name, Ticket.objects.get().external_id) == ("Ann", "t2")
    assert not Response.objects.exists()


def test_deleted_there_is_deleted_here_unless_answers_need_it(connection, there: OtherSystem):
    there.items = {
        "people": [company(), person(), person("c2", email="b@acme.example")],
        "cases": [case(), Record("ticket_events", "e1", {"ticket": "t1", "at": NOW, "kind": "reply"})],
        "answers": [answer(ticket="t1")],
    }
    read(connection)
    there.items["people"] += [Gone("contacts", "c1"), Gone("contacts", "c2")]
    there.items["cases"] += [Gone("tickets", "t1")]
    read(connection)
    assert list(Contact.objects.values_list("external_id", flat=True)) == ["c1"]
    assert SyncProblem.objects.get().code == "deleted_but_used"
    assert (Ticket.objects.count(), TicketEvent.objects.count()) == (0, 0)
    assert Response.objects.get().ticket is None
    assert set(Removal.objects.values_list("table", flat=True)) == {"contact", "ticket", "ticketevent"}


def test_merged_there_is_merged_here(connection, there: OtherSystem):
    there.items = {
        "people": [company(), person(), person("c2", email="b@acme.example")],
        "answers": [answer(contact="c2")],
    }
    read(connection)
    there.items["people"] += [Merged("contacts", "c2", "c1"), Merged("contacts", "c5", "c1")]
    read(connection)
    assert Contact.objects.get().external_id == "c1"
    assert Response.objects.get().contact.external_id == "c1"
    there.items["answers"].append(answer("r2", contact="c2"))  # the old key means the same person still
    read(connection)
    assert {response.contact.external_id for response in Response.objects.all()} == {"c1"}
    assert Alias.objects.filter(external_id="c2", why="merged").count() == 1


def test_a_person_who_is_here_already_is_not_added_again(connection, there: OtherSystem):
    here = Contact.objects.create(source="file", external_id="x", email="ann@acme.example", name="Ann", revision=0)
    there.items = {"people": [company(), person(name="", language="de")], "cases": [case()]}
    read(connection)
    row = Contact.objects.get()
    assert (row.pk, row.name, row.language, row.external_id) == (here.pk, "Ann", "de", "x")
    assert Ticket.objects.get().contact_id == here.pk


def test_a_dry_run_counts_and_writes_nothing(connection, there: OtherSystem):
    there.items = {"people": [company(), person(email="no address")], "cases": [case(opened_at=None)]}
    run = read(connection, kind="dry")
    assert run.counts["people"]["added"] == 2
    assert run.counts["cases"]["unusable"] == 1
    assert (Account.objects.count(), Contact.objects.count(), SyncProblem.objects.count()) == (0, 0, 0)
    assert StreamState.objects.get(stream="people").cursor == {}


def test_two_do_not_read_at_once_and_a_dead_one_is_taken_over(connection, there: OtherSystem):
    other = SyncRun.objects.create(connection=connection, kind="sync", started_at=NOW, beat_at=NOW, holder="else/1")
    with pytest.raises(Conflict, match="already"):
        running.sync(connection, clock=lambda: NOW)
    SyncRun.objects.filter(pk=other.pk).update(beat_at=NOW - HOUR)
    assert read(connection).state == "done"
    assert SyncRun.objects.get(pk=other.pk).state == "waiting"


def test_cancelled_after_the_portion_at_hand(connection, there: OtherSystem):
    there.items = {"people": [person(f"c{n}", email=f"p{n}@acme.example") for n in range(9)]}
    took = there.open

    def open_and_cancel(*given, **more):
        running.cancel(SyncRun.objects.get())
        return took(*given, **more)

    there.open = open_and_cancel  # type: ignore[method-assign]
    assert read(connection).state == "cancelled"
    assert Contact.objects.exclude(name="").count() == 2


def test_drift_is_told_once(connection, there: OtherSystem):
    there.known = {"people": {"plan": "text", "size": "number"}}
    read(connection)
    assert not SyncProblem.objects.exists()
    there.known = {"people": {"plan": "number"}}
    read(connection)
    assert SyncProblem.objects.get().code == "property_changed"
    there.known = {"people": {"size": "number"}}
    read(connection)
    assert set(SyncProblem.objects.values_list("code", flat=True)) == {"property_changed", "property_gone"}


def test_secrets_are_kept_locked(connection):
    assert "secret-token" not in connection.secrets
    assert connection.settings == {}
    with pytest.raises(NotPossible, match="token"):
        connections.add(connector="other", settings={}, now=NOW)
    assert connections.add(connector="other", settings={"token": "b"}, now=NOW).source == "other-2"


def test_whoever_was_erased_does_not_come_back_from_there(connection, there: OtherSystem):
    there.items = {"people": [company(), person(), person("c2", email="bob@acme.example", name="Bob")]}
    read(connection)
    erase(contact=Contact.objects.get(name="Ann").pk, now=NOW)
    there.items["people"] += [person(name="Ann B"), person("c2", email="bob@acme.example", name="Bob B")]
    read(connection)
    assert set(Contact.objects.values_list("name", "email")) == {("", ""), ("Bob B", "bob@acme.example")}
    assert SyncProblem.objects.get().code == "erased"


def test_whoever_was_erased_without_an_address_does_not_come_back_either(connection, there: OtherSystem):
    there.items = {"people": [company(), person(email="", name="Ann")]}
    read(connection)
    erase(contact=Contact.objects.get().pk, now=NOW)
    there.items["people"] += [person(email="", name="Ann B"), case()]
    read(connection)
    assert list(Contact.objects.values_list("name", flat=True)) == [""]
    assert Ticket.objects.get().contact is None
    assert SyncProblem.objects.get().code == "erased"


def meanwhile(there, work):
    """Have something done elsewhere while the run is under way, before its first portion is kept."""
    took = there.open

    def opened(*given, **more):
        there.open = took
        session = took(*given, **more)
        work()
        return session

    there.open = opened


def test_what_was_read_by_an_old_mapping_is_read_again(connection, there: OtherSystem):
    there.items = {"people": [company()], "cases": [case()]}
    meanwhile(there, lambda: connections.remap(connection, "cases", {"x": "attribute:x"}, now=NOW))
    run = read(connection)
    assert (run.state, Ticket.objects.exists(), Account.objects.exists()) == ("waiting", False, True)
    assert connection.due_at == NOW + timedelta(seconds=1)
    assert read(connection).state == "done"
    assert Ticket.objects.exists()


def test_a_pause_stops_what_is_being_read(connection, there: OtherSystem):
    there.items = {"people": [company(), person()]}
    meanwhile(there, lambda: connections.pause(connection))
    assert read(connection).state == "cancelled"
    assert (Account.objects.exists(), connection.due_at) == (False, None)


def test_a_connection_may_be_removed_while_it_is_read(connection, there: OtherSystem):
    there.items = {"people": [company(), person()]}
    meanwhile(there, lambda: connections.remove(connections.find(connection.pk)))
    assert running.sync(connection, clock=lambda: NOW).pk
    assert not Account.objects.exists()


def test_what_was_cancelled_does_not_begin_again_at_once(connection, there: OtherSystem):
    there.items = {"people": [company(), person(), person("c2", email="b@acme.example")]}
    meanwhile(there, lambda: running.cancel(SyncRun.objects.get()))
    assert read(connection).state == "cancelled"
    assert connection.due_at == NOW + timedelta(seconds=connection.every)


def test_a_check_that_heals_has_it_read_again(connection, there: OtherSystem):
    there.faults = {("people", 0): [Reconnect("The key was revoked.")]}
    read(connection)
    assert not running.due(NOW)
    connections.check(connection, now=NOW)
    assert running.due(NOW)


def test_a_right_that_was_given_is_made_use_of_at_once(connection, there: OtherSystem):
    there.missing = {"Answers": ("answers.read",)}
    there.faults = {("answers", 0): [Reconnect("The key may not read answers.", missing=("answers.read",))]}
    read(connection)
    connections.check(connection, now=NOW)
    connection.refresh_from_db()
    assert StreamState.objects.get(stream="answers").error
    assert not running.due(NOW)
    there.missing = {}
    connections.check(connection, now=NOW)
    assert not StreamState.objects.get(stream="answers").error
    assert running.due(NOW)


def test_an_answer_that_came_before_its_ticket_gets_it(connection, there: OtherSystem):
    there.items = {"people": [company(), person()], "answers": [answer(ticket="t9")]}
    read(connection)
    assert Response.objects.get().ticket is None
    there.items["cases"] = [case("t9"), case("t10"), Unusable("tickets", "t11", "no_time", "It has no time.")]
    read(connection)
    response = Response.objects.select_related("ticket").get()
    assert (response.ticket.external_id, response.raw) == ("t9", {"value": "3"})


def test_a_key_that_is_gone_there_is_gone_here_and_the_person_stays(connection, there: OtherSystem):
    Contact.objects.create(source="file", external_id="x", email="ann@acme.example", name="Ann", revision=0)
    there.items = {"people": [company(), person(), person("c2", email="bo@acme.example")]}
    read(connection)
    bo = Contact.objects.get(external_id="c2")
    Alias.objects.create(table="contact", source="desk", external_id="77", row=bo.pk, why="email", at=NOW)
    there.items["people"] += [Gone("contacts", "c1"), Gone("contacts", "c2"), Gone("contacts", "never-here")]
    run = read(connection)
    assert set(Contact.objects.values_list("external_id", flat=True)) == {"x", "c2"}
    assert not Alias.objects.filter(source="other").exists()
    assert run.counts["people"]["gone"] == 0


def test_a_property_becomes_only_what_there_is(connection, there: OtherSystem):
    for ours in ("contact_id", "attribute:", "attribute:Größe", "opened_at"):
        with pytest.raises(NotPossible):
            connections.remap(connection, "people", {"x": ours}, now=NOW)
    connections.remap(connection, "people", {"x": "language", "y": "attribute:plan"}, now=NOW)


def test_runs_of_long_ago_are_forgotten(connection, there: OtherSystem):
    old = NOW - timedelta(days=91)
    SyncRun.objects.create(connection=connection, kind="sync", state="done", started_at=old, beat_at=old)
    run = read(connection)
    assert [one.pk for one in SyncRun.objects.all()] == [run.pk]


def test_the_key_of_another_account_brings_nothing(connection, there: OtherSystem):
    there.items = {"people": [company()]}
    read(connection)
    assert connection.account == "Acme"
    there.account = "Sandbox"
    connections.change(connection, settings={"token": "of-another"}, now=NOW)
    there.items["people"].append(company("a2", name="Test Inc", domain="test.example"))
    assert read(connection).state == "failed"
    assert (connection.state, Account.objects.count()) == ("broken", 1)
    assert "Sandbox" in connection.error
    with pytest.raises(NotPossible, match="Sandbox"):
        connections.check(connection, now=NOW)


def test_reasons_name_some_things_by_the_index(connection, django_assert_num_queries):
    problems = [Unusable("contacts", f"c{n}", "no_name", "It has no name.") for n in range(5)]
    keeper = Keeper(connection=connection.pk, source="other", stream="people", now=NOW)
    keeper.keep(problems)
    with django_assert_num_queries(2) as asked:
        [reason] = reading.reasons(connection)
    assert (reason.things, reason.examples) == (5, ["c0", "c1", "c2"])
    assert 'ORDER BY "nineplus_syncproblem"."key" ASC' in asked[1]["sql"]


def test_a_process_that_was_started_anew_under_its_old_number_is_dead(connection, there: OtherSystem):
    left = SyncRun.objects.create(
        connection=connection, kind="sync", started_at=NOW, beat_at=NOW, holder=running._holder() + "before"
    )

    def another_thread() -> None:
        with pytest.raises(Conflict):
            running.sync(connection, clock=lambda: NOW)

    meanwhile(there, another_thread)
    assert read(connection).state == "done"
    assert SyncRun.objects.get(pk=left.pk).state == "waiting"
