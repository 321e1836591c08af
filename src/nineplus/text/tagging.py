"""Comments in, readings out: the whole way from what a customer wrote to themes with evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from nineplus.text import feeling
from nineplus.text.cleaning import Cleaned
from nineplus.text.parting import Comment, Part, Parting
from nineplus.text.reading import (
    NEGATIVE,
    POSITIVE,
    UNSURE,
    Clause,
    Mention,
    Reading,
    Reason,
    Sentiment,
    Span,
)
from nineplus.text.taxonomy import Taxonomy
from nineplus.text.tokens import Hit

if TYPE_CHECKING:
    from nineplus.text.meaning import Meaning

MODES = ("full", "fast")
THRESHOLD = 0.5
"""A theme is given when the chance that it is right is at least this; those above DOUBTFUL are kept for review."""
DOUBTFUL = 0.2
_CHUNK = 1_000
_REMEMBERED, _REMEMBERED_UP_TO = 4_096, 200  # comments, and characters of one
# The logit of a theme by the score of its meaning, one line where no seed was said and one where one was; each further
# seed adds. Fitted on the labelled development part of benchmarks/themes.py, see docs/decisions/0019.
_UNSAID, _SAID, _MORE = (1.3, 6.0), (3.0, 2.8), 1.3
# A theme of a few examples and no seeds holds too little for a line of its own: there it is the cosine with the nearest
# example that tells, with even chances at _LIKE. Chosen on other intents of intent_banking77 than are reported.
_YOUNG, _LIKE, _STEEP = 12, 0.63, 15.0
_FAST = 1.386  # by words alone: of the themes found so, 0.8 are right on the same part
_FAST_CHANCES = tuple(1 / (1 + math.exp(-(_FAST + _MORE * more))) for more in range(3))


class Reader:
    """Reads comments by one taxonomy.

    `mode` is full (words and meaning) or fast (words alone, about ten times as quick, seven languages).
    `taught` is what people's corrections taught it (`corrections.teach`); one of the very same comment wins.
    `heard` is told each comment (n equal ones once) with the vectors of its clauses (clauses × width), in full mode.
    """

    def __init__(
        self,
        *,
        taxonomy: Taxonomy,
        mode: str = "full",
        threshold: float = THRESHOLD,
        taught: Any = None,
        heard: Callable[[str, np.ndarray], None] | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode!r}.")
        self.taxonomy = taxonomy
        self.mode = mode
        self.threshold = threshold
        self.taught = taught
        self.heard = heard
        self._trained: Meaning | None = None
        self._slugs = taxonomy.slugs
        self._parting = Parting(taxonomy=taxonomy)
        self._parents = [self._slugs.index(theme.parent) if theme.parent else -1 for theme in taxonomy.themes]
        self._young = [
            number
            for number, theme in enumerate(taxonomy.themes)
            if not theme.seeds and not theme.general and 0 < len(theme.examples) <= _YOUNG
        ]
        self._seen: dict[tuple[str, str], Reading] = {}
        self._general = {theme.general: theme.slug for theme in taxonomy.themes if theme.general}

    def read(self, comments: Sequence[str], *, expected: str = "") -> list[Reading]:
        """One reading per comment, in order. `expected` is the language of the survey. Never raises on any text."""
        return list(self.stream(comments, expected=expected))

    def stream(self, comments: Iterable[str], *, expected: str = "") -> Iterator[Reading]:
        """Like `read`, with memory bounded whatever their number; short ones that came lately are not read again."""
        source = iter(comments)
        while chunk := list(islice(source, _CHUNK)):
            known = {each: reading for each in chunk if (reading := self._seen.get((each, expected)))}
            new = [each for each in dict.fromkeys(chunk) if each not in known]
            for comment, reading in zip(new, self._chunk(new, expected), strict=True):
                known[comment] = reading
                if len(comment) <= _REMEMBERED_UP_TO:
                    self._seen[comment, expected] = reading
            while len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
            yield from (known[comment] for comment in chunk)

    def evidence(self, comments: Sequence[str], *, expected: str = "") -> list[tuple[np.ndarray, np.ndarray]]:
        """Per comment the logits (clauses × themes) and the vectors (clauses × width) that a correction learns from."""
        from nineplus.text.vectors import WIDTH

        made = []
        for start in range(0, len(comments), _CHUNK):
            taken = [self._parting.parts(comment, expected=expected) for comment in comments[start : start + _CHUNK]]
            self._mean([part for each in taken for part in each.parts])
            for each in taken:
                worth = [part for part in each.parts if part.vector is not None]
                logits = np.array([self._logits(part) for part in worth]).reshape(-1, len(self._slugs))
                made.append((logits, np.array([part.vector for part in worth]).reshape(-1, WIDTH)))
        return made

    def examples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The examples of the taxonomy: logits by theme, each judged without itself, vectors, and the numbers of their
        themes."""
        from nineplus.text.meaning import meaning_of

        trained = meaning_of(self.taxonomy)
        return _UNSAID[0] + _UNSAID[1] * trained.themes.out_of_sample, trained.rows, trained.theme_of

    def _chunk(self, comments: list[str], expected: str) -> list[Reading]:
        taken = [self._parting.parts(comment, expected=expected) for comment in comments]
        if self.mode == "full":
            self._mean([part for each in taken for part in each.parts])
            for comment, each in zip(comments, taken, strict=True) if self.heard else ():
                rows = [part.vector for part in each.parts if part.vector is not None]
                if rows and self.heard:
                    self.heard(comment, np.array(rows))
        return [self._reading(comment, each) for comment, each in zip(comments, taken, strict=True)]

    def _mean(self, parts: list[Part]) -> None:
        """Give each clause the scores of its meaning."""
        from nineplus.text.meaning import feeling_head, meaning_of
        from nineplus.text.vectors import vectors

        worth = [part for part in parts if part.words]
        if not worth:
            return
        if self._trained is None:
            self._trained = meaning_of(self.taxonomy)
        trained = self._trained
        rows = vectors([part.text for part in worth])
        scores = trained.themes.score(rows)
        for theme in self._young:
            likeness = (rows @ trained.rows[trained.theme_of == theme].T).max(axis=1)
            scores[:, theme] = np.maximum(scores[:, theme], (_STEEP * (likeness - _LIKE) - _UNSAID[0]) / _UNSAID[1])
        felt = feeling_head().score(rows)
        for number, part in enumerate(worth):
            part.vector, part.meaning = rows[number], scores[number]
            part.warmth, part.some = felt[number].tolist()

    def _chances(self, part: Part) -> list[tuple[int, float]]:
        """The themes of a clause that are worth keeping, each with its chance."""
        if part.meaning is None and self.taught is None:  # the same as below, without arrays of which most is nothing
            return [(theme, _FAST_CHANCES[_further(hits)]) for theme, hits in part.said.items()]
        chances = 1 / (1 + np.exp(-self._logits(part)))
        return [(theme, float(chances[theme])) for theme in np.flatnonzero(chances >= DOUBTFUL).tolist()]

    def _logits(self, part: Part) -> np.ndarray:
        """The logit of each theme in a clause."""
        said = np.zeros(len(self._slugs))
        more = np.zeros(len(self._slugs))
        for theme, hits in part.said.items():
            said[theme] = 1.0
            more[theme] = _further(hits)
        if part.meaning is None:
            logits = np.where(said > 0, _FAST + _MORE * more, -6.0)
        else:
            logits = np.where(
                said > 0,
                _SAID[0] + _SAID[1] * part.meaning + _MORE * more,
                _UNSAID[0] + _UNSAID[1] * part.meaning,
            )
        if self.taught is not None:
            logits = logits + self.taught.shift(self._slugs, part.vector)
        return logits

    def _reading(self, comment: str, taken: Comment) -> Reading:
        if taken.cleaned.nothing:
            return Reading("", 0.0, taken.cleaned.nothing, Sentiment(UNSURE, 0.0, 0.0))
        felt = [self._felt(part) for part in taken.parts]
        lengths = [max(len(part.words), 1) ** 0.5 for part in taken.parts]
        overall = feeling.together(list(zip(felt, lengths, strict=True)))
        found = self._themes(taken, felt)
        fixed = self.taught.fixed(comment) if self.taught is not None else {}
        mentions = self._mentions(taken, felt, lengths, found, fixed)
        sure = [mention for mention in mentions if mention.sure >= self.threshold]
        if not sure:
            sure = self._general_one(taken, overall, fixed)
        return Reading(
            language=taken.language,
            language_sure=round(taken.sure, 4),
            nothing="",
            sentiment=overall,
            mentions=tuple(sorted(sure, key=lambda mention: -mention.salience)),
            doubtful=tuple(mention for mention in mentions if DOUBTFUL <= mention.sure < self.threshold),
            clauses=tuple(
                Clause(_span(taken.cleaned, part.start, part.end), part.language, each)
                for part, each in zip(taken.parts, felt, strict=True)
            ),
        )

    def _felt(self, part: Part) -> Sentiment:
        understood = part.language in _understood()
        warmth, some = (part.warmth, part.some) if understood else (None, None)
        value = feeling.valence(part.felt, warmth)
        known = feeling.readable(part.language) or warmth is not None
        return feeling.sentiment(value, felt=part.felt, known=known, some=some)

    def _themes(self, taken: Comment, felt: list[Sentiment]) -> dict[int, list[tuple[int, float]]]:
        """Theme number → (clause number, chance) where the chance is worth keeping. A child silences its parent."""
        found: dict[int, list[tuple[int, float]]] = {}
        for number, part in enumerate(taken.parts):
            if part.meaning is None and not part.said:
                continue
            for theme, chance in self._chances(part):
                found.setdefault(theme, []).append((number, chance))
        for theme, places in list(found.items()):
            parent = self._parents[theme]
            if parent in found and max(chance for _, chance in places) >= self.threshold:
                inside = {number for number, chance in places if chance >= self.threshold}
                found[parent] = [(number, chance) for number, chance in found[parent] if number not in inside]
                if not found[parent]:
                    del found[parent]
        for slug in self._general.values():
            found.pop(self._slugs.index(slug), None)
        return found

    def _mentions(
        self,
        taken: Comment,
        felt: list[Sentiment],
        lengths: list[float],
        found: dict[int, list[tuple[int, float]]],
        fixed: dict[str, bool],
    ) -> list[Mention]:
        for slug, holds in fixed.items():
            if slug in self._slugs:
                theme = self._slugs.index(slug)
                if not holds:
                    found.pop(theme, None)
                elif taken.parts:
                    found[theme] = [max(found.get(theme, [(0, 1.0)]), key=lambda place: place[1])]
        weight = {theme: sum(lengths[number] * chance for number, chance in places) for theme, places in found.items()}
        whole = max(sum(weight.values()), float(sum(lengths)))
        made = []
        for theme, places in found.items():
            best, chance = max(places, key=lambda place: place[1])
            part = taken.parts[best]
            corrected = fixed.get(self._slugs[theme], False)
            told = [
                (felt[number], lengths[number] * sure) for number, sure in places if sure >= min(self.threshold, chance)
            ]
            made.append(
                Mention(
                    theme=self._slugs[theme],
                    sentiment=feeling.together(told),
                    sure=1.0 if corrected else round(chance, 4),
                    salience=round(weight[theme] / whole, 4),
                    span=_evidence(taken.cleaned, part, theme),
                    reasons=(Reason("correction", "a person said so"),) if corrected else self._reasons(part, theme),
                )
            )
        return made

    def _reasons(self, part: Part, theme: int) -> tuple[Reason, ...]:
        said = tuple(
            Reason("words", part.text[part.places[hit.first][0] : part.places[hit.last][1]])
            for hit in part.said.get(theme, ())
        )
        if said or part.vector is None or self._trained is None:
            return tuple(dict.fromkeys(said))
        return self._trained.nearest(part.vector, theme)

    def _general_one(self, taken: Comment, overall: Sentiment, fixed: dict[str, bool]) -> list[Mention]:
        slug = self._general.get(overall.label, "")
        if not slug or overall.sure < self.threshold or fixed.get(slug) is False or not taken.parts:
            return []
        span = _span(taken.cleaned, taken.parts[0].start, taken.parts[-1].end)
        said = overall.reasons[0].text if overall.reasons else overall.label
        return [Mention(slug, overall, overall.sure, 1.0, span, (Reason("general", said),))]


