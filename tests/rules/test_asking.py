"""Who may be asked: every rule by itself, their order, and the sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model.survey import Policy
from nineplus.rules.asking import HOLDS, PASSING, REASONS, RULES, History, No, Person, Yes, draw_of, may_we_ask, usable

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ANYONE = Person(addresses={"email": "kim@customer.example"}, known_since=NOW - timedelta(days=400))
FREE = Policy(
    contact_gap_days=0,
    account_cap=None,
    survey_gap_days=0,
    after_decline_days=0,
    after_answer_days=0,
    hold_open_case=False,
)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def asked(person: Person = ANYONE, history: History | None = None, policy: Policy = FREE) -> Yes | No:
    return may_we_ask(person, history or History(), policy, now=NOW)


def test_who_has_an_address_and_nothing_against_is_asked():
    assert asked() == Yes(medium="email", address="kim@customer.example")


@pytest.mark.parametrize(
    ("policy", "history", "reason"),
    [
        ({"contact_gap_days": 30}, History(asked=(days_ago(29.9),)), "contact_gap"),
        ({"contact_gap_days": 30}, History(asked=(days_ago(30),)), ""),
        ({"contact_gap_days": 30}, History(asked=(days_ago(-29),)), "contact_gap"),  # one that still waits
        ({"contact_cap": 2}, History(asked=(days_ago(200), days_ago(364))), "contact_cap"),
        ({"contact_cap": 2}, History(asked=(days_ago(200), days_ago(365))), ""),
        ({"account_cap": 1, "account_cap_days": 7}, History(account_asked=(days_ago(6.9),)), "account_cap"),
        ({"account_cap": 1, "account_cap_days": 7}, History(account_asked=(days_ago(7),)), ""),
        ({"survey_gap_days": 90}, History(asked=(days_ago(89),), asked_this=(days_ago(89),)), "survey_gap"),
        ({"survey_gap_days": 90}, History(asked=(days_ago(89),)), ""),  # another survey has its own clock
        ({"after_decline_days": 10}, History(declined=days_ago(9)), "after_decline"),
        ({"after_decline_days": 10}, History(declined=days_ago(10)), ""),
        ({"after_answer_days": 10}, History(answered=days_ago(9)), "after_answer"),
        ({"after_answer_days": 10}, History(answered=days_ago(11)), ""),
        ({"minimum_age_days": 401}, History(), "too_new"),
        ({"minimum_age_days": 400}, History(), ""),
        ({"hold_open_ticket": True}, History(open_ticket=True), "open_ticket"),
        ({}, History(open_ticket=True), ""),
        ({"hold_open_case": True}, History(open_case=True), "open_case"),
        ({"needs_consent": True}, History(), "no_consent"),
    ],
)
def test_each_rule_says_no_up_to_its_day_and_not_after(policy, history, reason):
    found = asked(history=history, policy=FREE.model_copy(update=policy))
    assert (found.reason if isinstance(found, No) else "") == reason


@pytest.mark.parametrize("reason", ["unsubscribed", "complained", "manual", "erased"])
def test_a_wish_holds_for_the_person_whatever_the_channel(reason):
    both = replace(ANYONE, addresses={"email": "kim@customer.example", "sms": "+4915112345678"}, media=("sms", "email"))
    assert asked(replace(both, suppressed=frozenset({("email", reason)}))) == No(reason)


def test_a_bounced_address_leaves_the_other_one():
    both = replace(ANYONE, addresses={"email": "kim@customer.example", "sms": "+4915112345678"}, media=("email", "sms"))
    bounced = frozenset({("email", "bounced")})
    assert asked(replace(both, suppressed=bounced)) == Yes(medium="sms", address="+4915112345678")
    assert asked(replace(ANYONE, suppressed=bounced)) == No("bounced")


def test_a_survey_that_is_only_answered_by_links_says_that_and_nothing_of_addresses():
    assert asked(replace(ANYONE, media=())) == No("link_only")
    assert asked(replace(ANYONE, media=(), addresses={}, erased=True)) == No("link_only")


def test_only_the_plans_channels_count():
    assert asked(replace(ANYONE, media=("sms",))) == No("no_address")
    assert asked(replace(ANYONE, erased=True)) == No("erased")


@pytest.mark.parametrize(
    ("consent", "needed", "yes"),
    [(True, True, True), (None, True, False), (False, True, False), (None, False, True), (False, False, False)],
)
def test_a_refused_consent_always_counts_an_unknown_one_only_where_it_is_needed(consent, needed, yes):
    policy = FREE.model_copy(update={"needs_consent": needed})
    assert isinstance(asked(replace(ANYONE, consent=consent), policy=policy), Yes) is yes


@pytest.mark.parametrize(
    ("medium", "address", "good"),
    [
        ("email", "kim@customer.example", True),
        ("email", "kím@bücher.example", True),
        ("email", "kim", False),
        ("email", "kim@customer.example\nBcc: all@customer.example", False),
        ("email", "a@b@c", False),
        ("sms", "+4915112345678", True),
        ("sms", "015112345678", False),
        ("fax", "+4915112345678", False),
    ],
)
def test_addresses_that_can_be_used(medium, address, good):
    assert usable(medium, address) is good


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.text(max_size=30), st.floats(0.01, 1))
def test_chance_is_the_same_each_time_and_asks_more_of_a_larger_share(contact, survey, occasion, share):
    drawn = draw_of(contact=contact, survey=survey, occasion=occasion)
    assert drawn == draw_of(contact=contact, survey=survey, occasion=occasion)
    assert 0 <= drawn < 1
    in_it = asked(replace(ANYONE, draw=drawn), policy=FREE.model_copy(update={"share": share}))
    assert isinstance(in_it, Yes) == (drawn < share)


def test_the_share_of_those_drawn_is_the_share_asked_for():
    drawn = sum(draw_of(contact=contact, survey=7, occasion="c1") < 0.3 for contact in range(20_000))
    assert abs(drawn - 6_000) < 4 * (20_000 * 0.3 * 0.7) ** 0.5


times = st.integers(-200, 800).map(days_ago)
histories = st.builds(
    History,
    asked=st.lists(times, max_size=4).map(tuple),
    asked_this=st.lists(times, max_size=2).map(tuple),
    account_asked=st.lists(times, max_size=4).map(tuple),
    answered=st.none() | times,
    declined=st.none() | times,
    open_ticket=st.booleans(),
    open_case=st.booleans(),
)
people = st.builds(
    Person,
    addresses=st.sampled_from([{}, {"email": "kim@customer.example"}, {"email": "kim"}, {"sms": "+4915112345678"}]),
    media=st.sampled_from([("email",), ("sms", "email")]),
    suppressed=st.frozensets(
        st.tuples(st.sampled_from(["email", "sms"]), st.sampled_from(["bounced", "unsubscribed"]))
    ),
    consent=st.none() | st.booleans(),
    known_since=st.none() | times,
    erased=st.booleans(),
    draw=st.floats(0, 1, exclude_max=True),
)
policies = st.builds(
    Policy,
    contact_gap_days=st.integers(0, 100),
    contact_cap=st.none() | st.integers(1, 3),
    account_cap=st.none() | st.integers(1, 3),
    minimum_age_days=st.integers(0, 100),
    hold_open_ticket=st.booleans(),
    needs_consent=st.booleans(),
    share=st.floats(0.1, 1),
)


@given(people, histories, policies)
def test_the_first_rule_that_says_no_gives_the_reason_and_every_reason_has_its_sentence(person, history, policy):
    said = [reason for rule in RULES if (reason := rule(person, history, policy, NOW))]
    found = may_we_ask(person, history, policy, now=NOW)
    assert (found == No(said[0])) if said else (found.address == person.addresses[found.medium])
    assert set(said) <= REASONS.keys()


@given(people, histories, policies)
def test_asking_less_of_someone_never_turns_a_yes_into_a_no(person, history, policy):
    """Without history and rules of rest, only what the person is can stand against it."""
    if isinstance(may_we_ask(person, history, policy, now=NOW), Yes):
        assert isinstance(may_we_ask(person, History(), policy, now=NOW), Yes)


def test_what_passes_and_what_holds_are_reasons():
    assert HOLDS < PASSING < REASONS.keys()
