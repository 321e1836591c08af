"""What every connector must bear: pages, limits, failures, disorder, wrong clocks, and being stopped anywhere."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from nineplus import plugs
from nineplus.connectors import KINDS, GiveUp, Gone, Item, Merged, Portion, Reconnect, Record, Retry, Session, Unusable
from nineplus.plugs import Connector
from tests.connectors.stands import STANDS, Budget, Stand

COLUMNS = {
    "owners": "name email active",
    "accounts": "name domain created_at owner",
    "contacts": "email name phone language time_zone country created_at account",
    "tickets": "opened_at first_response_at resolved_at priority category team owner channel sla_breached reopens "
    "escalated account contact",
    "ticket_events": "ticket at kind from_value to_value by_customer",
    "deals": "name account contact stage pipeline type amount_minor currency closed_at is_closed is_won created_at "
    "mrr_minor",
    "responses": "score comment answered_at channel language survey survey_name contact account ticket email",
}


@pytest.fixture(params=sorted(STANDS))
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    with STANDS[request.param]() as made:
        yield made


@pytest.fixture
def budget(stand: Stand) -> Budget:
    return Budget(stand.clock, {limit.bucket: limit for limit in stand.connector.limits})


@pytest.fixture
def session(stand: Stand, budget: Budget) -> Iterator[Session]:
    opened = stand.open(budget)
    yield opened
    opened.close()


def read(session: Session, stream: str, cursor: Mapping[str, Any] | None = None) -> list[Portion]:
    """To the end; cursors go through JSON, as they do between two runs."""
    portions, before = [], cursor or {}
    for portion in session.read(stream, json.loads(json.dumps(cursor or {}))):
        assert portion.last or portion.cursor != before, "a portion that is not the last must move the cursor"
        before = json.loads(json.dumps(portion.cursor))
        portions.append(portion)
        assert len(portions) < 100
    assert [portion.last for portion in portions] == [False] * (len(portions) - 1) + [True]
    return portions


def records(portions: list[Portion], kind: str) -> list[Record]:
    return [item for portion in portions for item in portion.items if isinstance(item, Record) and item.kind == kind]


def latest(portions: list[Portion], kind: str) -> dict[str, Record]:
    return {record.key: record for record in records(portions, kind)}


def test_every_connector_that_there_is_has_a_stand():
    assert set(plugs.find("nineplus.connectors", Connector)) <= set(STANDS)


def test_every_stream_is_read_whole_and_in_our_words(stand, session):
    streams = stand.connector.streams
    first = [min(KINDS.index(kind) for kind in stream.kinds) for stream in streams]
    assert first == sorted(first), "streams come in the order in which they refer to each other"
    for stream in streams:
        portions = read(session, stream.name)
        main = stream.kinds[0]
        assert set(latest(portions, main)) == stand.keys(stream.name)
        for portion in portions:
            keys = [(item.kind, item.key) for item in portion.items if isinstance(item, Record)]
            assert len(set(keys)) == len(keys), "one portion names a record once"
            for item in portion.items:
                in_our_words(item, stream.kinds)


def in_our_words(item: Item, kinds: tuple[str, ...]) -> None:
    assert item.kind in kinds
    assert item.key
    assert isinstance(item, Record | Gone | Merged | Unusable)
    if isinstance(item, Record):
        assert set(item.fields) <= set(COLUMNS[item.kind].split()), item.kind
        instants = [*item.fields.values(), item.modified_at]
        assert all(value.utcoffset() is not None for value in instants if isinstance(value, datetime))
        assert all(isinstance(value, str) for value in item.attributes.values())


def test_mappings_lead_to_our_columns(stand):
    kinds = {stream.name: stream.kinds[0] for stream in stand.connector.streams}
    for stream, mapping in stand.connector.defaults.items():
        columns = COLUMNS[kinds[stream]].split()
        assert all(ours.startswith("attribute:") or ours in columns for ours in mapping.values())
        assert len(set(mapping.values())) == len(mapping), "two properties cannot both be one column"


def test_reading_goes_on_from_any_cursor(stand, session):
    portions = read(session, stand.stream)
    whole = latest(portions, stand.stream)
    assert len(portions) > 2
    for place, portion in enumerate(portions[:-1]):
        rest = read(session, stand.stream, portion.cursor)
        assert latest([*portions[: place + 1], *rest], stand.stream) == whole


def test_what_changes_during_the_first_pass_is_not_missed(stand, session):
    reading = session.read(stand.stream, {})
    portions = [next(reading)]
    key = stand.change()
    portions += list(reading)
    portions += read(session, stand.stream, portions[-1].cursor)
    assert key in {record.key for record in records(portions[1:], stand.stream)}


def test_only_what_changed_is_read_again(stand, session):
    cursor = read(session, stand.stream)[-1].cursor
    key = stand.change()
    before = stand.calls()
    again = read(session, stand.stream, cursor)
    assert set(latest(again, stand.stream)) == {key}
    assert stand.calls() - before <= 9
    assert again[-1].cursor != cursor


@pytest.mark.parametrize("retry_after", [None, "3"])
def test_being_told_to_wait_is_obeyed(stand, session, budget, retry_after):
    stand.fail("rate", 2, retry_after=retry_after)
    assert set(latest(read(session, stand.small), stand.small)) == stand.keys(stand.small)
    rests = [after for _, after in budget.stopped]
    assert rests == [3.0, 3.0] if retry_after else 0.5 <= rests[0] < rests[1] <= 10.0


def test_no_call_is_made_beyond_the_limits(stand, session):
    for stream in stand.connector.streams:
        read(session, stream.name)
    assert stand.calls() > 40
    assert stand.refused() == 0


@pytest.mark.parametrize("kind", ["status", "cut", "garbage", "drip"])
def test_a_short_failure_is_lived_through_and_a_long_one_is_told(stand, session, kind):
    stand.fail(kind, 1)
    assert set(latest(read(session, stand.small), stand.small)) == stand.keys(stand.small)
    stand.fail(kind, 1000)
    with pytest.raises(Retry):
        read(session, stand.small)


def test_a_server_that_is_down_is_waited_for(stand, budget):
    with socket.create_server(("127.0.0.1", 0)) as held:
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}"
    down = stand.open(budget, at=nobody)
    with pytest.raises(Retry, match="did not answer"):
        read(down, stand.small)
    with pytest.raises(Retry, match="did not answer"):
        down.check()
    down.close()


def test_a_limit_for_the_day_is_not_fought(stand, session):
    stand.fail("rate", 1000, policy="DAILY")
    before = stand.calls()
    with pytest.raises(Retry) as told:
        read(session, stand.small)
    assert told.value.after >= 600
    assert stand.calls() - before < 10


def test_a_key_that_is_revoked_midway_stops_the_stream(stand, session):
    reading = session.read(stand.stream, {})
    next(reading)
    stand.fail("revoked")
    with pytest.raises(Reconnect):
        list(reading)


def test_the_same_page_again_and_again_is_noticed(stand, session):
    stand.disturb(same_cursor=True)
    with pytest.raises(GiveUp):
        read(session, stand.stream)


def test_duplicates_and_disorder_change_nothing(stand, session):
    whole = latest(read(session, stand.stream), stand.stream)
    stand.disturb(duplicates=True, shuffled=True)
    assert latest(read(session, stand.stream), stand.stream) == whole


@pytest.mark.parametrize("skew", [-86_400.0, 86_400.0])
def test_a_wrong_clock_over_there_loses_no_change(stand, session, skew):
    stand.disturb(skew=skew)
    cursor = read(session, stand.stream)[-1].cursor
    for _ in range(3):
        key = stand.change()
        portions = read(session, stand.stream, cursor)
        cursor = portions[-1].cursor
        assert key in latest(portions, stand.stream)


def test_a_missing_right_is_named_with_what_it_is_for(stand, session):
    assert session.check().missing == {}
    stream = next(one for one in stand.connector.streams if one.scopes and one.name == stand.stream)
    stand.without(stream.scopes[0])
    assert session.check().missing[stream.title] == stream.scopes
    with pytest.raises(Reconnect) as told:
        read(session, stream.name)
    assert told.value.missing == stream.scopes


def test_properties_are_offered_for_the_mapping(stand, session):
    for stream, mapping in stand.connector.defaults.items():
        offered = session.properties(stream)
        assert {one.object for one in offered} == {stream}
        assert set(mapping) <= {one.name for one in offered}


def test_what_is_no_address_or_no_key_is_refused_at_once(stand, budget):
    secret = next(field.name for field in stand.connector.fields if field.type == "secret" and field.required)
    for wrong in ("", "two words", "kéy", "a\nb: c"):
        with pytest.raises(Reconnect):
            stand.connector.open({**stand.settings(), secret: wrong}, mapping={}, budget=budget)
