"""Typeform's webhook: who signed it, which answer is the score, who gave it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.connectors.heard import Unusable
from nineplus.connectors.surveys.typeform_hook import read, verify
from tests.connectors.surveys.typeform_calls import body, scale, signed, text

SECRET = "a secret of the feed"


def test_a_call_is_its_only_with_the_right_signature_over_the_very_body():
    call = body()
    good = signed(call, SECRET)
    assert verify(SECRET, good, call)
    assert not verify(SECRET, good, call + b" ")
    assert not verify("another secret here", good, call)
    assert not verify("", signed(call, ""), call)
    assert not verify(SECRET, {}, call)
    assert not verify(SECRET, {"typeform-signature": "sha256=ä"}, call)


def test_the_signature_is_the_one_of_the_documentation():
    """HMAC-SHA256 of "x" under "k", worked out with openssl."""
    made = "sha256=w47ciBXISJ9kc4l49EAI+FljRVRfC6po72/PXFPlcYk="
    assert signed(b"x", "k") == {"typeform-signature": made}


def test_an_answer_with_who_gave_it():
    heard = read(body(), {})
    assert (heard.key, heard.score, heard.comment) == ("tok1", 9, "Fast answers")
    assert heard.at == datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
    assert (heard.email, heard.contact, heard.account) == ("ada@customer.example", "u7", "A1")
    assert heard.attributes == {"plan": "pro", "Which team?": "Sales"}
    assert heard.payload["form_response"]["token"] == "tok1"


def test_hidden_fields_and_questions_that_a_person_names():
    answers = [scale(3, "one"), scale(8, "two"), text("first", "t1"), text("second", "t2")]
    call = body(answers=answers, hidden={"mail_of": "b@customer.example", "who": "c9"})
    told = {"question": "two", "comment": "t2", "email": "mail_of", "contact": "who"}
    heard = read(call, told)
    assert (heard.score, heard.comment, heard.email, heard.contact) == (8, "second", "b@customer.example", "c9")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (b"", "no_json"),
        (b"[" * 100_000, "no_json"),
        (b"[]", "no_token"),
        (b'{"event_type": "form_response_partial"}', "other_event"),
        (b'{"form_response": {"token": 5}}', "no_token"),
        (body(answers=[]), "not_answered"),
        (body(answers=[text("only words", "t")]), "not_answered"),
        (body(answers=[scale(3, "one"), scale(4, "two")]), "which_question"),
        (body(answers=[scale(3, "one", steps=5)]), "not_answered"),
        (body(answers=[scale(3, "one", start_at_one=True)]), "not_answered"),
        (body(answers=[scale(11, "one")]), "score"),
        (body(answers=[scale(True, "one")]), "score"),
        (body(answers=[scale("9", "one")]), "score"),
        (body(submitted_at="yesterday", landed_at=None), "date"),
    ],
)
def test_what_holds_no_answer_says_why(call, code):
    with pytest.raises(Unusable) as found:
        read(call, {})
    assert found.value.code == code
    assert str(found.value).endswith(".")


def test_of_several_scales_the_one_that_asks_to_recommend_is_taken():
    answers = [scale(3, "one", title="How easy was it?"), scale(10, "two", title="Would you recommend us?")]
    assert read(body(answers=answers), {}).score == 10


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


_FORM = ["token", "landed_at", "submitted_at", "hidden", "definition", "answers"]


@given(place=st.sampled_from([*_FORM, "form_response", "answer", "field", "number", "text", "hidden value"]), put=_JSON)
def test_no_call_breaks_the_reader(place, put):
    """Some part of a good call is replaced by anything at all: it is read, or refused with a sentence."""
    call = json.loads(body())
    form = call["form_response"]
    if place == "form_response":
        call[place] = put
    elif place in _FORM:
        form[place] = put
    elif place == "hidden value":
        form["hidden"]["email"] = put
    else:
        answers = form["answers"]
        where = {"answer": (answers, 1), "field": (answers[1], place), "number": (answers[1], place)}
        inside, key = where.get(place, (answers[2], "text"))
        inside[key] = put
    try:
        score = read(json.dumps(call).encode(), {}).score
    except Unusable:
        return
    assert 0 <= score <= 10
