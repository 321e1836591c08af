"""How well a column suits a field: by its name in several languages, and by the shape of its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from nineplus.connectors.files import reaching, words
from nineplus.connectors.files.fields import Field, normalised
from nineplus.connectors.files.profile import Profile

_FORBID_SCORE = ("csat", "ces", "effort", "satisfaction", "age", "id", "date", "time", "count", "zufriedenheit")
_EXACT = ("survey", "touchpoint", "language", "channel", "reason", "country", "time_zone", "consent")
"""Fields whose name inside a longer one says something else: a survey sub-type is no survey."""

_NUMBER = re.compile(r"[+(]?[\d ()./-]{5,}")
_CODES: Mapping[str, Callable[[str], object]] = {
    "phone": _NUMBER.fullmatch,
    "language": reaching.language,
    "zone": reaching.zone,
    "country": reaching.country,
}
"""Shapes of which every value can be told by itself."""


def name_points(field: Field, column: str, label: str) -> float:
    """100 for the surest name, less for later ones and for names that only contain one."""
    name = normalised(column)
    words_in = name.split()
    best = 0.0
    for position, known in enumerate(field.names):
        rank = position / (len(field.names) + 1)
        if name == known:
            best = max(best, 100 - 30 * rank)
        elif (
            field.name not in _EXACT
            and len(known) > 2
            and len(words_in) > 1
            and _contains(words_in, known.split(), at_end=field.shape in ("id", "text"))
        ):
            best = max(best, 60 - 20 * rank - 2 * len(words_in))
    told = f"{name} {normalised(label)}"
    if field.shape == "score" and any(
        stem in told for stem in ("recommend", "empfehl", "raccomand", "aanbevel", "recomend")
    ):
        best = max(best, 75.0)
    if (
        field.shape == "comment"
        and best == 0
        and len(told.split()) > 3
        and any(
            stem in told
            for stem in (
                "why",
                "reason",
                "improve",
                "tell us",
                "warum",
                "pourquoi",
                "por que",
                "perche",
                "waarom",
                "comment",
            )
        )
    ):
        best = 40.0
    if field.shape == "score" and any(word in words_in for word in _FORBID_SCORE):
        best = min(best, 10.0)
    return best


def _contains(words_in: list[str], known: list[str], *, at_end: bool) -> bool:
    """Does the name hold this shorter one? An id or a text must end with it: a `customer type` is no customer."""
    if at_end:
        return words_in[-len(known) :] == known
    return any(words_in[i : i + len(known)] == known for i in range(len(words_in) - len(known) + 1))


def fit(field: Field, found: Profile, kind: str) -> float:
    """How well the values suit the field: 0 never, 1 well. An empty column suits anything a little."""
    if not found.values:
        return 0.3
    shape = field.shape
    if shape == "score":
        if found.share(found.groups) > 0.8:
            return 0.36
        return 1.0 if found.share(found.scores) >= 0.6 else 0.0 if found.many or found.length > 30 else 0.5
    if shape == "group":
        return 1.3 if found.share(found.groups) > 0.8 else 0.0
    if shape == "instant":
        order, _ = found.dates.order()
        return 1.0 if found.dates.share > 0.6 or order in ("unix_s", "unix_ms", "excel") else 0.0
    if shape == "comment":
        if found.share(found.numbers) > 0.5 or found.dates.share > 0.5 or found.share(found.groups) > 0.5:
            return 0.0
        wordy = found.spaced > found.looked / 4 or found.length > 15
        return 1.1 if wordy else 0.6
    if shape == "email":
        return 1.0 if found.share(found.emails) > 0.6 else 0.2
    if shape == "id":
        if found.share(found.emails) > 0.6:
            return 0.5 if field.name == "contact" else 0.0
        return 0.0 if found.dates.share > 0.8 and found.share(found.numbers) < 0.5 else 1.0
    if shape in ("money", "minor", "duration"):
        return 1.0 if found.share(found.numbers) > 0.8 else 0.0
    if shape == "count":
        return 1.0 if found.share(found.numbers) > 0.8 and found.highest < 1_000 else 0.0
    if shape == "flag":
        known = sum(times for value, times in found.counts.items() if value.casefold() in words.YES | words.NO)
        return 1.0 if not found.many and known > 0.8 * found.values else 0.0
    if shape in _CODES:
        known = sum(times for value, times in found.counts.items() if _CODES[shape](value.strip()))
        return 1.0 if known > 0.8 * sum(found.counts.values()) else 0.0
    if shape == "currency":
        codes = sum(times for value, times in found.counts.items() if len(value) == 3)
        return 1.0 if not found.many and codes > found.values / 2 else 0.0
    if shape == "json":
        return 1.0 if found.share(found.json) > 0.5 else 0.0
    if shape in words.CHOICES:
        choices = words.CHOICES[shape]
        known = sum(times for value, times in found.counts.items() if words.meaning(value, choices))
        return 1.0 if not found.many and known > 0.5 * found.values else 0.0
    return 1.0 if found.length < 200 else 0.3
