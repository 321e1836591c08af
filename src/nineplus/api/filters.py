"""The filter in an address: the same spelling as on pages and at the command line."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from nineplus.model import Filter
from nineplus.stages.errors import NotPossible


def _many(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "array", "items": {"type": "string"}}
    return {"name": name, "in": "query", "description": description, "explode": True, "schema": schema}


FILTER: list[dict[str, Any]] = [
    {"name": "from", "in": "query", "description": "First day.", "schema": {"type": "string", "format": "date"}},
    {
        "name": "to",
        "in": "query",
        "description": "Day after the last one.",
        "schema": {"type": "string", "format": "date"},
    },
    _many("survey", "Names of surveys."),
    _many("touchpoint", "Touchpoints."),
    _many("a.region", "Values of an attribute: `a.` and its slug."),
]
_OURS = ("from", "to", "survey", "touchpoint")


def filter_of(request: HttpRequest) -> Filter:
    """Raises BadFilter for what cannot be read, NotPossible for characters no text has."""
    if any("\x00" in value for _, values in request.GET.lists() for value in values):
        raise NotPossible("A text may not contain the character NUL.")
    return Filter.from_query(dict(request.GET.lists()))


def nothing_else(request: HttpRequest, *known: str) -> None:
    """A parameter that nobody reads is a mistake: it would answer another question than was asked.

    Raises NotPossible, naming it.
    """
    for name in request.GET:
        if name not in known and not (name in _OURS or name.startswith("a.")):
            raise NotPossible(f"There is no parameter {name!r}. There are: {', '.join((*known, *_OURS))} and a.SLUG.")


def others(request: HttpRequest) -> dict[str, str]:
    """What the address says besides the filter."""
    return {name: value for name, value in request.GET.items() if name not in _OURS and not name.startswith("a.")}
