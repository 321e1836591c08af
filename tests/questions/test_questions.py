"""Kinds of question: what is read and refused is in contract/questions, which the page's script goes through too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.questions import Refused, kinds
from nineplus.questions.choice import shown

CONTRACT = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in (Path(__file__).parents[2] / "contract/questions").glob("*.json")
}
SETTLED = {kind: [entry["settled"] for entry in contract["settings"]] for kind, contract in CONTRACT.items()}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["price", "other", "3"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["options", "other", "x"]), inner),
    max_leaves=5,
)


def entries(part: str):
    return pytest.mark.parametrize(
        ("kind", "entry"),
        [pytest.param(kind, e, id=f"{kind}-{i}") for kind, c in CONTRACT.items() for i, e in enumerate(c[part])],
    )


def test_every_kind_has_examples():
    assert set(kinds()) == set(CONTRACT) >= {"choice", "scale", "text"}


@entries("examples")
def test_an_answer_is_kept_or_refused_as_the_contract_says(kind, entry):
    question = kinds()[kind]
    assert question.settle(entry["settings"]) == entry["settings"]
    if "refused" in entry:
        with pytest.raises(Refused) as refused:
            question.read(entry["settings"], entry["given"])
        assert refused.value.reason == entry["refused"]
        assert str(refused.value).endswith(".")
    else:
        kept = question.read(entry["settings"], entry["given"])
        assert kept == entry["kept"]
        assert type(kept) is type(entry["kept"])


@entries("settings")
def test_settings_are_completed_and_settling_twice_changes_nothing(kind, entry):
    settle = kinds()[kind].settle
    assert settle(entry["given"]) == entry["settled"] == settle(settle(entry["given"]))
    json.dumps(settle(entry["given"]))


@entries("wrong_settings")
def test_wrong_settings_are_refused_with_a_sentence(kind, entry):
    with pytest.raises(ValueError, match=r"\.$") as refused:
        kinds()[kind].settle(entry["given"])
    assert entry["says"] in str(refused.value)


@pytest.mark.parametrize("kind", CONTRACT)
@given(data=st.data(), answer=anything)
def test_whatever_comes_is_kept_or_refused_and_what_was_kept_is_kept_again(kind, data, answer):
    question = kinds()[kind]
    settings = data.draw(st.sampled_from(SETTLED[kind]))
    try:
        kept = question.read(settings, answer)
    except Refused:
        return
    json.dumps(kept, allow_nan=False).encode()
    assert question.read(settings, kept) == kept
    question.show(settings, kept, {}).encode()  # can be stored: no halves of characters


def test_a_kept_answer_is_said_in_words():
    choice, scale, text = (kinds()[kind] for kind in ("choice", "scale", "text"))
    settings = choice.settle({"options": ["price", "our_people"], "many": True, "other": True})
    labels = {"price": "Price", "other": "Something else"}
    value = {"options": ["price", "our_people", "other"], "other": "the garden"}
    assert choice.show(settings, value, labels) == "Price, Our people, Something else: the garden"
    five = scale.settle({})
    assert [scale.show(five, n, {"low": "hard", "high": "easy"}) for n in (1, 3, 5)] == [
        "1 of 5 (hard)",
        "3 of 5",
        "5 of 5 (easy)",
    ]
    assert text.show(text.settle({}), "Good.", {}) == "Good."
    assert [kinds()[kind].show(SETTLED[kind][0], None, {}) for kind in CONTRACT] == [""] * len(CONTRACT)


def test_shuffled_options_are_another_order_for_others_and_the_same_for_one_customer():
    choice = kinds()["choice"]
    options = ["a", "b", "c", "d", "e"]
    shuffled = choice.settle({"options": options, "order": "shuffled", "other": True})
    orders = {seed: shown(shuffled, seed=seed) for seed in "0123456789"}
    assert all(sorted(order[:-1]) == options and order[-1] == "other" for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) > 3
    assert shown(shuffled, seed="7") == orders["7"]
    assert shown(choice.settle({"options": options}), seed="7") == options
