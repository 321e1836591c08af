"""The words of feeling of each language, read from `data/words`, one file per language."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nineplus.text.tokens import Phrases, tokens

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")
"""Languages with words of their own; English first, it is the best read."""
_WISH = -0.5
_MILD, _STRONG = 0.5, 1.7


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list kept as text, separated by commas or lines."""
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Words:
    """One language: phrases of feeling with their weight (-1 to +1), and what turns, strengthens or ends them."""

    feelings: Phrases[float]
    weights: tuple[tuple[str, float], ...]  # what is in `feelings`
    negators: frozenset[str]
    stronger: frozenset[str]
    weaker: frozenset[str]
    sarcasm: frozenset[str]
    again: Phrases[bool]
    contrast: tuple[str, ...]
    joins: tuple[str, ...]


@cache
def raw(language: str) -> dict[str, tuple[str, ...]]:
    """The lists of one language as they are in its file."""
    file = resources.files("nineplus.text").joinpath("data", "words", f"{language}.toml")
    return {name: listed(text) for name, text in tomllib.loads(file.read_text(encoding="utf-8")).items()}


@cache
def words_of(language: str) -> Words:
    """The words of a language; of one without a file, only signs and pictures."""
    own = raw(language) if language in LANGUAGES else {}
    signs = raw("any")
    feelings: dict[str, float] = dict.fromkeys(own.get("wishes", ()), _WISH)
    feelings |= dict.fromkeys((*own.get("positive", ()), *signs["positive"]), 1.0)
    feelings |= dict.fromkeys((*own.get("negative", ()), *signs["negative"]), -1.0)
    for kind, by in (("mild", _MILD), ("strong", _STRONG)):
        for phrase in own.get(kind, ()):
            if phrase in feelings:
                feelings[phrase] *= by
    return Words(
        feelings=Phrases(feelings.items()),
        weights=tuple(feelings.items()),
        negators=_folded(own.get("negators", ())),
        stronger=_folded(own.get("stronger", ())),
        weaker=_folded(own.get("weaker", ())),
        sarcasm=_folded(own.get("sarcasm", ())),
        again=Phrases((phrase, True) for phrase in own.get("again", ())),
        contrast=own.get("contrast", ()),
        joins=own.get("joins", ()),
    )


def _folded(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(tokens(phrase)[0]) for phrase in phrases)


@cache
def non_answers() -> frozenset[str]:
    """What people write when they write nothing, in every language at once, folded."""
    return frozenset().union(*(_folded(raw(language)["non_answers"]) for language in LANGUAGES))


@cache
def closings() -> frozenset[str]:
    """How letters end, in every language at once, folded."""
    return frozenset().union(*(_folded(raw(language)["closings"]) for language in LANGUAGES))
