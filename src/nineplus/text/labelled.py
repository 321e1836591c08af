"""Labels as people's files have them: sentiments by many names, lists in many forms, themes under other names."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nineplus.text.evaluation import Labelled
from nineplus.text.reading import MIXED, NEGATIVE, NEUTRAL, POSITIVE, UNSURE, Sentiment

_NAMED = {
    POSITIVE: ("positive", "pos", "+", "1", "+1", "good", "p", "liked", "promoter"),
    NEGATIVE: ("negative", "neg", "-", "-1", "bad", "n", "disliked", "detractor"),
    NEUTRAL: ("neutral", "neu", "neut", "0", "none", "passive"),
    MIXED: ("mixed", "mix", "conflict", "both", "ambivalent"),
}
_SENTIMENTS = {name: sentiment for sentiment, names in _NAMED.items() for name in names}
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def sentiment_named(text: str) -> str | None:
    """The sentiment by any of its usual names; None where nothing (or nothing known) is said."""
    said = text.strip().casefold()
    return _SENTIMENTS.get(said, _SENTIMENTS.get(said.removesuffix(".0")))


def labels_in(text: str) -> frozenset[str]:
    """The labels of one cell: parted by ; (else by | or lines), or a list in brackets as programs write it."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            parts = [str(each) for each in json.loads(text)]
        except ValueError:
            parts = [a or b for a, b in _QUOTED.findall(text)]
    else:
        parts = re.split(r";" if ";" in text else r"[|\n]", text)
    return frozenset(" ".join(part.split()) for part in parts if part.strip())


def spelled_alike(truth: Sequence[Labelled], names: Mapping[str, str]) -> tuple[list[Labelled], dict[str, str]]:
    """Labels that differ in case and blanks only are the same: the first spelling in the file holds, in the map too."""
    known: dict[str, str] = {}
    for each in truth:
        for label in sorted(each.themes | each.extra):
            known.setdefault(label.casefold(), label)

    def alike(labels: Iterable[str]) -> frozenset[str]:
        return frozenset(known.get(label.casefold(), label) for label in labels)

    return (
        [replace(each, themes=alike(each.themes), extra=alike(each.extra)) for each in truth],
        {slug: ";".join(sorted(alike(labels_in(label)))) for slug, label in names.items()},
    )


def theme_map(data: object, *, slugs: Collection[str]) -> dict[str, str]:
    """Our themes (slugs) to the labels of a file, parted by ;.

    `data` is a mapping of ours to theirs (one, a list, or nothing), of theirs to ours, or rows of two names each.
    Raises ValueError when no theme of ours is in it.
    """
    pairs = [(str(a).strip(), b.strip()) for a, b in _pairs(data)]
    ours = sum(a in slugs for a, _ in pairs)
    if sum(b in slugs for _, b in pairs) > ours:
        pairs = [(b, a) for a, b in pairs]
    elif not ours:
        raise ValueError("The map names none of our themes.")
    found: dict[str, list[str]] = {}
    for slug, label in pairs:
        found.setdefault(slug, []).extend([label] if label else [])
    return {slug: ";".join(dict.fromkeys(labels)) for slug, labels in found.items()}


def _pairs(data: Any) -> Iterable[tuple[str, str]]:
    if isinstance(data, Mapping):
        nested = data.get("themes")
        data = nested if isinstance(nested, Mapping | list) else data
    rows = data.items() if isinstance(data, Mapping) else [row for row in data if len(row) == 2]
    for key, value in rows:
        values = value if isinstance(value, list) else [*labels_in(str(value or ""))]
        yield from ((str(key), str(each)) for each in values or [""])


def in_words_of(feeling: Sentiment, *, used: Collection[str]) -> str:
    """The sentiment in a file that has only these `used`: where it knows no mixed (or no neutral) feeling, the side to
    which the comment leans."""
    if feeling.label in used or feeling.label == UNSURE or len(used) < 2 or not feeling.score:
        return feeling.label
    if feeling.label == MIXED and NEUTRAL in used and abs(feeling.score) < 0.1:
        return NEUTRAL
    return POSITIVE if feeling.score > 0 else NEGATIVE
