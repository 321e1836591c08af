"""What was read out of a comment: themes with the words they rest on, feeling, and how sure we are. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass

EDITION = 3
"""Rises when the same comment would be read otherwise than by an older nineplus: people are asked to read anew."""
POSITIVE, NEGATIVE, NEUTRAL, MIXED, UNSURE = "positive", "negative", "neutral", "mixed", "unsure"
SENTIMENTS = (POSITIVE, NEGATIVE, NEUTRAL, MIXED)


@dataclass(frozen=True, slots=True)
class Span:
    """From the character `start` up to but not with `end`, counted in the comment as the customer wrote it."""

    start: int
    end: int

    def of(self, comment: str) -> str:
        return comment[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a label was given. `kind` is words (what was said), like (a sentence that means much the same),
    correction (a person said so) or general (a feeling, and nothing in particular named)."""

    kind: str
    text: str
    likeness: float = 0.0  # cosine, with kind like

    def __str__(self) -> str:
        words = {"words": "says", "like": "means much as", "correction": "corrected:", "general": "names nothing:"}
        return f"{words[self.kind]} “{self.text}”"


@dataclass(frozen=True, slots=True)
class Sentiment:
    """A feeling: label, score from -1 (bad) to +1 (good), the chance that the label is right (0 to 1), and why."""

    label: str
    score: float
    sure: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """One theme in one comment. `span` is the evidence; `salience` is its share (0 to 1) of what the comment says."""

    theme: str
    sentiment: Sentiment
    sure: float
    salience: float
    span: Span
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a comment that says one thing."""

    span: Span
    language: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Reading:
    """One comment, read. `nothing` says why there was nothing to read (empty when there was something);
    `doubtful` are themes below the threshold, for a person to look at: they count nowhere."""

    language: str  # ISO 639-1, empty when not known
    language_sure: float
    nothing: str
    sentiment: Sentiment
    mentions: tuple[Mention, ...] = ()
    doubtful: tuple[Mention, ...] = ()
    clauses: tuple[Clause, ...] = ()

    @property
    def themes(self) -> tuple[str, ...]:
        return tuple(mention.theme for mention in self.mentions)


def contradicts(reading: Reading, *, score: int) -> bool:
    """Do score (0 to 10) and words point opposite ways? Only said when the words leave little doubt."""
    feeling = reading.sentiment
    if feeling.sure < 0.75:
        return False
    return (score >= 9 and feeling.label == NEGATIVE) or (score <= 4 and feeling.label == POSITIVE)
