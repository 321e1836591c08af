"""Topics nobody named yet: found, named, counted by account, the same whatever the order."""

import numpy as np
import pytest

from nineplus.text.phrases import distinctive, grams
from nineplus.text.topics import Unnamed, discover

PARKING = ["no parking space near the office", "the parking space is always full", "parking space too far away",
           "never a free parking space", "could not find a parking space"]  # fmt: skip
COFFEE = ["the coffee machine is broken", "cold coffee machine coffee", "coffee machine tastes bad",
          "please replace the coffee machine", "coffee machine again empty"]  # fmt: skip


def _rows(count: int, direction: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(0, 0.02, (count, 32))
    rows[:, direction] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def spoken():
    clauses = [
        Unnamed(text, comment=f"{kind}{number}", account=f"{kind}-account-{number}", language="en")
        for kind, texts in (("p", PARKING), ("c", COFFEE))
        for number, text in enumerate(texts)
    ]
    return clauses, np.vstack([_rows(5, 0, 1), _rows(5, 7, 2)])


def test_groups_are_found_and_named_by_what_sets_them_apart(spoken):
    clauses, rows = spoken
    topics = discover(clauses, rows=rows, fewest=4)
    assert {topic.phrases[0] for topic in topics} == {"parking space", "coffee machine"}
    assert all(topic.accounts == 5 and topic.stability > 0.9 for topic in topics)


def test_the_order_of_clauses_is_irrelevant(spoken):
    clauses, rows = spoken
    turned = discover(clauses[::-1], rows=rows[::-1], fewest=4)
    assert [(t.name, t.accounts, t.stability) for t in turned] == [
        (t.name, t.accounts, t.stability) for t in discover(clauses, rows=rows, fewest=4)
    ]


def test_one_account_counts_once_however_often_it_writes():
    clauses = [Unnamed("no parking space", comment=str(n), account="one", language="en") for n in range(50)]
    assert discover(clauses, rows=_rows(50, 0, 3), fewest=2) == []


def test_the_same_words_of_many_accounts_are_one_topic_with_all_its_members(spoken):
    clauses, rows = spoken
    twice = [*clauses, *clauses]
    topics = discover(twice, rows=np.vstack([rows, rows]), fewest=4)
    assert [topic.accounts for topic in topics] == [5, 5]
    assert all(len(topic.members) == 10 for topic in topics)


def test_too_few_are_no_topic(spoken):
    clauses, rows = spoken
    assert discover(clauses[:3], rows=rows[:3], fewest=4) == []
    assert discover([], fewest=1) == []


def test_phrases_neither_begin_nor_end_with_idle_words():
    assert grams("the price of licence", language="en") == ["price", "price of licence", "licence"]


def test_what_is_said_everywhere_sets_nothing_apart():
    from collections import Counter

    own, others = Counter({"parking": 20, "service": 20}), Counter({"service": 400, "invoice": 300})
    assert distinctive(own, others, most=3) == ["parking"]
