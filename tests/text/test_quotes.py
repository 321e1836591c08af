"""Quotes that stand for many: permitted, masked, unlike each other, recent."""

from datetime import UTC, datetime, timedelta

import numpy as np

from nineplus.text.quotes import Said, choose

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def said(text: str, account: str, *, permitted: bool = True, days: int = 1) -> Said:
    return Said(text, comment=account, account=account, at=NOW - timedelta(days=days), permitted=permitted)


def rows(*directions: int) -> np.ndarray:
    made = np.full((len(directions), 8), 0.3, dtype=np.float32)
    for number, direction in enumerate(directions):
        made[number, direction] = 1
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_without_permission_nothing_is_quoted():
    heard = [said("The export to our ledger fails every month.", "a", permitted=False)]
    assert choose(heard, now=NOW, rows=rows(0)) == []
    assert len(choose(heard, now=NOW, rows=rows(0), permitted_only=False)) == 1


def test_personal_data_is_covered():
    [quote] = choose([said("Call me on +44 20 7946 0958 about the export.", "a")], now=NOW, rows=rows(0))
    assert "7946" not in quote.text
    assert "[phone number]" in quote.text


def test_words_with_lost_letters_are_not_quoted():
    chosen = choose([said("it\ufffds slow", "a"), said("it is slow", "b")], now=NOW, rows=rows(0, 0))
    assert [quote.number for quote in chosen] == [1]


def test_an_account_and_a_sentence_come_once():
    heard = [said("The export fails every single month.", account) for account in ("a", "a", "b")]
    heard.append(said("The export keeps failing for our team.", "a"))
    assert len(choose(heard, now=NOW, rows=rows(0, 0, 0, 0), count=4)) == 1


def test_quotes_are_unlike_each_other():
    heard = [said(f"The export fails every month, number {n}.", str(n)) for n in range(4)]
    heard.append(said("The import of contacts takes a very long time.", "x"))
    chosen = choose(heard, now=NOW, rows=rows(0, 0, 0, 0, 5), count=2)
    assert 4 in [quote.number for quote in chosen]


def test_of_two_alike_the_newer_is_taken():
    heard = [
        said("The export fails every month, again.", "a", days=700),
        said("The export fails every month too.", "b"),
    ]
    [quote] = choose(heard, now=NOW, rows=rows(0, 0), count=1)
    assert quote.number == 1
