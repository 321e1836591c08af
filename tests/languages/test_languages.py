"""The languages: every text is there in each, says its names, and is chosen by one rule."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.languages import ALIASES, FALLBACK, _plain, choose, languages, negotiate, question, texts
from nineplus.rules.sms import size_of

ENGLISH = languages()[FALLBACK]
OTHERS = [code for code in languages() if code != FALLBACK]
NAME = re.compile(r"\{[^}]*\}")

# Where another language says the same word as English, and means it.
SAME: dict[str, set[str]] = {
    "da": {"buttons.send"},
}

# Their letters are those of the cheap alphabet of text messages, when words are chosen with care.
ONE_PART = {"af", "ca", "da", "de", "en", "es", "eu", "fi", "fr", "gl", "id", "it", "ms", "nb", "nl", "pt", "pt-BR"}
ONE_PART |= {"sv", "sw", "tl"}


def said(language):
    return {(section, key): text for section, keys in language.sections.items() for key, text in keys.items()}


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_says_what_english_says(code):
    ours, english = said(languages()[code]), said(ENGLISH)
    assert sorted(english.keys() - ours.keys()) == []
    assert sorted(ours.keys() - english.keys()) == []
    assert list(ours) == list(english)  # the same order, so that two files can be read side by side
    for key, text in ours.items():
        assert sorted(NAME.findall(text)) == sorted(NAME.findall(english[key])), key
        assert text == text.strip(), key
        assert text, key
        assert unicodedata.is_normalized("NFC", text), key
        assert not re.search(r"[\x00-\x1f\x7f\u200b\u202a-\u202e\ufeff]|  ", text), key
    assert {f"{section}.{key}" for (section, key), text in ours.items() if text == english[section, key]} == (
        SAME.get(code, set())
    )


@pytest.mark.parametrize("code", languages())
def test_texts_fit_where_they_are_shown(code):
    for (section, key), text in said(languages()[code]).items():
        longest = {"buttons": 40, "sms": 260, "extras": 90}.get(section, 300)
        longest = {"low": 40, "high": 40, "title": 50, "subject": 70}.get(key, longest)
        assert len(text) <= longest, (section, key, len(text))


@pytest.mark.parametrize("code", languages())
def test_a_text_message_is_paid_few_times(code):
    sms = languages()[code].sections["sms"]
    parts = {key: size_of(languages()[code].say("sms", key, company="Example", product="Example")).parts for key in sms}
    most = {key: 3 if key.startswith("question") else 2 for key in sms}
    if code in ONE_PART:
        most["question"] = most["question_us"] = 1
    assert {key: count for key, count in parts.items() if count > most[key]} == {}


@pytest.mark.parametrize("code", languages())
def test_no_word_is_written_in_two_scripts(code):
    # The look-alike letters of other alphabets slip in unseen, and searches and screen readers stumble over them.
    asian = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "LATIN"}
    for key, text in said(languages()[code]).items():
        for word in re.findall(r"[^\W\d_]+", NAME.sub(" ", text)):
            scripts = {unicodedata.name(letter).partition(" ")[0] for letter in word}
            assert len(scripts) == 1 or scripts <= asian, (key, word)


@pytest.mark.parametrize("code", languages())
def test_a_script_is_written_in_its_direction(code):
    language = languages()[code]
    letters = [unicodedata.bidirectional(letter) for text in said(language).values() for letter in NAME.sub("", text)]
    right, left = sum(kind in ("R", "AL") for kind in letters), letters.count("L")
    assert language.direction == ("rtl" if right > left else "ltr")
    assert (language.direction == "rtl") == (code in {"ar", "fa", "he", "ur"})


@pytest.mark.parametrize("code", languages())
def test_commands_of_text_messages_stay_as_the_gateways_know_them(code):
    sms = languages()[code].sections["sms"]
    for key in ("question", "question_us", "started", "help", "help_us"):
        assert re.search(r"\bSTOP\b", sms[key]), key
    assert re.search(r"\bSTART\b", sms["stopped"])
    for key in ("question", "question_us", "not_understood"):
        assert re.search(r"\b0\b", sms[key]), key
        assert re.search(r"\b10\b", sms[key]), key


@pytest.mark.parametrize("code", languages())
def test_the_standard_question_names_the_product_or_us(code):
    language = languages()[code]
    assert "Acme" in question(language, product="Acme", company="Example Ltd")
    assert "Example Ltd" in question(language, company="Example Ltd")
    nameless = question(language, product=" ")
    assert nameless == language.sections["question"]["standard_us"]
    assert not NAME.search(nameless)
    for section, key in (("email", "intro"), ("email", "why"), ("email", "privacy"), ("unsubscribe", "done_text")):
        assert "Acme" in language.say(section, key, company="Acme")
        assert not NAME.search(language.say(section, key, company=""))


def test_what_is_filled_in_is_not_filled_in_again():
    assert "{company}" in question(ENGLISH, product="{company}", company="Acme")
    assert ENGLISH.say("question", "score", points=3) == "{score} of 10"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("de", "de"),
        ("de_AT.UTF-8", "de"),
        ("DE-ch", "de"),
        ("pt-BR", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("pt-PT", "pt"),
        ("pt-AO", "pt"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("", "en"),
        ("-", "en"),
        ("e" * 100_000, "en"),
    ],
)
def test_the_nearest_language_is_found(code, found):
    assert texts(code).code == found


@pytest.mark.parametrize(
    ("accept", "offered", "code"),
    [
        ("de", ["en", "de"], "de"),
        ("de-AT,de;q=0.9,en;q=0.8", ["en", "de"], "de"),
        ("fr;q=0.5, en ; q=0.7", ["en", "fr"], "en"),
        ("fr;q=0.7,en;q=0.7", ["en", "fr"], "fr"),
        ("en-US,en;q=0.9,fr;q=0.8", ["fr", "en-GB"], "en-GB"),
        ("pt-PT,fr;q=0.9", ["fr", "pt-BR"], "pt-BR"),
        ("fr,*;q=0.1", ["de", "it"], "de"),
        ("fr;q=0,*;q=0.1", ["fr", "it"], "it"),
        ("fr;q=0", ["fr"], ""),
        ("*", ["it", "de"], "it"),
        ("*;q=0", ["it"], ""),
        ("nn-NO", ["en", "no"], "no"),
        ("zh-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh", ["zh-TW", "zh-CN"], "zh-CN"),
        ("zh-Hant-HK", ["zh-CN"], "zh-CN"),
        ("iw", ["he"], "he"),
        ("in", ["id"], "id"),
        ("fil-PH", ["tl"], "tl"),
        ("de;q=1.5,en;q=abc,fr;q=0.1", ["de", "en", "fr"], "fr"),
        (";;,=,q=1,,it", ["it"], "it"),
        ("", ["en"], ""),
        ("sv", ["en"], ""),
    ],
)
def test_a_browser_gets_what_it_likes_best(accept, offered, code):
    assert negotiate(accept, offered=offered) == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"link": "fr", "contact": "de", "browser": "it"}, "fr"),
        ({"link": "xx", "contact": "de-CH", "browser": "it"}, "de"),
        ({"link": "es", "contact": "es", "browser": "es, it;q=0.2"}, "it"),
        ({"browser": "es"}, "nl"),
        ({"link": "nl", "contact": "de"}, "nl"),
        ({}, "nl"),
    ],
)
def test_link_before_contact_before_browser_before_survey(asked, code):
    assert choose(survey="nl", offered=["de", "fr", "it"], **asked) == code


def test_a_survey_in_a_language_of_its_own_keeps_it():
    assert choose(survey="eo", browser="eo") == "eo"
    assert choose(survey="eo", browser="de") == "de"
    assert choose(survey="", offered=[]) == FALLBACK
    assert texts("eo").code == FALLBACK


def test_aliases_lead_to_a_language_there_is():
    known = {code.lower() for code in languages()}
    assert set(ALIASES.values()) <= known
    assert all(name == name.lower() for name in ALIASES)


codes = st.text(max_size=40) | st.sampled_from([*languages(), *ALIASES, "pt_PT", "zh-TW", "*", "x-y"])


@given(code=codes)
def test_some_language_is_found_for_any_text(code):
    assert texts(code).code in languages()


@given(accept=st.text() | st.lists(codes).map(";q=0.5,".join), offered=st.lists(codes, max_size=5))
def test_negotiating_never_fails_and_never_finds_what_is_not_offered(accept, offered):
    assert negotiate(accept, offered=offered) in {"", *(offered or languages()), *languages()}


@given(link=codes, contact=codes, browser=st.text() | codes, survey=codes, offered=st.lists(codes, max_size=5))
def test_choosing_never_fails_and_stays_among_what_is_offered(link, contact, browser, survey, offered):
    found = choose(link=link, contact=contact, browser=browser, survey=survey, offered=offered)
    named = [code for code in offered if _plain(code)]
    assert found in {survey, FALLBACK, *(named or languages())}
    assert choose(link=link, contact=contact, browser=browser, survey=survey, offered=offered) == found
