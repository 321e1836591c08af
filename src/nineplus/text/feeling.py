"""How does the customer feel? By words with what turns them, by meaning, and what both make together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nineplus.text.reading import MIXED, NEGATIVE, NEUTRAL, POSITIVE, UNSURE, Reason, Sentiment
from nineplus.text.tokens import Hit, longest
from nineplus.text.words import LANGUAGES, words_of

_REACH = 3  # words before a feeling in which `not` turns it
_AFTER = frozenset({"de", "nl"})  # where `not` may follow: gefällt mir nicht
_TURNED_GOOD, _TURNED_BAD = -0.8, -0.6  # not good is bad; not bad is somewhat good
_MUCH, _LITTLE = 1.4, 0.6
# Chance of good against bad: logistic in the words (tanh of their weights) and in the score of meaning. Fitted on the
# labelled development parts of benchmarks/themes.py, see docs/decisions/0019.
_BY_WORDS, _BY_MEANING, _CONSTANT = 2.8, 3.0, 0.0
_BY_TURNED, _BESIDE_TURNED = 2.6, 2.0  # where a word is turned, as in not bad or no complaints
_ALONE, _ALONE_CONSTANT = 3.2, 0.0  # of the score of meaning where no word of feeling is known
# Chance of no feeling at all: by the strength of the words, whether there are any, the strength of the valence where
# there are none, the score of feeling at all, and a constant.
_PLAIN = (-1.4, -1.2, -1.0, -4.6, 1.1)
_MIXED = 0.45  # the weaker side of a mixed feeling, as a part of the stronger
_GUESSED = 0.5  # what a clause without a word of feeling weighs beside those that have one
_FROM = 0.3  # how far from nothing a valence must be to be a feeling


@dataclass(frozen=True, slots=True)
class Felt:
    """The feeling of one clause by its words: sum of weights, how many there were, and which."""

    weight: float
    count: int
    phrases: tuple[str, ...]
    turned: bool = False  # some of them by a word like not, which vectors hardly hear


NOTHING_FELT = Felt(0.0, 0, ())


def by_words(words: Sequence[str], *, language: str, found: Iterable[Hit[float]] | None = None) -> Felt:
    """Feeling of folded words. `found` are the phrases of feeling in them when they were looked for already."""
    hits = longest(words_of(language).feelings.found(words) if found is None else found)
    if not hits:
        return NOTHING_FELT
    known = words_of(language)
    weights = [_turned(hit, hits, words, language) for hit in hits]
    if len(hits) > 1 and weights[0] > 0 and _sarcastic(hits, words, language):
        weights[0] = -weights[0]
    phrases = tuple(" ".join(words[hit.first : hit.last + 1]) for hit in hits)
    turned = any(
        hit.value * weight < 0 or words[hit.first] in known.negators for hit, weight in zip(hits, weights, strict=True)
    )
    return Felt(sum(weights), len(hits), phrases, turned)


def _turned(hit: Hit[float], hits: Sequence[Hit[float]], words: Sequence[str], language: str) -> float:
    """The weight of a hit with what stands before it (and, in German and Dutch, after it)."""
    known = words_of(language)
    weight = hit.value
    begins = max((other.last + 1 for other in hits if other.last < hit.first), default=0)
    before = words[max(hit.first - _REACH, begins) : hit.first]
    negated = sum(word in known.negators for word in before) % 2 == 1
    if not negated and language in _AFTER and hit.value > 0:
        following = min((other.first for other in hits if other.first > hit.last), default=len(words))
        negated = any(word in known.negators for word in words[hit.last + 1 : min(hit.last + 1 + _REACH, following)])
    if before:
        if before[-1] in known.stronger:
            weight *= _MUCH
        elif before[-1] in known.weaker:
            weight *= _LITTLE
    if negated:
        weight *= _TURNED_GOOD if weight > 0 else _TURNED_BAD
    return weight


def _sarcastic(hits: Sequence[Hit[float]], words: Sequence[str], language: str) -> bool:
    """`Great, another outage`: praise that opens, then something bad happening again."""
    known = words_of(language)
    opening = hits[0]
    return (
        opening.first <= 1
        and " ".join(words[opening.first : opening.last + 1]) in known.sarcasm
        and any(hit.value < 0 for hit in hits[1:])
        and any(opening.last < hit.first <= opening.last + 6 for hit in known.again.found(words))
    )


def valence(felt: Felt, meaning: float | None) -> float:
    """From -1 to +1, of words and (when there is one) the score of the meaning, which is itself about -1 to +1.

    The chance that the feeling is good, moved to that scale.
    """
    if meaning is None:
        logit = _BY_WORDS * math.tanh(felt.weight)
    elif felt.turned:
        logit = _BY_TURNED * math.tanh(felt.weight) + _BESIDE_TURNED * meaning
    elif felt.count:
        logit = _BY_WORDS * math.tanh(felt.weight) + _BY_MEANING * meaning + _CONSTANT
    else:
        logit = _ALONE * meaning + _ALONE_CONSTANT
    return math.tanh(logit / 2)


def sentiment(value: float, *, felt: Felt, known: bool, some: float | None = None) -> Sentiment:
    """The label of one clause. `known` says whether we can read its language at all; `some` is the score of there being
    a feeling at all (about -1 to +1) where the meaning is known."""
    if not known and not felt.count:
        return Sentiment(UNSURE, 0.0, 0.0)
    reasons = (Reason("words", ", ".join(felt.phrases)),) if felt.phrases else ()
    if some is None:
        plain = 1 - abs(value) if abs(value) < _FROM else 0.0
    else:
        strength = abs(math.tanh(felt.weight))
        features = (strength, float(felt.count > 0), abs(value) if not felt.count else 0.0, some, 1.0)
        plain = 1 / (1 + math.exp(-sum(weight * each for weight, each in zip(_PLAIN, features, strict=True))))
    if plain > 0.5:
        return Sentiment(NEUTRAL, round(value, 4), round(plain, 4), reasons)
    label = POSITIVE if value > 0 else NEGATIVE
    return Sentiment(label, round(value, 4), round((1 + abs(value)) / 2 * (1 - plain / 2), 4), reasons)


def together(parts: Sequence[tuple[Sentiment, float]]) -> Sentiment:
    """The feeling of several clauses with their weights (lengths): mixed when good and bad both count."""
    known = [(part, weight * (1 if part.reasons else _GUESSED)) for part, weight in parts if part.label != UNSURE]
    if not known:
        return Sentiment(UNSURE, 0.0, 0.0)
    good = sum(weight * part.score for part, weight in known if part.label == POSITIVE)
    bad = -sum(weight * part.score for part, weight in known if part.label == NEGATIVE)
    felt = sum(weight for part, weight in known if part.label in (POSITIVE, NEGATIVE))
    reasons = tuple(dict.fromkeys(reason for part, _ in known for reason in part.reasons))[:4]
    if not felt:
        surest = max((part for part, _ in known), key=lambda part: part.sure)
        return Sentiment(NEUTRAL, 0.0, surest.sure, reasons)
    score = (good - bad) / felt
    if good and bad and min(good, bad) > _MIXED * max(good, bad):
        return Sentiment(MIXED, round(score, 4), round(min(good, bad) / max(good, bad) * 0.5 + 0.4, 4), reasons)
    label = POSITIVE if score > 0 else NEGATIVE
    same = [(part.sure, weight) for part, weight in known if part.label == label]
    sure = sum(s * w for s, w in same) / sum(w for _, w in same) if same else 0.5
    return Sentiment(label, round(score, 4), round(sure, 4), reasons)


def readable(language: str) -> bool:
    """Do we have words of feeling for this language?"""
    return language in LANGUAGES
