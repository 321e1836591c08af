"""HubSpot's objects in our words: links and what stands in for them, changes, merges, deletions, answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nineplus.connectors import GiveUp, Gone, Item, Merged, Portion, Reconnect, Record, Retry, Session, Unusable
from nineplus.connectors.hubspot import CONNECTOR
from tests.connectors.stands import Budget, Clock
from tests.fixtures.hubspot_server import TOKEN, HubSpot
from tests.fixtures.hubspot_state import State, written

HOUR = 3_600_000
AT = 1_767_225_600_000  # 2026-01-01
INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


def read(session: Session, stream: str, cursor: dict[str, Any] | None = None) -> tuple[list[Item], dict[str, Any]]:
    portions: list[Portion] = list(session.read(stream, cursor or {}))
    assert portions[-1].last
    return [item for portion in portions for item in portion.items], dict(portions[-1].cursor)


def only(items: list[Item], kind: type, of: str = "") -> dict[str, Any]:
    return {item.key: item for item in items if isinstance(item, kind) and item.kind == (of or item.kind)}


def ticket(state: State, *stages: tuple[int, str], **properties: str) -> str:
    told = {"hs_pipeline": "0", "hs_pipeline_stage": stages[-1][1], **properties}
    return state.make("tickets", told, created=AT, modified=stages[-1][0], history={"hs_pipeline_stage": stages})


def test_a_ticket_says_when_it_was_answered_solved_and_opened_again(hub, connect):
    key = ticket(
        hub.state,
        (AT, "1"),
        (AT + 5 * HOUR, "4"),
        (AT + 9 * HOUR, "3"),
        (AT + 12 * HOUR, "4"),
        first_agent_reply_date=written(AT + HOUR),
        time_to_close="1",
        hs_ticket_priority="HIGH",
        hs_time_to_close_sla_status="3",
        hs_time_to_first_response_sla_status="4",
    )
    items, _ = read(connect(), "tickets")
    fields = only(items, Record, "tickets")[key].fields
    assert fields["opened_at"] == INSTANT
    assert fields["first_response_at"] == INSTANT + timedelta(hours=1)
    assert fields["resolved_at"] == INSTANT + timedelta(hours=12)
    assert (fields["reopens"], fields["priority"], fields["sla_breached"]) == (1, "HIGH", True)
    told = [(item.fields["kind"], item.fields["to_value"]) for item in only(items, Record, "ticket_events").values()]
    assert told.count(("resolution", "")) == 2
    assert told.count(("reopen", "")) == 1
    assert ("stage", "Waiting on us") in told


def test_an_open_ticket_is_not_solved_and_without_history_the_closing_date_counts(hub, connect):
    opened = ticket(hub.state, (AT, "1"), (AT + HOUR, "4"), (AT + 2 * HOUR, "2"))
    bare = hub.state.make("tickets", {"hs_pipeline_stage": "4", "closed_date": str(AT + 3 * HOUR)}, created=AT)
    hub.state.objects["tickets"][int(bare)].history.clear()
    archived = ticket(hub.state, (AT, "of an archived pipeline"), closed_date=str(AT + 4 * HOUR))
    replied = ticket(hub.state, (AT, "1"), time_to_first_agent_reply=str(HOUR))
    found = only(read(connect(), "tickets")[0], Record, "tickets")
    assert (found[opened].fields["resolved_at"], found[opened].fields["reopens"]) == (None, 1)
    assert (found[bare].fields["resolved_at"], found[bare].fields["reopens"]) == (INSTANT + timedelta(hours=3), None)
    assert found[archived].fields["resolved_at"] == INSTANT + timedelta(hours=4)
    assert found[replied].fields["first_response_at"] == INSTANT + timedelta(hours=1)


def test_instants_that_contradict_each_other_a_little_are_drawn_level(hub, connect):
    little = ticket(hub.state, (AT, "1"), first_agent_reply_date=written(AT - 60_000))
    much = ticket(hub.state, (AT, "1"), first_agent_reply_date=written(AT - HOUR))
    found = only(read(connect(), "tickets")[0], Record, "tickets")
    assert found[little].fields["first_response_at"] == INSTANT
    assert found[much].fields["first_response_at"] == INSTANT - timedelta(hours=1), "the frame tells of it"


def test_teams_are_called_by_their_names(hub, connect):
    hub.state.owners.append({"id": "1", "archived": False, "teams": [{"id": "88", "name": "Tier 2", "primary": True}]})
    key = ticket(hub.state, (AT, "1"), hubspot_team_id="88")
    items, _ = read(connect(), "tickets")
    assert only(items, Record, "tickets")[key].fields["team"] == "Tier 2"
    assert ("team", "Tier 2") in {
        (event.fields["kind"], event.fields["to_value"]) for event in only(items, Record, "ticket_events").values()
    }
    hub.tokens[TOKEN].discard("crm.objects.owners.read")
    assert only(read(connect(), "tickets")[0], Record, "tickets")[key].fields["team"] == "88"


def test_a_ticket_without_a_company_is_of_its_contacts_primary_company(hub, connect):
    state = hub.state
    first, main = (state.make("companies", {"name": name}) for name in ("A", "B"))
    person = state.make("contacts", {"email": "ada@customer.example", "firstname": "Ada", "lastname": "Byron"})
    state.link("contacts", person, "companies", first, 279)
    state.link("contacts", person, "companies", main, 1, 279)
    loose, own, lone = (ticket(state, (AT, "1")) for _ in range(3))
    for key in (loose, own):
        state.link("tickets", key, "contacts", person, 16)
    state.link("tickets", own, "companies", first, 339)
    session = connect()
    found = only(read(session, "tickets")[0], Record, "tickets")
    assert [found[key].fields["account"] for key in (loose, own, lone)] == [main, first, None]
    assert [found[key].fields["contact"] for key in (loose, own, lone)] == [person, person, None]
    contact = only(read(session, "contacts")[0], Record)[person]
    assert (contact.fields["account"], contact.fields["name"]) == (main, "Ada Byron")


def test_a_mapping_makes_attributes_and_a_property_that_vanished_is_told_once(hub, connect):
    key = hub.state.make("companies", {"name": "Firm", "tier": "Gold"})
    session = connect(accounts={"name": "name", "tier": "attribute:plan", "renewal_owner": "attribute:owner"})
    items, cursor = read(session, "accounts")
    firm = only(items, Record)[key]
    assert dict(firm.attributes) == {"plan": "Gold"}
    assert dict(firm.fields) == {"name": "Firm"}
    assert [(item.key, item.code) for item in items if isinstance(item, Unusable)] == [
        ("renewal_owner", "property_vanished")
    ]
    hub.state.clock.now += 60
    hub.state.change("companies", key, {"tier": ""})
    assert dict(only(read(session, "accounts", cursor)[0], Record)[key].attributes) == {"plan": ""}


def test_more_changes_of_one_instant_than_a_search_shows(hub, connect):
    session, state = connect(), hub.state
    keys = {state.make("companies", {"name": "Firm"}) for _ in range(650)}
    _, cursor = read(session, "accounts")
    hub.window = 400
    state.clock.now += 3600
    for key in keys:
        state.change("companies", key, {"tier": "Gold"})
    items, cursor = read(session, "accounts", cursor)
    assert set(only(items, Record)) == keys


def test_what_the_search_knows_late_is_still_found(hub, connect):
    session, state = connect(), hub.state
    early, late = (state.make("companies", {"name": name}) for name in "AB")
    _, cursor = read(session, "accounts")
    state.clock.now += 7200
    _, cursor = read(session, "accounts", cursor)
    changed = state.now
    state.change("companies", early, {"tier": "Gold"})
    items, cursor = read(session, "accounts", cursor)
    assert set(only(items, Record)) == {early}
    state.change("companies", late, {"tier": "Gold"}, at=changed - 90_000)  # older, and shown only now
    state.clock.now += 60
    items, cursor = read(session, "accounts", cursor)
    assert late in only(items, Record)
    state.clock.now += 3600
    _, cursor = read(session, "accounts", cursor)
    assert only(read(session, "accounts", cursor)[0], Record) == {}


def test_a_stamp_from_the_future_hides_no_change(hub, connect):
    session, state = connect(), hub.state
    odd, plain = (state.make("companies", {"name": name}) for name in "AB")
    state.change("companies", odd, {"tier": "Gold"}, at=state.now + 1000 * HOUR)
    _, cursor = read(session, "accounts")
    for _ in range(2):
        state.clock.now += 1800
        state.change("companies", plain, {"tier": "Gold"})
        items, cursor = read(session, "accounts", cursor)
        assert plain in only(items, Record)


def test_a_merged_record_lives_on_under_the_other_key(hub, connect):
    session, state = connect(), hub.state
    kept, lost = (state.make("contacts", {"email": f"{name}@customer.example"}) for name in "ab")
    _, cursor = read(session, "contacts")
    state.clock.now += 60
    state.merge("contacts", kept, lost)
    items, _ = read(session, "contacts", cursor)
    assert only(items, Merged)[lost].into == kept
    assert kept in only(items, Record)


def test_what_was_deleted_is_told_within_the_hour_and_not_for_ever(hub, connect):
    session, state = connect(), hub.state
    keys = [state.make("companies", {"name": "Firm"}) for _ in range(250)]
    _, cursor = read(session, "accounts")
    for key in keys[:205]:
        state.archive("companies", key)
    state.clock.now += 3601
    items, cursor = read(session, "accounts", cursor)
    assert set(only(items, Gone)) == set(keys[:205])
    state.clock.now += 3601
    state.archive("companies", keys[-1])
    state.clock.now += 3601
    items, cursor = read(session, "accounts", cursor)
    assert set(only(items, Gone)) == {keys[-1]}
    state.clock.now += 60
    before = len(hub.calls)
    assert read(session, "accounts", cursor)[0] == []
    assert len(hub.calls) - before <= 2, "nothing new costs the look at the properties and one search"


def answer(state: State, **more: str) -> str:
    told = {
        "hs_survey_type": "NPS",
        "hs_value": "9",
        "hs_survey_id": "77",
        "hs_survey_channel": "EMAIL",
        "hs_content": "Good",
        "hs_submission_timestamp": written(AT),
        **more,
    }
    return state.make("feedback_submissions", told, created=AT)


def test_answers_are_taken_by_what_they_say_not_by_what_they_are_called(hub, connect):
    state = hub.state
    plain = answer(state, hs_response_group="2")
    custom = answer(state, hs_survey_type="CUSTOM", hs_industry_standard_question_type="NPS", hs_value="0")
    grouped = answer(state, hs_survey_type="CUSTOM", hs_response_group="PASSIVE", hs_value="7")
    wrong = answer(state, hs_response_group="PASSIVE", hs_value="6")
    ces = answer(state, hs_survey_type="CES", hs_response_group="PROMOTER", hs_value="7")
    free = answer(state, hs_survey_type="CUSTOM", hs_value="4")
    empty = answer(state, hs_value="")
    person, case = state.make("contacts", {"email": "ada@customer.example"}), ticket(state, (AT, "1"))
    state.link("feedback_submissions", plain, "contacts", person, 98)
    state.link("feedback_submissions", plain, "tickets", case, 100)
    items, _ = read(connect(), "responses")
    found = only(items, Record)
    assert {key: record.fields["score"] for key, record in found.items()} == {plain: 9, custom: 0, grouped: 7, wrong: 6}
    fields = found[plain].fields
    assert (fields["contact"], fields["ticket"], fields["channel"]) == (person, case, "email")
    assert (fields["answered_at"], fields["survey"], fields["comment"]) == (INSTANT, "77", "Good")
    assert found[plain].raw["hs_response_group"] == "2"
    assert {(item.key, item.code) for item in items if isinstance(item, Unusable)} == {
        (wrong, "group_differs"),
        (ces, "not_nps"),
        (free, "not_nps"),
        (empty, "no_score"),
    }


def test_deals_have_their_money_in_minor_units_and_their_stage_in_words(hub, connect):
    state = hub.state
    firm = state.make("companies", {"name": "Firm"})
    yen = state.make("deals", {"amount": "1200", "deal_currency_code": "JPY", "dealstage": "closedwon"})
    euro = state.make("deals", {"amount": "12.5", "hs_mrr": "1", "dealstage": "closedlost", "closedate": written(AT)})
    state.link("deals", euro, "companies", firm, 5, 341)
    found = only(read(connect(), "deals")[0], Record)
    told = found[yen].fields
    assert (told["amount_minor"], told["currency"], told["stage"]) == (1200, "JPY", "Closed won")
    assert (told["is_closed"], told["is_won"]) == (True, True)
    told = found[euro].fields
    assert (told["amount_minor"], told["mrr_minor"], told["currency"]) == (1250, 100, "EUR")
    assert (told["account"], told["closed_at"], told["is_won"]) == (firm, INSTANT, False)
    state.currency = ""
    items, _ = read(connect(), "deals")
    assert "amount_minor" not in only(items, Record)[euro].fields
    assert [item.code for item in items if isinstance(item, Unusable)][:2] == ["no_currency"] * 2


def test_the_check_names_account_limits_and_each_missing_right(hub, connect):
    session = connect()
    found = session.check()
    assert found.account == "4242"
    assert found.said == "HubSpot account 4242 accepts the key; 190 calls in 10 seconds, 650,000 a day."
    hub.tokens[TOKEN] -= {"crm.objects.feedback_submissions.read", "crm.schemas.contacts.write"}
    assert {title: tuple(rights) for title, rights in session.check().missing.items()} == {
        "Feedback submissions (NPS only)": ("crm.objects.feedback_submissions.read",),
        "Adding our properties to contacts": ("crm.schemas.contacts.write",),
    }
    assert not hub.state.objects["contacts"], "a check changes nothing"
    hub.tokens.clear()
    with pytest.raises(Reconnect):
        session.check()


def test_an_account_with_fewer_calls_is_served_within_them(hub, connect):
    hub.limits["ten"] = (100, 10.0)
    session = connect()
    for _ in range(40):
        read(session, "accounts")
    assert len(hub.calls) > 150
    assert hub.refused <= 1, "until the first answer nobody knows"


def test_what_was_read_is_kept_when_the_budget_ends_with_it(hub, connect, monkeypatch):
    for number in range(700):
        hub.state.make("companies", {"name": str(number)})
    session = connect()
    reading = session.read("accounts", {})
    taken = Budget.take

    def ends(budget: Budget, bucket: str, calls: int = 1) -> None:
        if calls > 1 and sum("/objects/2026-09/companies" in call for call in hub.calls) > 2:
            raise Retry("used up", after=60)
        taken(budget, bucket, calls)

    monkeypatch.setattr(Budget, "take", ends)
    kept = next(reading)
    with pytest.raises(Retry):
        next(reading)
    monkeypatch.undo()
    rest, _ = read(session, "accounts", dict(kept.cursor))
    assert len(kept.items) == 500
    assert len({*only(list(kept.items), Record), *only(rest, Record)}) == 700


@pytest.mark.parametrize("stream", ["owners", "accounts"])
def test_answers_of_another_shape_stop_the_stream_with_a_sentence(hub, connect, stream):
    hub.fail("strange", 9)
    with pytest.raises(GiveUp, match="another shape"):
        read(connect(), stream)


def test_refusals_are_told_without_addresses(hub, connect):
    def refusing(*_: object) -> str:
        return "Contact ada@customer.example is locked"

    hub.state.rules.append(refusing)
    session = connect()
    with pytest.raises(GiveUp, match="Contact …@… is locked"):
        session._client.post(session._client.objects("contacts"), {"properties": {}}, safe=True)


@pytest.mark.parametrize(
    "address", ["http://api.hubapi.com", "https://127.0.0.1:1", "https://[::1]", "ftp://x", "https://", "x"]
)
def test_the_api_address_is_encrypted_and_outside_unless_said_otherwise(hub, address):
    budget = Budget(Clock(), {limit.bucket: limit for limit in CONNECTOR.limits})
    with pytest.raises(Reconnect):
        CONNECTOR.open({"token": TOKEN, "api_url": address}, mapping={}, budget=budget)


def test_calls_go_to_the_dated_api(hub: HubSpot, connect):
    for stream in CONNECTOR.streams:
        read(connect(), stream.name)
    assert all("/2026-09" in call for call in hub.calls)


def test_a_long_look_at_what_was_deleted_tells_how_far_it_is(hub, connect, monkeypatch):
    monkeypatch.setattr("nineplus.connectors.hubspot.reading._PAGES_AT_ONCE", 1)
    session, state = connect(), hub.state
    for key in [state.make("companies", {"name": "Firm"}) for _ in range(250)]:
        state.archive("companies", key)
    state.clock.now += 7200
    cursor = read(session, "accounts")[1]
    for _ in range(2):
        state.clock.now += 7200
        portions = list(session.read("accounts", cursor))
        cursor = dict(portions[-1].cursor)
    assert [len(portion.items) for portion in portions] == [0, 0, 0]
    assert len({portion.cursor.get("after") for portion in portions}) == 3
