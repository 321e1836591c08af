"""Labels in the forms that people's files have."""

from __future__ import annotations

import pytest

from nineplus.text.evaluation import Labelled
from nineplus.text.labelled import in_words_of, labels_in, sentiment_named, spelled_alike, theme_map
from nineplus.text.reading import Sentiment

SLUGS = ("support", "support.speed", "pricing")


@pytest.mark.parametrize(
    ("said", "sentiment"),
    [("POSITIVE", "positive"), (" neg ", "negative"), ("-1", "negative"), ("1.0", "positive"), ("Neutral", "neutral"),
     ("conflict", "mixed"), ("", None), ("angry", None)],
)  # fmt: skip
def test_sentiments_have_many_names(said, sentiment):
    assert sentiment_named(said) == sentiment


@pytest.mark.parametrize(
    "cell", ["b ;a", "a|b", " a ; b ;; ", '["a", "b"]', "['a', 'b']", "a\nb"], ids=lambda cell: repr(cell)
)
def test_lists_have_many_forms(cell):
    assert labels_in(cell) == {"a", "b"}


def test_a_label_may_hold_a_comma_and_blanks_of_any_width():
    assert labels_in("price,  value; x") == {"price, value", "x"}


@pytest.mark.parametrize(
    "data",
    [
        {"pricing": "Price", "support.speed": ["Wait", "Queue"]},
        {"themes": {"pricing": "Price", "support.speed": "Wait;Queue"}},
        {"Price": "pricing", "Wait": "support.speed", "Queue": "support.speed"},
        [["theme", "label"], ["pricing", "Price"], ["support.speed", "Wait"], ["support.speed", "Queue"]],
    ],
)
def test_a_map_is_read_either_way_round(data):
    found = theme_map(data, slugs=SLUGS)
    assert found["pricing"] == "Price"
    assert set(found["support.speed"].split(";")) == {"Wait", "Queue"}


def test_a_theme_mapped_to_nothing_is_dropped_and_a_map_of_strangers_refused():
    assert theme_map({"pricing": None, "support": ""}, slugs=SLUGS) == {"pricing": "", "support": ""}
    with pytest.raises(ValueError, match="none of our themes"):
        theme_map({"a": "b"}, slugs=SLUGS)


def test_labels_that_differ_in_case_are_the_same():
    truth, names = spelled_alike(
        [Labelled("", frozenset({"Price"})), Labelled("", frozenset({"price"}), extra=frozenset({"WAIT"}))],
        {"pricing": "PRICE", "support.speed": "wait;other"},
    )
    assert [each.themes for each in truth] == [{"Price"}, {"Price"}]
    assert names == {"pricing": "Price", "support.speed": "WAIT;other"}


@pytest.mark.parametrize(
    ("label", "score", "used", "taken"),
    [("mixed", 0.4, {"positive", "negative"}, "positive"),
     ("mixed", -0.05, {"positive", "negative", "neutral"}, "neutral"),
     ("neutral", -0.2, {"positive", "negative"}, "negative"), ("mixed", 0.4, {"positive", "mixed"}, "mixed"),
     ("unsure", 0.0, {"positive", "negative"}, "unsure"), ("negative", -0.9, {"positive"}, "negative")],
)  # fmt: skip
def test_a_feeling_in_the_words_of_the_file(label, score, used, taken):
    assert in_words_of(Sentiment(label, score, 0.7), used=used) == taken
