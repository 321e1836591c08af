"""Rules to begin with, as documents without a name: the usual ways to look after the three groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _group(name: str) -> dict[str, Any]:
    return {"field": "group", "is": "is", "value": name}


_ONCE = {"per": "contact", "times": 1, "days": 30}
STARTERS: Mapping[str, Mapping[str, Any]] = {
    "A case for every unhappy customer": {
        "when": "response.scored",
        "if": {"all": [_group("detractor")]},
        "then": [{"do": "open_case", "with": {"reason": "detractor"}}],
    },
    "A large customer is unhappy": {
        "when": "response.scored",
        "if": {"all": [_group("detractor"), {"field": "monthly", "is": "at_least", "value": 1000}]},
        "then": [
            {"do": "open_case", "with": {"reason": "detractor", "priority": "urgent"}},
            {"do": "alert", "with": {"text": "A large customer is unhappy"}},
        ],
    },
    "Ask passives what would make it a 9": {
        "when": "response.scored",
        "if": {"all": [_group("passive"), {"field": "contact", "is": "is", "value": True}]},
        "then": [{"wait": 24}, {"do": "nudge"}],
        "limits": {**_ONCE, "days": 90},
    },
    "Promoters join a programme": {
        "when": "response.scored",
        "if": {"all": [_group("promoter"), {"field": "contact", "is": "is", "value": True}]},
        "then": [{"wait": 7 * 24}, {"do": "programme"}],
        "limits": {**_ONCE, "days": 180},
    },
    "Who fell by three points or more": {
        "when": "response.scored",
        "if": {"all": [{"field": "change", "is": "at_most", "value": -3}]},
        "then": [{"do": "tag_answer", "with": {"tag": "fell"}}],
    },
}
