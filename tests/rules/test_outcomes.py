"""What becomes of a score: the same answer whatever the order of looking, and nothing after the link has closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.outcomes import (
    TAKEN,
    WRITTEN,
    Asked,
    State,
    anonymous,
    good_client_key,
    personal,
    read_score,
    settle,
    storable,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SCORES = st.integers(0, 10)
FATES = st.sampled_from(
    ("planned", "skipped", "sent", "delivered", "opened", "answered", "declined", "bounced", "expired")
)
ASKED = st.builds(
    Asked,
    fate=FATES,
    survey_state=st.sampled_from(("history", "draft", "active", "paused", "closed")),
    expires_at=st.none() | st.integers(-48, 48).map(lambda hours: NOW + timedelta(hours=hours)),
    score=st.none() | SCORES,
    erased=st.booleans(),
)


@given(asked=st.none() | ASKED, score=SCORES, anyway=st.booleans())
def test_an_answer_is_taken_only_while_its_link_is_open(asked: Asked | None, score: int, anyway: bool):
    stands = personal(asked, now=NOW)
    state = settle(stands, earlier=asked and asked.score, score=score, anyway=anyway)
    if state not in TAKEN:
        assert state is stands
        return
    assert asked is not None
    assert asked.expires_at is None or asked.expires_at > NOW
    assert asked.survey_state in ("active", "paused")
    assert not asked.erased
    assert asked.fate not in ("expired", "skipped")
    assert asked.fate != "declined" or anyway or asked.score is not None


@given(asked=ASKED, scores=st.lists(SCORES, min_size=1, max_size=8))
def test_however_often_it_is_pressed_the_first_makes_the_answer_and_each_other_score_is_a_change(asked, scores):
    kept = asked.score
    states = []
    for score in scores:
        state = settle(personal(asked, now=NOW), earlier=kept, score=score)
        states.append(state)
        if state in TAKEN:
            assert (state is State.SAVED) == (kept is None)
            assert (state is State.SAME) == (kept == score)
            kept = score
            asked = Asked("answered", asked.survey_state, asked.expires_at, kept, asked.erased)
    assert states.count(State.SAVED) <= 1
    assert kept == (scores[-1] if states[-1] in TAKEN else asked.score)


@given(asked=ASKED, earlier=st.integers(0, 10**6), later=st.integers(0, 10**6))
def test_a_closed_link_never_opens_again_as_time_goes_on(asked: Asked, earlier: int, later: int):
    first = personal(asked, now=NOW + timedelta(seconds=earlier))
    then = personal(asked, now=NOW + timedelta(seconds=earlier + later))
    assert first is then or then is State.EXPIRED


def test_the_moment_it_expires_it_is_closed():
    at = Asked("sent", "active", expires_at=NOW)
    assert personal(at, now=NOW) is State.EXPIRED
    assert personal(at, now=NOW - timedelta(microseconds=1)) is State.OPEN


@pytest.mark.parametrize(
    ("survey", "state"),
    [("active", "open"), ("paused", "paused"), ("closed", "closed"), ("draft", "unknown"), (None, "unknown")],
)
def test_an_anonymous_link_stands_as_its_survey(survey: str | None, state: str):
    assert anonymous(survey) == state


def test_only_what_was_written_was_new():
    assert WRITTEN < TAKEN


@given(SCORES)
def test_a_score_is_read_from_number_and_text(score: int):
    assert read_score(score) == read_score(str(score)) == score


@given(
    st.text() | st.floats() | st.booleans() | st.none() | st.integers(max_value=-1) | st.integers(11) | st.lists(SCORES)
)
def test_nothing_else_is_a_score(given_: object):
    if given_ not in [str(score) for score in range(11)]:
        assert read_score(given_) is None


@given(
    st.text(st.characters(), max_size=50)
    | st.sampled_from(["\x00", "a\x00b", "\ud800", "\udfff\ud83d", "👍", "\u202e"])
)
def test_what_is_stored_is_what_came_as_far_as_a_database_can_hold_it(text: str):
    kept = storable(text)
    kept.encode()
    assert "\x00" not in kept
    assert len(kept) == len(text)
    assert all(a == b or b == "\ufffd" for a, b in zip(text, kept, strict=True))


def test_two_halves_that_came_apart_are_one_character():
    assert storable("\ud83d\udc4d") == "👍"


@pytest.mark.parametrize("key", ["x" * 15, "x" * 65, "x" * 15 + " ", "x" * 16 + "\n", "ü" * 16, ""])
def test_a_key_must_be_long_and_plain(key: str):
    assert not good_client_key(key)
    assert good_client_key("Aa0_-" * 4)
