"""What goes back to HubSpot: once, in batches, and what its admins' rules say to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.connectors import Change, Kept, Retry
from tests.fixtures.hubspot_server import HubSpot
from tests.fixtures.hubspot_state import No

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANSWER = {
    "score": 9,
    "group": "promoter",
    "comment": "Fast & kind",
    "answered_at": AT.isoformat(),
    "survey": "Relationship",
}


def person(hub: HubSpot, number: int = 0) -> str:
    return hub.state.make("contacts", {"email": f"p{number}@customer.example"})


def kept(answers: list[Kept]) -> dict[str, Kept]:
    assert len({one.id for one in answers}) == len(answers)
    return {one.id: one for one in answers}


def test_our_properties_are_made_once_and_not_offered_for_the_mapping(hub, connect):
    session = connect()
    before = {one.name for one in session.properties("contacts")}
    session.prepare()
    made = len([call for call in hub.calls if call.startswith("POST")])
    session.prepare()
    assert len([call for call in hub.calls if call.startswith("POST")]) == made
    for type in ("contacts", "companies", "tickets"):
        ours = {name for name, one in hub.state.properties[type].items() if one["groupName"] == "nineplus"}
        assert ours == {f"nineplus_{name}" for name in [*ANSWER, "follow_up"]}
    assert {one.name for one in session.properties("contacts")} == before


def test_a_customer_carries_what_they_said(hub, connect):
    contact, firm = person(hub), hub.state.make("companies", {"name": "Firm"})
    session = connect()
    session.prepare()
    changes = [
        Change("c1", "properties", "contacts", contact, ANSWER),
        Change("c2", "properties", "contacts", contact, {"follow_up": "open"}),
        Change("a1", "properties", "accounts", firm, {"score": 3, "comment": None}),
    ]
    answers = kept(session.write(changes))
    assert [answers[key].problem for key in ("c1", "c2", "a1")] == ["", "", ""]
    told = hub.state.objects["contacts"][int(contact)].properties
    assert (told["nineplus_score"], told["nineplus_group"], told["nineplus_comment"]) == (
        "9",
        "promoter",
        "Fast & kind",
    )
    assert told["nineplus_answered_at"] == "1767268800000"
    assert told["nineplus_follow_up"] == "open"
    assert hub.state.objects["companies"][int(firm)].properties["nineplus_comment"] == ""


def test_one_refused_record_does_not_hold_up_the_others(hub, connect):
    people = [person(hub, number) for number in range(150)]
    locked, gone = people[70], people[120]
    hub.state.archive("contacts", gone)
    session = connect()
    session.prepare()
    hub.state.rules.append(lambda type, key, _: "Fill in the reason first" if str(key) == locked else None)
    answers = kept(session.write([Change(key, "properties", "contacts", key, ANSWER) for key in people]))
    assert set(answers) == set(people)
    assert "Fill in the reason first" in answers[locked].problem
    assert not answers[locked].gone
    assert answers[gone].gone
    others = set(people) - {locked, gone}
    assert {answers[key].problem for key in others} == {""}
    assert all("nineplus_score" in hub.state.objects["contacts"][int(key)].properties for key in others)
    hub.state.rules.clear()
    assert kept(session.write([Change(locked, "properties", "contacts", locked, ANSWER)]))[locked].problem == ""


def test_a_merged_customer_is_written_to_under_the_old_key(hub, connect):
    first, second = person(hub, 1), person(hub, 2)
    hub.state.merge("contacts", first, second)
    session = connect()
    session.prepare()
    assert kept(session.write([Change("c", "properties", "contacts", second, ANSWER)]))["c"].problem == ""
    assert hub.state.objects["contacts"][int(first)].properties["nineplus_score"] == "9"


def note(id: str, key: str, text: str = "NPS 9 <b>of</b> 10\nGood") -> Change:
    return Change(id, "note", "contacts", key, {"text": text, "at": AT.isoformat()})


def test_a_note_is_made_once_even_when_the_line_is_cut_after_it_was_made(hub, connect):
    people = [person(hub, number) for number in range(3)]
    session = connect()
    session.prepare()
    notes = [note(f"note:{key}", key) for key in people]
    hub.fail("lost", path="/notes/batch/create")
    with pytest.raises(Retry):
        session.write(notes)
    assert len(hub.state.objects["notes"]) == 3
    answers = kept(session.write([*notes, note("note:new", people[0])]))
    assert len(hub.state.objects["notes"]) == 4
    assert {answers[f"note:{key}"].key for key in people} < set(map(str, hub.state.objects["notes"]))
    made = hub.state.objects["notes"][int(answers["note:new"].key)]
    assert made.properties["hs_note_body"] == "NPS 9 &lt;b&gt;of&lt;/b&gt; 10<br>Good"
    assert made.properties["hs_timestamp"] == "1767268800000"
    assert hub.state.links["notes", "contacts"][made.id] == [(int(people[0]), (202,))]


def test_a_note_that_is_refused_is_told_and_one_to_nobody_is_gone(hub, connect):
    fine, locked, gone = (person(hub, number) for number in range(3))
    hub.state.archive("contacts", gone)
    session = connect()
    session.prepare()
    hub.state.rules.append(lambda type, _, told: "No notes here" if "locked" in told.get("hs_note_body", "") else None)
    answers = kept(session.write([note("1", fine), note("2", locked, "locked"), note("3", gone)]))
    assert (answers["1"].problem, answers["1"].gone) == ("", False)
    assert "No notes here" in answers["2"].problem
    assert not answers["2"].gone
    assert answers["3"].gone
    assert len(hub.state.objects["notes"]) == 1


def test_notes_are_made_one_by_one_where_our_id_may_not_be_kept(hub, connect, monkeypatch):
    define = hub.state.define

    def only_on_records(type: str, told: dict[str, object]) -> object:
        if type in ("notes", "tasks"):
            raise No(400, "Custom properties are not supported on this object")
        return define(type, told)

    monkeypatch.setattr(hub.state, "define", only_on_records)
    session = connect()
    session.prepare()
    people = [person(hub, number) for number in range(2)]
    answers = kept(session.write([note(key, key) for key in people]))
    assert {one.key for one in answers.values()} == set(map(str, hub.state.objects["notes"]))


def test_a_task_has_a_day_an_owner_and_a_customer(hub, connect):
    case = hub.state.make("tickets", {"hs_pipeline_stage": "1"})
    session = connect()
    session.prepare()
    values = {"title": "Call back", "text": "Unhappy", "due_at": AT.isoformat(), "owner": "3"}
    answer = kept(session.write([Change("task:1", "task", "tickets", case, values)]))["task:1"]
    told = hub.state.objects["tasks"][int(answer.key)].properties
    assert (told["hs_task_subject"], told["hs_task_status"], told["hubspot_owner_id"]) == (
        "Call back",
        "NOT_STARTED",
        "3",
    )
    assert hub.state.links["tasks", "tickets"][int(answer.key)] == [(int(case), (230,))]


def test_our_own_writing_is_read_once_and_changes_nothing_here(hub, connect):
    contact = person(hub)
    session = connect()
    session.prepare()
    before = list(session.read("contacts", {}))
    hub.state.clock.now += 3600
    session.write([Change("c", "properties", "contacts", contact, ANSWER)])
    again = list(session.read("contacts", before[-1].cursor))
    fields = [item.fields for portion in (*before, *again) for item in portion.items]
    assert fields
    assert all(one == fields[0] for one in fields)
    hub.state.clock.now += 3600
    settled = list(session.read("contacts", again[-1].cursor))
    assert not [item for portion in session.read("contacts", settled[-1].cursor) for item in portion.items]


def test_what_was_written_before_an_outage_is_told(hub, connect):
    key = person(hub)
    session = connect()
    session.prepare()
    hub.fail("lost", path="/notes/batch/create")
    assert [one.id for one in session.write([Change("c", "properties", "contacts", key, ANSWER), note("n", key)])] == [
        "c"
    ]
