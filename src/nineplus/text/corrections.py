"""What people corrected, kept and learned from: a small head per theme on fixed vectors, and the gain it brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nineplus.text.evaluation import Quality
from nineplus.text.heads import logistic
from nineplus.text.tagging import Reader
from nineplus.text.vectors import ENCODER, WIDTH

FEWEST = 4
"""Corrections of a theme before anything is learned for it."""
_PENALTY, _CONSTANT_PENALTY = 0.2, 0.5
_FOLDS = 5
# Standard errors by which labels put right must outnumber those put wrong, in each theme: one-sided 5 %. Where all
# themes together gain beyond doubt, a theme need only gain.
_SURE, _BEYOND_DOUBT = 1.64, 3.0
_EVERY = 6  # of the examples of other themes, those that hold what is learned in its place


@dataclass(frozen=True, slots=True)
class Correction:
    """A person said that this comment speaks of this theme, or does not."""

    comment: str
    theme: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Gain:
    """F1 on the corrected labels, each judged by what was learned from the others: without and with learning."""

    before: float
    after: float
    labels: int
    themes: tuple[str, ...]  # those for which something was learned

    @property
    def helps(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class Taught:
    """What corrections taught. `fixed` are the corrections themselves: they win over the model. A Reader uses both."""

    encoder: str
    corrected: dict[str, dict[str, bool]]  # comment → theme → holds
    weights: dict[str, np.ndarray]  # theme → width, and the constant last
    gain: Gain

    def fixed(self, comment: str) -> dict[str, bool]:
        """What a person said of this very comment (blanks and case aside)."""
        return self.corrected.get(_same(comment), {})

    def shift(self, slugs: Sequence[str], vector: np.ndarray | None) -> np.ndarray:
        """What to add to the logit of each theme for a clause with this vector."""
        moved = np.zeros(len(slugs))
        if vector is not None:
            for number, slug in enumerate(slugs):
                weights = self.weights.get(slug)
                if weights is not None:
                    moved[number] = weights[:-1] @ vector + weights[-1]
        return moved


def teach(corrections: Sequence[Correction], *, reader: Reader, seed: int) -> Taught:
    """Learn from corrections, and say by cross-validation what it is worth.

    `reader` reads in full mode and was taught nothing. Of two corrections of one comment and theme the later holds.
    Nothing is put to use by this: whoever calls it looks at `gain` and gives what was taught to a Reader.
    Raises ValueError for a reader that reads by words alone.
    """
    if reader.mode != "full":
        raise ValueError("Only a reader in full mode can be taught.")
    corrected: dict[str, dict[str, bool]] = {}
    for each in corrections:
        corrected.setdefault(_same(each.comment), {})[reader.taxonomy.now(each.theme)] = each.holds
    texts = list(corrected)
    said = {_same(each.comment): each.comment for each in corrections}
    seen = reader.evidence([said[text] for text in texts])
    rows = _Rows([], [], [], [], [])
    for number, text in enumerate(texts):
        logits, vectors = seen[number]
        for theme, holds in corrected[text].items():
            if theme and len(logits):
                column = reader.taxonomy.slugs.index(theme)
                best = int(np.argmax(logits[:, column]))
                rows.add(number, theme, logits[best, column], vectors[best], holds)
    anchors = _anchors(reader, dict.fromkeys(rows.theme))
    weights = _learned(rows, np.ones(len(rows.theme), dtype=bool), anchors)
    gain = _gain(rows, tuple(weights), anchors, seed=seed, threshold=reader.threshold)
    return Taught(ENCODER, corrected, {theme: weights[theme] for theme in gain.themes}, gain)


@dataclass(slots=True)
class _Rows:
    """One row per corrected label: its comment, theme, logit before, vector and truth."""

    comment: list[int]
    theme: list[str]
    logit: list[float]
    vector: list[np.ndarray]
    holds: list[bool]

    def add(self, comment: int, theme: str, logit: float, vector: np.ndarray, holds: bool) -> None:
        self.comment.append(comment)
        self.theme.append(theme)
        self.logit.append(float(logit))
        self.vector.append(vector)
        self.holds.append(holds)


Anchors = dict[str, tuple[np.ndarray, np.ndarray]]


def _anchors(reader: Reader, themes: Iterable[str]) -> Anchors:
    """Per theme some examples of other themes, as vectors and logits: sentences it must not begin to claim.

    People correct what they are shown, mostly by adding: learned from that alone, a theme would spread over everything.
    """
    slugs = reader.taxonomy.slugs
    logits, vectors, theme_of = reader.examples()
    made = {}
    for theme in themes:
        top = theme.partition(".")[0]
        others = [row for row, number in enumerate(theme_of) if slugs[number].partition(".")[0] != top][::_EVERY]
        made[theme] = (vectors[others], logits[others, slugs.index(theme)])
    return made


def _learned(rows: _Rows, used: np.ndarray, anchors: Anchors) -> dict[str, np.ndarray]:
    """Weights per theme from the rows in use: a penalised logistic regression that starts from the logit before."""
    found = {}
    themes = np.array(rows.theme)
    for theme in dict.fromkeys(rows.theme):
        own = np.flatnonzero((themes == theme) & used)
        if len(own) < FEWEST:
            continue
        others, low = anchors[theme]
        vectors = np.vstack([np.array([rows.vector[i] for i in own], dtype=float), others])
        # In the space that the examples span, so that it costs what there are examples, not what a vector is wide.
        left, size, right = np.linalg.svd(vectors, full_matrices=False)
        offset = np.clip(np.concatenate([[rows.logit[i] for i in own], low]), -6, 6)
        truth = np.concatenate([np.array([rows.holds[i] for i in own], dtype=float), np.zeros(len(low))])
        coefficients = logistic(
            features=left * size, truth=truth, penalty=_PENALTY, offset=offset, constant_penalty=_CONSTANT_PENALTY
        )
        found[theme] = np.append(right.T @ coefficients[:-1], coefficients[-1])
    return found


def _gain(rows: _Rows, themes: tuple[str, ...], anchors: Anchors, *, seed: int, threshold: float) -> Gain:
    """By folds of whole comments, so that no comment judges what it taught itself. Themes that gain nothing beyond
    chance (a sign test of the labels that change) are left as they were."""
    if not rows.theme:
        return Gain(0.0, 0.0, 0, themes)
    comments = np.array(rows.comment)
    fold_of = np.random.default_rng(seed).permutation(comments.max() + 1) % _FOLDS
    before = np.array(rows.logit)
    after = before.copy()
    for fold in range(_FOLDS):
        aside = fold_of[comments] == fold
        weights = _learned(rows, ~aside, anchors)
        for i in np.flatnonzero(aside):
            own = weights.get(rows.theme[i], np.zeros(WIDTH + 1))
            after[i] += own[:-1] @ rows.vector[i] + own[-1]
    truth = np.array(rows.holds)
    edge = np.log(threshold / (1 - threshold))
    named = np.array(rows.theme)
    better = ((after >= edge) == truth).astype(int) - ((before >= edge) == truth).astype(int)
    least = 0.0 if _sure(better[np.isin(named, themes)]) > _BEYOND_DOUBT else _SURE
    kept = []
    for theme in themes:
        own = named == theme
        if _sure(better[own]) > least:
            kept.append(theme)
        else:
            after[own] = before[own]
    return Gain(_f1(before >= edge, truth), _f1(after >= edge, truth), len(truth), tuple(kept))


def _sure(better: np.ndarray) -> float:
    """By how many standard errors what got better (+1) outnumbers what got worse (-1): the sign test."""
    return float(better.sum() / max(np.abs(better).sum() ** 0.5, 1.0))


def _f1(given: np.ndarray, truth: np.ndarray) -> float:
    return Quality(int((given & truth).sum()), int((given & ~truth).sum()), int((~given & truth).sum())).f1


def _same(comment: str) -> str:
    return " ".join(comment.casefold().split())
