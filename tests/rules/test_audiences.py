"""Conditions on attributes, typed and untyped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.model.survey import Condition
from nineplus.rules.audiences import faults, holds, matches


def condition(op: str, *values: str, attribute: str = "x") -> Condition:
    return Condition(attribute=attribute, op=op, values=values)


@pytest.mark.parametrize(
    ("op", "values", "value", "kind", "yes"),
    [
        ("is", ("pro", "Enterprise"), "enterprise", "text", True),
        ("is", ("pro",), "basic", "text", False),
        ("is", ("7",), "7.0", "number", True),
        ("is", ("7",), 7, "text", True),
        ("is", ("seven",), "7", "number", False),
        ("is_not", ("pro",), "basic", "text", True),
        ("is_not", ("pro",), None, "text", True),
        ("is_not", ("pro", "basic"), "Basic", "text", False),
        ("at_least", ("10",), "9", "number", False),
        ("at_least", ("10",), "9", "text", False),  # as numbers, though the words sort otherwise
        ("at_least", ("9",), "10", "text", True),
        ("at_most", ("2026-02-01",), "2026-01-31T23:00:00Z", "date", True),
        ("at_least", ("2026-02-01",), "2026-01-31", "text", False),
        ("at_least", ("2026-02-01",), "soon", "date", False),
        ("at_most", ("m",), "Karl", "text", True),
        ("at_least", ("1",), None, "number", False),
        ("at_least", ("1",), "nan", "number", False),
        ("is", ("true",), "Yes", "flag", True),
        ("is", ("true",), "perhaps", "flag", False),
        ("is_set", (), "x", "text", True),
        ("is_set", (), " ", "text", False),
        ("is_not_set", (), None, "text", True),
    ],
)
def test_each_comparison(op, values, value, kind, yes):
    assert holds(condition(op, *values), value, {"x": kind}) is yes


def test_all_conditions_must_hold():
    pair = (condition("is", "pro"), condition("at_least", "5", attribute="seats"))
    assert matches(pair, {"x": "pro", "seats": 5}, {"seats": "number"})
    assert not matches(pair, {"x": "pro", "seats": 4}, {"seats": "number"})
    assert matches((), {}, {})


@given(st.none() | st.text(max_size=20) | st.integers(), st.text(max_size=10).map(lambda t: t.replace("\x00", "")))
def test_is_not_is_the_contrary_of_is(value, wanted):
    wanted = "".join(c for c in wanted if c.isprintable())
    for kind in ("text", "number", "date", "flag"):
        types = {"x": kind}
        assert holds(condition("is", wanted), value, types) != holds(condition("is_not", wanted), value, types)


def test_what_is_wrong_is_said():
    found = faults(
        [condition("is", "a", attribute="nope"), condition("is"), condition("at_least", "tall")], {"x": "number"}
    )
    assert len(found) == 3
    assert "'nope'" in found[0]
    assert "'tall' is not a number" in found[2]
    assert not faults([condition("at_least", "5"), condition("is_set")], {"x": "number"})
