"""Phrases that set some texts apart from others: what a topic or a theme is called by."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache

from nineplus.text.tokens import tokens
from nineplus.text.words import LANGUAGES, raw

_LONGEST = 3  # words of a phrase
_PRIOR = 0.05  # of what is said elsewhere, counted as if it had been said here too
_SURE = 1.28  # standard errors


@cache
def _idle() -> frozenset[str]:
    """Words that hold a sentence together and name nothing, in every language at once."""
    return frozenset(
        word for language in LANGUAGES for phrase in raw(language)["function"] for word in tokens(phrase)[0]
    )


def grams(text: str, *, language: str = "") -> list[str]:
    """The phrases of one to three words in a text, each once, folded; none begins or ends with an idle word."""
    words, _ = tokens(text)
    found: dict[str, None] = {}
    for start, first in enumerate(words):
        if not _names(first):
            continue
        for end in range(start, min(start + _LONGEST, len(words))):
            if _names(words[end]):
                found[" ".join(words[start : end + 1])] = None
    return list(found)


def _names(word: str) -> bool:
    return len(word) > 2 and word[0].isalpha() and word not in _idle()


def distinctive(own: Counter[str], others: Counter[str], *, most: int) -> list[str]:
    """Which phrases are said here far more than elsewhere? By how many standard errors the log-odds differ.

    The prior is what is said everywhere, so rare words need more. Of phrases that hold each other only the first stays.
    Source: Monroe, Colaresi & Quinn 2008, eq. 16 and 22 (log-odds with an informative Dirichlet prior).
    """
    all_own, all_others = sum(own.values()), sum(others.values())
    if not all_own:
        return []
    prior = {phrase: _PRIOR * (own[phrase] + others[phrase]) + 0.01 for phrase in own}
    whole = _PRIOR * (all_own + all_others) + 0.01 * len(own)
    scored = []
    for phrase, count in own.items():
        if count < 2:
            continue
        here, there = count + prior[phrase], others[phrase] + prior[phrase]
        odds = math.log(here / (all_own + whole - here)) - math.log(there / max(all_others + whole - there, 0.5))
        score = odds / math.sqrt(1 / here + 1 / there)
        if score >= _SURE:
            scored.append((score * (1 + 0.35 * phrase.count(" ")), phrase))
    return _apart([phrase for _, phrase in sorted(scored, key=lambda each: (-each[0], each[1]))], most)


def _apart(phrases: Sequence[str], most: int) -> list[str]:
    kept: list[str] = []
    for phrase in phrases:
        words = set(phrase.split())
        if not any(words & set(other.split()) for other in kept):
            kept.append(phrase)
        if len(kept) == most:
            break
    return kept
