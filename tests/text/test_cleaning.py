"""What is left of a comment, and that every character of it knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.text.cleaning import LONGEST, clean

QUOTES = {
    "en": "On Mon, 3 Mar 2025 at 10:01, Ann Lee <ann@example.com> wrote:",
    "en, broken line": "On Mon, 3 Mar 2025 at 10:01, Ann Lee\n<ann@example.com> wrote:",
    "de": "Am 03.03.2025 um 10:01 schrieb Ann Lee <ann@example.com>:",
    "fr": "Le lun. 3 mars 2025 à 10:01, Ann Lee <ann@example.com> a écrit :",
    "es": "El lun, 3 mar 2025 a las 10:01, Ann Lee (<ann@example.com>) escribió:",
    "pt": "Em seg., 3 de mar. de 2025 às 10:01, Ann Lee <ann@example.com> escreveu:",
    "it": "Il giorno lun 3 mar 2025 alle ore 10:01 Ann Lee <ann@example.com> ha scritto:",
    "nl": "Op ma 3 mrt 2025 om 10:01 schreef Ann Lee <ann@example.com>:",
    "outlook en": "From: Ann Lee\nSent: Monday\nTo: Bob\nSubject: Your opinion",
    "outlook de": "Von: Ann Lee\nGesendet: Montag\nAn: Bob\nBetreff: Ihre Meinung",
    "forwarded": "-----Original Message-----",
    "signature": "-- ",
    "closing en": "Kind regards,\nBob Example\nHead of Things\n+44 20 7946 0000",
    "closing de": "Mit freundlichen Grüßen\nBob Beispiel",
    "closing fr": "Cordialement,\nBob Exemple",
}


@pytest.mark.parametrize("below", QUOTES.values(), ids=QUOTES.keys())
def test_only_the_customers_own_words_are_read(below):
    assert clean(f"The invoice was wrong.\n\n{below}\nHow likely are you to recommend us?").text.strip() == (
        "The invoice was wrong."
    )


def test_an_answer_below_the_quote_is_read():
    mail = "On Mon, 3 Mar 2025, Ann wrote:\n> How likely are you\n> to recommend us?\n\nVery likely, it is fast."
    assert clean(mail).text.strip() == "Very likely, it is fast."


def test_a_long_letter_after_a_closing_word_is_not_a_signature():
    letter = "Cheers\n" + "\n".join(f"This is sentence number {number} of what I want to say." for number in range(12))
    assert "number 11" in clean(letter).text


def test_markup_goes_and_what_it_said_stays():
    html = "<html><style>p {color: red}</style><p>Fast &amp; <b>friendly</b></p><br/>but&nbsp;5 &lt; 6</html>"
    assert clean(html).text.split() == ["Fast", "&", "friendly", "but", "5", "<", "6"]


def test_less_than_is_not_markup():
    assert clean("answer in <2 days and >3 people").text == "answer in <2 days and >3 people"


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("...", "no letters"),
        ("10/10", "no letters"),
        ("n/a", "non-answer"),
        ("N.A.", "non-answer"),
        ("No comment!", "non-answer"),
        ("keine", "non-answer"),
        ("Rien à ajouter", "non-answer"),
        ("sin comentarios", "non-answer"),
        ("asdfgh", "junk"),
        ("xxxxx", "junk"),
        ("> How likely are you?\n> Really?", "quoted mail only"),
    ],
)
def test_what_says_nothing_says_why(comment, why):
    assert clean(comment).nothing == why


@pytest.mark.parametrize(
    "comment", ["👍", "No complaints", "nothing to improve, all good", ":)", "Fast", "gut", "速い"]
)
def test_what_says_something_short_is_kept(comment):
    assert clean(comment).nothing == ""


def test_only_so_much_is_read():
    assert len(clean("word " * 20_000).text) <= LONGEST


pieces = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["<b>", "</p>", "<br/>", "&amp;", "&#128512;", "\n", "> quoted\n", "-- \n", "  ", "\u200b", "http://a.b"]
        ),
    ),
    max_size=20,
).map("".join)


@given(comment=pieces)
def test_every_place_is_inside_the_original_and_means_the_same(comment):
    cleaned = clean(comment)
    for place, character in enumerate(cleaned.text):
        start, end = cleaned.at(place, place + 1)
        assert 0 <= start < end <= len(comment)
        if end - start == 1 and not character.isspace():
            assert comment[start] == character
