"""From the history of a ticket's properties to reopenings and resolutions, for any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.connectors.hubspot.history import Stage, course, events, moves
from nineplus.connectors.hubspot.values import country, instant, language, lasting, minor, sla_breached, time_zone

KNOWN = {"1": Stage("New", False), "2": Stage("Waiting", False), "4": Stage("Closed", True), "5": Stage("Spam", True)}
START = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = st.lists(st.sampled_from([*KNOWN, "77"]), max_size=12)
GAPS = st.lists(st.integers(0, 10**7), min_size=12, max_size=12)


def told(stages: list[str], gaps: list[int]) -> list[dict[str, str]]:
    """As HubSpot tells it: newest first."""
    at, found = START, []
    for stage, gap in zip(stages, gaps, strict=False):
        at += timedelta(milliseconds=gap)
        found.append({"value": stage, "timestamp": at.isoformat(timespec="milliseconds"), "sourceType": "CRM_UI"})
    return found[::-1]


@given(STAGES, GAPS)
def test_reopenings_are_the_ways_out_of_closed_stages(stages, gaps):
    found = course(stages=moves(told(stages, gaps)), known=KNOWN)
    closed = [KNOWN[stage].closed for stage in stages if stage in KNOWN]
    out = sum(before and not after for before, after in pairwise(closed))
    assert found.reopens == (out if closed else None)
    assert (found.resolved_at is not None) == (bool(closed) and closed[-1])
    assert len(found.resolved) - len(found.reopened) == (found.resolved_at is not None)


@given(STAGES, GAPS)
def test_a_value_told_twice_changes_nothing(stages, gaps):
    once = told(stages, gaps)
    twice = [entry for entry in once for _ in range(2)]
    assert moves(twice) == moves(once)
    assert course(stages=moves(twice), known=KNOWN) == course(stages=moves(once), known=KNOWN)


@given(STAGES, GAPS)
def test_the_same_history_has_the_same_keys_and_a_longer_one_keeps_them(stages, gaps):
    made = lambda some: [  # noqa: E731
        event.key
        for event in events(
            ticket="9", history={"hs_pipeline_stage": moves(told(some, gaps))}, known=KNOWN, first_reply=None
        )
    ]
    assert len(set(made(stages))) == len(made(stages))
    assert set(made(stages[:-1])) <= set(made(stages))


def test_what_happened_is_told_in_the_words_of_the_pipeline():
    history = {
        "hs_pipeline_stage": moves(told(["1", "4", "2", "4"], [0, 1000, 1000, 1000] + [0] * 8)),
        "hubspot_owner_id": [(START + timedelta(milliseconds=500), "12")],
    }
    found = events(ticket="9", history=history, known=KNOWN, first_reply=START + timedelta(milliseconds=700))
    assert [(e.fields["kind"], e.fields["from_value"], e.fields["to_value"]) for e in found] == [
        ("stage", "", "New"),
        ("owner", "", "12"),
        ("reply", "", ""),
        ("stage", "New", "Closed"),
        ("resolution", "", ""),
        ("stage", "Closed", "Waiting"),
        ("reopen", "", ""),
        ("stage", "Waiting", "Closed"),
        ("resolution", "", ""),
    ]
    assert [e.fields["at"] for e in found] == sorted(e.fields["at"] for e in found)
    assert found[2].fields["by_customer"] is False


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_milliseconds_and_seconds_are_told_apart(naive):
    at = naive.replace(tzinfo=UTC, microsecond=naive.microsecond // 1000 * 1000)
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    assert instant(str(milliseconds)) == at
    assert instant(str(milliseconds // 1000)) == at.replace(microsecond=0)
    assert instant(at.isoformat()) == at


@pytest.mark.parametrize("text", ["", None, "soon", "12.5.2026", "9" * 40])
def test_what_is_no_instant_is_none(text):
    assert instant(text) is None


def test_times_to_are_milliseconds_and_times_in_a_stage_seconds():
    assert lasting("time_to_first_agent_reply", "60000") == timedelta(minutes=1)
    assert lasting("hs_time_to_close_in_operating_hours", "60000") == timedelta(minutes=1)
    assert lasting("hs_v2_cumulative_time_in_4", "60") == timedelta(minutes=1)
    assert lasting("time_to_close", "soon") is None


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("12.5", "EUR", 1250), ("1200", "JPY", 1200), ("1.2345", "KWD", 1234), ("", "EUR", None), ("NaN", "EUR", None)],
)
def test_amounts_are_in_the_smallest_unit(text, currency, amount):
    assert minor(text, currency) == amount


@pytest.mark.parametrize(
    ("states", "breached"),
    [(("3", "3"), False), (("3", "4"), True), (("0", "3"), None), (("1", ""), True), (("", ""), None), (("2",), None)],
)
def test_a_broken_promise_is_one_of_either_kind(states, breached):
    assert sla_breached(dict(enumerate(states))) is breached


def test_places_and_tongues_are_brought_into_their_standard_form():
    assert time_zone("europe_slash_berlin") == "Europe/Berlin"
    assert time_zone("America/New_York") == "America/New_York"
    assert time_zone("utc -5") == ""
    assert (language("de_AT"), language("zh-tw"), language("German, Austria")) == ("de-at", "zh-tw", "")
    assert (country("us"), country("Germany"), country(None)) == ("US", "", "")
