"""Rules: what is written is read again, what cannot be read says where, limits hold for every order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model.workflows import Act, Branch, Condition, Group, Limits, Rule, Wait
from nineplus.rules.workflows import Fired, held_back, holds, is_storm, met, plain_facts, says, would_fire
from nineplus.rules.workflows import test_of as quick_test_of
from nineplus.rules.workflows_document import BadRule, read, write

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
UNHAPPY = Condition("score", "at_most", 6)
PLAIN = {"name": "Call", "when": "response.scored", "then": [{"do": "open_case"}]}

_words = st.text("abcdefgh ä", min_size=1, max_size=12).filter(str.strip)
_conditions = st.one_of(
    st.builds(Condition, st.just("score"), st.sampled_from(["is", "at_most", "at_least"]), st.integers(0, 10)),
    st.builds(Condition, st.just("survey"), st.just("one_of"), st.lists(_words, min_size=1, max_size=3).map(tuple)),
    st.builds(Condition, st.just("themes"), st.sampled_from(["has", "has_not"]), _words),
    st.builds(Condition, st.just("account"), st.sampled_from(["known", "unknown"])),
    st.builds(Condition, st.just("attribute.plan"), st.just("is_not"), _words),
)
_flat = st.builds(Group, st.lists(_conditions, max_size=3).map(tuple), st.booleans())
_groups = st.builds(Group, st.lists(st.one_of(_conditions, _flat), max_size=3).map(tuple), st.booleans())
_acts = st.builds(Act, st.just("open_case"), st.dictionaries(st.just("team"), _words).map(lambda d: tuple(d.items())))
_waits = st.builds(Wait, st.integers(1, 100).map(float))
_simple = st.lists(st.one_of(_acts, _waits), max_size=3).map(tuple)
_steps = st.lists(st.one_of(_acts, _waits, st.builds(Branch, _groups, _simple, _simple)), min_size=1, max_size=3)
_limits = st.builds(Limits, st.sampled_from(["", "account"]), st.integers(1, 9), st.integers(1, 90))


@given(st.builds(Rule, _words.map(str.strip), st.just("response.scored"), _groups, _steps.map(tuple), _limits))
def test_what_is_written_is_read_again_and_can_be_said(rule):
    again = read(write(rule))
    assert write(again) == write(rule)
    assert says(again) == says(rule)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"when": "moon.full"}, "when: there is no event 'moon.full'"),
        ({"then": []}, "then: say what"),
        ({"then": [{"do": "dance"}]}, "then[1].do: there is no action 'dance'"),
        ({"then": [{"do": "open_case", "with": {"colour": "red"}}]}, "then[1].with: 'colour' is not known"),
        ({"then": [{"wait": 0}]}, "then[1].wait"),
        ({"then": [{"wait": True}]}, "then[1].wait"),
        ({"then": [{"if": {"all": []}, "then": [{"if": {"all": []}}]}]}, "then[1].then[1].if: a branch holds no"),
        ({"if": {"all": [], "any": []}}, "if: say either"),
        ({"if": {"all": [{"any": [{"all": []}]}]}}, "if.all[1].any[1]: groups"),
        ({"if": {"all": [{"field": "mood", "is": "is", "value": 1}]}}, "if.all[1].field: there is no field 'mood'"),
        ({"if": {"all": [{"field": "score", "is": "has", "value": 1}]}}, "if.all[1].is: score cannot"),
        ({"if": {"all": [{"field": "score", "is": "is", "value": "six"}]}}, "if.all[1].value: this must be a number"),
        ({"if": {"all": [{"field": "score", "is": "is", "value": float("nan")}]}}, "if.all[1].value"),
        ({"if": {"all": [{"field": "attribute.a__b", "is": "known"}]}}, "if.all[1].field"),
        ({"limits": {"times": 0}}, "limits.times"),
        ({"name": " "}, "name: "),
        ({"unless": 1}, "the rule: 'unless' is not known"),
    ],
)
def test_what_cannot_be_read_says_where(change, place):
    with pytest.raises(BadRule) as problem:
        read({**PLAIN, **change}, actions={"open_case": ["team"]})
    assert str(problem.value).startswith(place)


@pytest.mark.parametrize(
    ("condition", "fact", "held"),
    [
        (UNHAPPY, 6, True),
        (UNHAPPY, 7, False),
        (UNHAPPY, None, False),
        (Condition("survey", "is", "After TICKETS"), "after tickets ", True),
        (Condition("survey", "is_not", "x"), None, True),
        (Condition("survey", "unknown"), "", True),
        (Condition("survey", "contains", "tick"), "After tickets", True),
        (Condition("score", "one_of", (1, 2)), 2, True),
        (Condition("themes", "has", "Speed"), ("speed", "price"), True),
        (Condition("themes", "has_not", "speed"), (), True),
        (Condition("contact", "is", False), False, True),
    ],
)
def test_what_a_condition_means(condition, fact, held):
    assert met(condition, fact) is held


def test_any_all_and_what_was_found_are_told():
    group = Group((UNHAPPY, Group((Condition("sla_breached", "is", True), Condition("reopens", "at_least", 2)), False)))
    held, why = holds(group, {"score": 3, "sla_breached": False, "reopens": 2})
    assert held
    assert [one.held for one in why] == [True, False, True]
    assert why[1].says() == "No: the ticket's SLA was breached (it is no)"
    assert not holds(group, {"score": 3})[0]


def test_a_rule_is_not_fired_by_itself_nor_endlessly():
    rule = Rule("R", "case.opened", limits=Limits(per="account", times=1, per_day=5, per_hour=10))
    assert held_back(rule, Fired()) == ""
    assert "this rule did itself" in held_back(rule, Fired(), depth=2, chain=[4, 7], me=7)
    assert "followed from each other" in held_back(rule, Fired(), depth=3, chain=[1, 2, 3], me=7)
    assert "once for the same account" in held_back(rule, Fired(customer=1)).lower()
    assert "5 times in a day" in held_back(rule, Fired(day=5))
    assert (is_storm(rule, Fired(hour=9)), is_storm(rule, Fired(hour=10))) == (False, True)


_facts = st.fixed_dictionaries(
    {},
    optional={
        "score": st.one_of(st.none(), st.integers(0, 10)),
        "survey": st.one_of(_words, _words.map(str.upper)),
        "themes": st.lists(_words, max_size=3).map(tuple),
        "account": st.one_of(st.none(), st.just(""), _words),
        "attribute.plan": st.one_of(st.none(), _words),
    },
)


@given(_groups, _facts)
def test_the_quick_test_says_what_the_full_one_says(group: Group, facts: dict) -> None:
    assert quick_test_of(group)(plain_facts(facts)) is holds(group, facts)[0]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 3)), max_size=40), st.integers(1, 3), st.integers(1, 20))
def test_limits_let_no_more_through_than_they_say(seen, times, days):
    matches = sorted((NOW + timedelta(days=day), account, None) for day, account in seen)
    through = [matches[place] for place in would_fire(Limits("account", times, days), matches)]
    for at, account, _ in through:
        window = [one for one in through if one[1] == account and at - timedelta(days=days) < one[0] <= at]
        assert len(window) <= times
    assert would_fire(Limits(), matches) == list(range(len(matches)))
    assert {one[1] for one in through} == {one[1] for one in matches}  # everybody's first one goes through
