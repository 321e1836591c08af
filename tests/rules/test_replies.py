"""A customer's text message: a score only where one is offered."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nineplus.rules.replies import Reply, read

SCORES = [
    ("9", 9, ""),
    (" 10 ", 10, ""),
    ("0", 0, ""),
    ("9/10", 9, ""),
    ("9 / 10!", 9, ""),
    ("10/10 great", 10, "great"),
    ("8 out of 10, good", 8, "good"),
    ("8 von 10", 8, ""),
    ("nine", 9, ""),
    ("Neun!", 9, ""),
    ("Nine, because fast", 9, "because fast"),
    ("10 because the team", 10, "because the team"),
    ("9 because of 24/7 support", 9, "because of 24/7 support"),
    ("9 - the 3 agents were great", 9, "the 3 agents were great"),
    ("9\nGreat", 9, "Great"),
    ("it's a 7!", 7, ""),
    ("I'd give it an 8 because it works", 8, "I'd give it an 8 because it works"),
    ("I'd say 8/10", 8, "I'd say"),
    ("Great team: 10", 10, "Great team"),
    ("5, was 8 before", 5, "was 8 before"),
    ("٩", 9, ""),
    ("९ बहुत अच्छा", 9, "बहुत अच्छा"),
    ("９", 9, ""),
    ("9️⃣", 9, ""),
    ("🔟", 10, ""),
    ("9分", 9, ""),
    ("9因为团队好", 9, "因为团队好"),
    ("“9”", 9, ""),
]
NO_SCORES = [
    "11",
    "100",
    "9.5",
    "9,5",
    "-1",
    "7-8",
    "2 or 3",
    "9 3",
    "12.03.2026",
    "3/4/2026",
    "10月3日",
    "9:30",
    "9am",
    "9 pm works",
    "Call me at 9",
    "It's 5 pm",
    "+49 30 123456",
    "0800 123 456",
    "9 days without an answer",
    "I waited 9 hours",
    "3rd time I ask",
    "10%",
    "5€",
    "Ticket 5",
    "you are number 1",
    "5 stars",
    "on time as always",
    "No idea",
    "stop sending me wrong invoices",
]


@pytest.mark.parametrize(("message", "score", "text"), SCORES)
def test_a_score_with_its_reason(message: str, score: int, text: str):
    assert read(message) == Reply("score", score, text)


@pytest.mark.parametrize("message", NO_SCORES)
def test_dates_numbers_and_counts_are_no_scores(message: str):
    assert read(message) == Reply("text", text=message)


@pytest.mark.parametrize(
    ("kind", "messages"),
    [
        ("stop", ["STOP", "Stop.", "arrêt", "ABMELDEN", "стоп", "停止", "إلغاء", " stop all "]),
        ("start", ["START", "unstop", "Anmelden!", "开始"]),
        ("help", ["HELP", "Hilfe?", "aide", "Info"]),
        ("empty", ["", "  \n", "\u200b"]),
    ],
)
def test_wishes_in_many_languages(kind: str, messages: list[str]):
    assert {read(message).kind for message in messages} == {kind}


@given(st.integers(0, 10), st.sampled_from(["", "!", ".", " because it works", ", thanks", " – merci", "/10"]))
def test_every_score_is_read(score: int, tail: str):
    assert read(f"{score}{tail}").score == score


@given(st.dates())
def test_no_date_is_a_score(day):
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y", "%d.%m.%y"):
        assert read(day.strftime(form)).kind == "text"


@given(st.from_regex(r"\+?[0-9][0-9 -]{6,14}[0-9]", fullmatch=True))
@example("0 800 10 9 10")
def test_no_telephone_number_is_a_score(number: str):
    assert read(number).kind == "text"


@given(st.text(max_size=300))
def test_any_message_is_read(message: str):
    found = read(message)
    assert (found.score is not None) == (found.kind == "score")
    assert found.score is None or 0 <= found.score <= 10