def read_comments(
    comments: Sequence[str], *, taxonomy: Taxonomy, mode: str = "full", threshold: float = THRESHOLD, expected: str = ""
) -> list[Reading]:
    """What do these comments say? One reading per comment, in order; see Reader."""
    return Reader(taxonomy=taxonomy, mode=mode, threshold=threshold).read(comments, expected=expected)


def _further(hits: list[Hit[Any]]) -> int:
    """How many more seeds were said than one; more than two more say nothing further."""
    return 0 if len(hits) == 1 else min(len({hit.first for hit in hits}) - 1, 2)


def _understood() -> frozenset[str]:
    from nineplus.text.vectors import LANGUAGES as ENCODED

    return ENCODED


def _span(cleaned: Cleaned, start: int, end: int) -> Span:
    return Span(*cleaned.at(start, end))


def _evidence(cleaned: Cleaned, part: Part, theme: int) -> Span:
    """The words that speak of the theme, or the whole clause when its meaning does."""
    hits = part.said.get(theme)
    if not hits:
        return _span(cleaned, part.start, part.end)
    first = min(part.places[hit.first][0] for hit in hits)
    last = max(part.places[hit.last][1] for hit in hits)
    return _span(cleaned, part.start + first, part.start + last)


__all__ = ["DOUBTFUL", "MODES", "NEGATIVE", "POSITIVE", "THRESHOLD", "Reader", "read_comments"]
