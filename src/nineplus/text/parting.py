"""A comment taken apart: its clauses, each with its language, what was said of which theme by its words, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from nineplus.text import feeling
from nineplus.text.clauses import clauses, sentences
from nineplus.text.cleaning import Cleaned, clean
from nineplus.text.language import detect
from nineplus.text.taxonomy import Taxonomy
from nineplus.text.tokens import Hit, Phrases, tokens
from nineplus.text.words import LANGUAGES, words_of

_ONE_LANGUAGE = 0.97  # a comment that is this surely in one language is not in two
_LONG_ENOUGH = 24  # characters of a sentence whose language may differ from its comment's


@dataclass(slots=True)
class Part:
    """A clause on its way."""

    text: str
    start: int  # in the cleaned text
    end: int
    language: str
    words: list[str]
    places: list[tuple[int, int]]
    said: dict[int, list[Hit[Any]]] = field(default_factory=dict)  # theme number → seeds found
    felt: feeling.Felt = feeling.NOTHING_FELT
    meaning: np.ndarray | None = None  # scores by theme
    warmth: float | None = None  # good against bad
    some: float | None = None  # feeling at all
    vector: np.ndarray | None = None


@dataclass(slots=True)
class Comment:
    cleaned: Cleaned
    language: str
    sure: float
    parts: list[Part]


class Parting:
    """Takes comments apart by the words of one taxonomy."""

    def __init__(self, *, taxonomy: Taxonomy) -> None:
        self._seeds = {language: _phrases(taxonomy, language) for language in LANGUAGES}
        self._top = [slug.partition(".")[0] for slug in taxonomy.slugs]

    def parts(self, comment: str, *, expected: str = "") -> Comment:
        """The comment cleaned, its language (`expected`: that of the survey) and its clauses; none of what says
        nothing."""
        cleaned = clean(comment)
        if cleaned.nothing:
            # `👍` says something though it has no words; `no letters` has neither.
            return Comment(cleaned, "", 0.0, [])
        language, sure = detect(cleaned.text, expected=expected)
        parts = []
        cut = sentences(cleaned.text)
        for start, end in cut:
            own = language
            if len(cut) > 1 and sure < _ONE_LANGUAGE and end - start >= _LONG_ENOUGH:
                other, certain = detect(cleaned.text[start:end], expected=language)
                own = other if certain > 0.8 else language
            for first, last in clauses(cleaned.text, start=start, end=end, language=own):
                parts.append(self._part(cleaned.text[first:last], first, last, own))
        return Comment(cleaned, language, sure, parts)

    def _part(self, text: str, start: int, end: int, language: str) -> Part:
        words, places = tokens(text)
        part = Part(text, start, end, language, words, places)
        phrases = self._seeds.get(language) or (self._seeds["en"] if not language else None)
        if phrases is not None:
            felt = []
            hits = list(phrases.found(words))
            for hit in hits:
                theme, feels = hit.value
                if theme >= 0 and not self._inside(hit, hits):
                    part.said.setdefault(theme, []).append(hit)
                if feels:
                    felt.append(Hit(hit.first, hit.last, feels))
            part.felt = feeling.by_words(words, language=language or "en", found=felt)
        else:
            part.felt = feeling.by_words(words, language=language)
        return part

    def _inside(self, hit: Hit[tuple[int, Any]], hits: list[Hit[tuple[int, Any]]]) -> bool:
        """Is it part of a longer phrase of another theme? `Support is slow` says nothing of a product that is slow.

        A single word counts wherever it is said: whoever chose it meant that.
        """
        if hit.first == hit.last:
            return False
        own = self._top[hit.value[0]]
        return any(
            other.value[0] >= 0
            and other.first <= hit.first
            and hit.last <= other.last
            and other.last - other.first > hit.last - hit.first
            and self._top[other.value[0]] != own
            for other in hits
        )


@lru_cache(maxsize=64)
def _phrases(taxonomy: Taxonomy, language: str) -> Phrases[tuple[int, float]]:
    """The phrases of a language, looked for in one pass: words of feeling (theme -1) and the seeds of all themes, each
    with the number of its theme and its own feeling."""
    felt = [(phrase, (-1, weight)) for phrase, weight in words_of(language).weights]
    seeds = [
        (seed.phrase, (number, float(seed.feeling)))
        for number, theme in enumerate(taxonomy.themes)
        for seed in theme.seeds_in(language)
    ]
    return Phrases([*felt, *seeds])
