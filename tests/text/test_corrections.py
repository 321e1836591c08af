"""Corrections win, and teach what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from nineplus.text.corrections import Correction, teach
from nineplus.text.heads import logistic, ridge
from nineplus.text.tagging import Reader
from nineplus.text.taxonomy import taxonomy_from

TAXONOMY = taxonomy_from(
    {
        "name": "own",
        "theme": [
            {
                "slug": "money",
                "name": "Money",
                "seeds": {"en": "price"},
                "bad": ["Too expensive.", "The price is high."],
            },
            {
                "slug": "dogs",
                "name": "Dogs",
                "seeds": {"en": "poodle"},
                "good": ["A lovely poodle."],
                "bad": ["The dog bit me."],
            },
        ],
    }
)
DOGS = [
    f"{what} {does}"
    for what in ("My puppy", "The dog", "Her terrier", "Our spaniel", "A small hound")
    for does in ("barks all night.", "was at the vet.", "likes long walks.", "is well trained.")
]
OTHERS = [
    f"{what} {does}"
    for what in ("The report", "My train", "The printer", "Our meeting", "A new chair")
    for does in ("is late again.", "was on Monday.", "needs paper.", "is in the cellar.")
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(taxonomy=TAXONOMY)


def test_a_correction_of_the_same_comment_wins(reader):
    taught = teach(
        [Correction("The  PRICE is right", "money", False), Correction("It rained all day", "dogs", True)],
        reader=reader,
        seed=1,
    )
    corrected = Reader(taxonomy=TAXONOMY, taught=taught)
    [price, rain] = corrected.read(["the price is right", "It rained all day"])
    assert "money" not in price.themes
    [mention] = [mention for mention in rain.mentions if mention.theme == "dogs"]
    assert (mention.sure, mention.reasons[0].kind) == (1.0, "correction")


def test_corrections_teach_what_is_like_them_and_say_what_they_gain(reader):
    corrections = [Correction(text, "dogs", text in DOGS) for text in (*DOGS, *OTHERS)]
    taught = teach(corrections, reader=reader, seed=1)
    assert taught.gain.labels == len(DOGS) + len(OTHERS)
    assert taught.gain.helps
    assert taught.gain.themes == ("dogs",)
    [new] = reader.evidence(["The puppy sleeps in its kennel."])
    [other] = reader.evidence(["The printer is late again."])
    slugs = TAXONOMY.slugs
    assert taught.shift(slugs, new[1][0])[1] > taught.shift(slugs, other[1][0])[1]
    assert taught.shift(slugs, None).tolist() == [0, 0]


def test_few_corrections_teach_nothing_but_hold(reader):
    taught = teach([Correction("A cat", "dogs", True)], reader=reader, seed=1)
    assert taught.weights == {}
    assert taught.fixed("a cat") == {"dogs": True}


def test_words_alone_cannot_be_taught():
    with pytest.raises(ValueError, match="full mode"):
        teach([], reader=Reader(taxonomy=TAXONOMY, mode="fast"), seed=1)


def test_leaving_one_out_is_exact():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(12, 4)), random.normal(size=(12, 1))
    head = ridge(vectors=x, targets=y, penalty=0.7, centred=False)
    again = ridge(vectors=x[1:], targets=y[1:], penalty=0.7, centred=False)
    assert head.out_of_sample[0] == pytest.approx(again.score(x[:1])[0], abs=1e-5)


def test_logistic_regression_finds_the_log_odds():
    # 30 of 40 with the feature, 10 of 40 without: odds 3 and 1/3.
    features = np.repeat([[1.0], [0.0]], 40, axis=0)
    truth = np.concatenate([np.arange(40) < 30, np.arange(40) < 10]).astype(float)
    slope, constant = logistic(features=features, truth=truth, penalty=1e-9)
    assert (slope, constant) == pytest.approx((np.log(9), -np.log(3)), abs=1e-3)
