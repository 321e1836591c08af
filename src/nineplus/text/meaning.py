"""What examples teach about meaning: a score per theme, of good against bad and of feeling at all, and what is near."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np

from nineplus.text.heads import NearHead, near_ridge
from nineplus.text.reading import Reason
from nineplus.text.taxonomy import Taxonomy, packaged
from nineplus.text.vectors import vectors

# By cross-validation on the examples and the development part of benchmarks/themes.py (docs/decisions/0019).
_PENALTY, _NARROW = 0.06, 0.7
_FEELING_PENALTY = 0.2


@dataclass(frozen=True, slots=True)
class Meaning:
    """Heads trained on the examples of one taxonomy. `sentences` are the examples, `rows` their vectors,
    `theme_of` the number of each one's theme."""

    themes: NearHead
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
    for number, theme in enumerate(taxonomy.themes):
        sentences += theme.examples
        theme_of += [number] * len(theme.examples)
    rows = vectors(sentences)
    numbers = np.array(theme_of, dtype=int)
    targets = np.where(numbers[:, None] == np.arange(len(taxonomy.themes))[None, :], 1.0, -1.0)
    for child, theme in enumerate(taxonomy.themes):
        if theme.parent:  # an example of a child says nothing against its parent
            targets[numbers == child, taxonomy.slugs.index(theme.parent)] = 0.0
    return Meaning(
        themes=near_ridge(vectors=rows, targets=targets, penalty=_PENALTY, narrow=_NARROW),
        sentences=tuple(sentences),
        rows=rows,
        theme_of=numbers,
    )


@cache
def feeling_head() -> NearHead:
    """Two labels: good (+1) against bad (-1), and some feeling (+1) against none (-1). The same for every taxonomy.

    Trained on the examples of the taxonomy we start with and on `data/examples/feeling.toml`; both sides of each weigh
    the same whatever the number of examples.
    """
    sentences, feels = examples_of_feeling()
    rows, found = vectors(sentences), np.array(feels)
    some = np.where(found == 0.0, -1.0, 1.0)
    heads = [
        near_ridge(
            vectors=rows, targets=side[:, None], penalty=_FEELING_PENALTY, narrow=_NARROW, weights=_balanced(side)
        )
        for side in (found, some)
    ]
    return NearHead(
        heads[0].rows,
        np.hstack([head.duals for head in heads]),
        np.concatenate([head.offsets for head in heads]),
        np.hstack([head.out_of_sample for head in heads]),
        _NARROW,
    )


def examples_of_feeling() -> tuple[list[str], list[float]]:
    """Sentences with what they feel: good 1, bad -1, nothing 0."""
    sentences: list[str] = []
    feels: list[float] = []
    for theme in packaged("b2b").themes:
        for examples, feeling in ((theme.good, 1.0), (theme.bad, -1.0), (theme.other, 0.0)):
            sentences += examples
            feels += [feeling] * len(examples)
    file = resources.files("nineplus.text").joinpath("data", "examples", "feeling.toml")
    for lists in tomllib.loads(file.read_text(encoding="utf-8")).values():
        for name, feeling in (("good", 1.0), ("bad", -1.0), ("other", 0.0)):
            lines = lists[name].strip().splitlines()
            sentences += lines
            feels += [feeling] * len(lines)
    return sentences, feels


def _balanced(side: np.ndarray) -> np.ndarray:
    sizes = np.ones(len(side))
    for value in (1.0, -1.0):
        sizes[side == value] *= len(side) / (2 * (side == value).sum())
    return sizes
