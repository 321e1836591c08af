"""Words of a text with where they stand, and phrases found among them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

# An apostrophe parts words (l'API) but for the English endings (doesn't). Pictures and smileys are words of their own.
_WORD = re.compile(
    r"\w+(?:['’](?:t|s|re|ve|ll|d|m)\b)?|[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]|[:;]-?[()D/]|<3|\(:|\):",
    re.IGNORECASE,
)
_GAP = 4  # words that "…" may stand for

T = TypeVar("T")


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Case, accents and the kind of apostrophe aside, so that Qualité is qualite."""
    word = word.replace("’", "'").casefold()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The folded words and their places in the text, in order."""
    words: list[str] = []
    places: list[tuple[int, int]] = []
    for found in _WORD.finditer(text):
        words.append(fold(found.group()))
        places.append(found.span())
    return words, places


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A phrase found: the numbers of its first and last word, and what stood with the phrase."""

    first: int
    last: int
    value: T


@dataclass(frozen=True, slots=True)
class _Phrase(Generic[T]):
    rest: tuple[tuple[str, bool, bool], ...]  # after the first word: (word, any ending, after a gap)
    value: T


class Phrases(Generic[T]):
    """Many phrases, looked for together in one pass.

    A phrase is words as they stand; `*` at the end of one stands for any ending, `…` between two for up to four words.
    Several values may stand with one phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._whole: dict[str, list[_Phrase[T]]] = {}
        self._begun: dict[str, list[_Phrase[T]]] = {}
        self._known: dict[str, tuple[_Phrase[T], ...]] = {}
        for phrase, value in phrases:
            parts = _parts(phrase)
            if not parts:
                continue
            first, any_ending, _ = parts[0]
            (self._begun if any_ending else self._whole).setdefault(first, []).append(_Phrase(parts[1:], value))
        self._lengths = sorted({len(begin) for begin in self._begun})

    def _starting(self, word: str) -> tuple[_Phrase[T], ...]:
        known = self._known.get(word)
        if known is None:
            found = list(self._whole.get(word, ()))
            for length in self._lengths:
                if length > len(word):
                    break
                found += self._begun.get(word[:length], ())
            known = tuple(found)
            if len(self._known) > 100_000:  # a bound for texts of ever new words
                self._known.clear()
            self._known[word] = known
        return known

    def found(self, words: Sequence[str]) -> list[Hit[T]]:
        """Every phrase in these folded words, those that overlap too, by where they begin."""
        hits = []
        for number, word in enumerate(words):
            for phrase in self._starting(word):
                rest = phrase.rest
                if not rest:
                    hits.append(Hit(number, number, phrase.value))
                    continue
                following, any_ending, gap = rest[0]
                if not gap:  # most phrases end here: their second word is not the next one
                    if number + 1 >= len(words):
                        continue
                    word = words[number + 1]
                    if word != following and not (any_ending and word.startswith(following)):
                        continue
                last = _goes_on(rest, words, number)
                if last >= 0:
                    hits.append(Hit(number, last, phrase.value))
        return hits


def _parts(phrase: str) -> tuple[tuple[str, bool, bool], ...]:
    parts = []
    gap = False
    for piece in phrase.split():
        if piece == "…":
            gap = True
            continue
        any_ending = piece.endswith("*")
        words, _ = tokens(piece.rstrip("*"))
        for number, word in enumerate(words):
            parts.append((word, any_ending and number == len(words) - 1, gap and number == 0))
        gap = False
    return tuple(parts)


def _goes_on(rest: tuple[tuple[str, bool, bool], ...], words: Sequence[str], at: int) -> int:
    """The number of the last word when the rest of a phrase follows word `at`, else -1."""
    for word, any_ending, gap in rest:
        for at in range(at + 1, min(at + 2 + (_GAP if gap else 0), len(words))):  # noqa: B020 - goes on from where it stands
            if words[at] == word or (any_ending and words[at].startswith(word)):
                break
        else:
            return -1
    return at


def longest(hits: Iterable[Hit[T]]) -> list[Hit[T]]:
    """Of hits that overlap only the longest, then the first: `no complaints` is not also `complaints`."""
    taken: set[int] = set()
    kept = []
    for hit in sorted(hits, key=lambda hit: (hit.first - hit.last, hit.first)):
        if taken.isdisjoint(range(hit.first, hit.last + 1)):
            taken.update(range(hit.first, hit.last + 1))
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.first)
