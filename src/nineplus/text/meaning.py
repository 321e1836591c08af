"""What the examples of a taxonomy teach about meaning: a score per theme, of warmth, and the nearest examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from nineplus.text.heads import Head, ridge
from nineplus.text.reading import Reason
from nineplus.text.taxonomy import Taxonomy
from nineplus.text.vectors import vectors
from nineplus.text.words import raw

# By cross-validation on the examples and the development part of benchmarks/themes.py (docs/decisions/0019).
_PENALTY = 2.0
_WARMTH_PENALTY = 4.0
_A_WORD = 0.1  # what a word of feeling alone weighs beside a whole sentence


@dataclass(frozen=True, slots=True)
class Meaning:
    """Heads trained on the examples of one taxonomy. `sentences` are the examples, `rows` their vectors,
    `theme_of` the number of each one's theme."""

    themes: Head
    warmth: Head
    sentences: tuple[str, ...]
    rows: np.ndarray
    theme_of: np.ndarray

    def nearest(self, vector: np.ndarray, theme: int) -> tuple[Reason, ...]:
        """The example of the theme that means most nearly the same."""
        own = np.flatnonzero(self.theme_of == theme)
        if not len(own):
            return ()
        likeness = self.rows[own] @ vector
        best = int(np.argmax(likeness))
        return (Reason("like", self.sentences[own[best]], round(float(likeness[best]), 3)),)


@lru_cache(maxsize=16)
def meaning_of(taxonomy: Taxonomy) -> Meaning:
    """Train on the examples. About a second for 300 examples the first time, kept per taxonomy afterwards."""
    sentences: list[str] = []
    theme_of: list[int] = []
    warm: list[float] = []
    for number, theme in enumerate(taxonomy.themes):
        for examples, feels in ((theme.good, 1.0), (theme.bad, -1.0), (theme.other, 0.0)):
            sentences += examples
            theme_of += [number] * len(examples)
            warm += [feels] * len(examples)
    rows = vectors(sentences)
    numbers = np.array(theme_of, dtype=int)
    targets = np.where(numbers[:, None] == np.arange(len(taxonomy.themes))[None, :], 1.0, -1.0)
    for child, theme in enumerate(taxonomy.themes):
        if theme.parent:  # an example of a child says nothing against its parent
            targets[numbers == child, taxonomy.slugs.index(theme.parent)] = 0.0
    return Meaning(
        themes=ridge(vectors=rows, targets=targets, penalty=_PENALTY),
        warmth=_warmth(rows, np.array(warm)),
        sentences=tuple(sentences),
        rows=rows,
        theme_of=numbers,
    )


def _warmth(rows: np.ndarray, warm: np.ndarray) -> Head:
    """Good against bad, both weighing the same whatever the number of examples of each."""
    words, feels = _words_of_feeling()
    feelings = np.concatenate([warm, feels])
    sizes = np.concatenate([np.ones(len(warm)), np.full(len(feels), _A_WORD)])
    for side in (1.0, -1.0):
        total = sizes[feelings == side].sum()
        sizes[feelings == side] *= sizes.sum() / (2 * total) if total else 1.0
    return ridge(vectors=np.vstack([rows, words]), targets=feelings[:, None], penalty=_WARMTH_PENALTY, weights=sizes)


@cache
def _words_of_feeling() -> tuple[np.ndarray, np.ndarray]:
    known = raw("en")
    phrases = [phrase.rstrip("*") for phrase in (*known["positive"], *known["negative"])]
    feels = [1.0] * len(known["positive"]) + [-1.0] * len(known["negative"])
    return vectors(phrases), np.array(feels)
