"""A comment cut into parts that say one thing each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from nineplus.text.words import LANGUAGES, words_of

_SENTENCE = re.compile(r"(?<=[.!?…;])[)\"'”»]*\s+(?=\S)|[\n\r]+|(?<=[。！？；])|\s[-–—•*]\s|\s\|\s")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|mr|mrs|ms|dr|no|vs|approx|z\.b|bzw|ca|nr|p\. ?ex|sr|sra|inc|ltd|st)\.$", re.I
)
_FEWEST_WORDS = 1  # a cut leaves at least these on either side
_MOST = 400  # clauses of one comment that are read
_LONGEST = 600  # characters of a sentence that are read as one


@cache
def _turns(language: str) -> re.Pattern[str] | None:
    """Where a sentence turns to something else: `but`, `, and the`."""
    words = words_of(language)
    phrases = sorted({*words.contrast, *words.joins}, key=len, reverse=True)
    if not phrases:
        return None
    either = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)
    return re.compile(rf"[,\s]\s*(?=(?:{either})\b)", re.I)


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as (start, end), without blanks at their ends."""
    cuts = [0]
    for found in _SENTENCE.finditer(text):
        blank = found.group() and not found.group().strip()
        if blank and _ABBREVIATION.search(text[max(cuts[-1], found.start() - 8) : found.start()]):
            continue
        cuts.append(found.end())
    cuts.append(len(text))
    made = [place for start, end in pairwise(cuts) if (place := _trimmed(text, start, end))]
    return [short for start, end in made for short in _shortened(text, start, end)][:_MOST]


def clauses(text: str, *, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """The clauses of the sentence text[start:end], cut before words that turn it (`but`, `and the`)."""
    turns = _turns(language if language in LANGUAGES else "")
    if turns is None or end - start < 15:
        return [(start, end)]
    made = []
    for found in turns.finditer(text, start, end):
        if _enough(text[start : found.start()]) and _enough(text[found.end() : end]):
            made.append((start, found.start()))
            start = found.end()
    made.append((start, end))
    return [place for first, last in made if (place := _trimmed(text, first, last))]


def _shortened(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence without end in pieces: what is read of it at a time stays short."""
    while end - start > _LONGEST:
        cut = text.rfind(" ", start + 1, start + _LONGEST)
        cut = cut if cut > start else start + _LONGEST
        if place := _trimmed(text, start, cut):
            yield place
        start = cut
    if place := _trimmed(text, start, end):
        yield place


def _enough(part: str) -> bool:
    return len(part.split()) >= _FEWEST_WORDS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
