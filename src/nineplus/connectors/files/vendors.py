"""Exports of known survey tools: which columns mean what, told by their header.

Delighted never published the columns of its exports, and no sample is public. The names here are those of its API's
answers, in the ways an export may spell them; whatever else a file has goes the usual way.
"""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.connectors.files.fields import IGNORE, normalised
from nineplus.connectors.files.mapping import Mapping, Meaning

DELIGHTED = "Delighted"
TAGS, NOTES = "its words become the answer's tags", "its text becomes a note beside the answer"
"""Why these two are no fields: they are kept beside the answer (stages/connect/beside.py)."""

_ANSWERS = {
    "response": ("response id", "survey response id"),
    "contact": ("person id",),
    "contact_name": ("person name", "name", "full name"),
    "email": ("person email", "email", "email address"),
    "score": ("score", "response score"),
    "comment": ("comment", "response comment"),
    "answered_at": ("created at", "response created at", "responded at", "survey responded at"),
    "channel": ("delighted source", "source"),
    "language": ("locale", "language", "response language"),
}
_PEOPLE = {
    "contact": ("person id", "id"),
    "name": ("person name", "name", "full name"),
    "email": ("person email", "email", "email address"),
    "created_at": ("created at", "person created at"),
}
_LEFT_OUT = {
    "tags": TAGS,
    "notes": NOTES,
    "permalink": "it leads to a service that is no more",
    "updated at": "when it was last changed there",
    "response updated at": "when it was last changed there",
    "survey type": "the kind of survey, the same for all",
    "phone number": "numbers are not imported",
    "person phone number": "numbers are not imported",
    "last sent at": "it changes with every survey",
    "last responded at": "it changes with every survey",
    "next survey scheduled at": "it changes with every survey",
}
_TELLING = frozenset(("person id", "response id", "survey type", "permalink", "person email", "person name"))


def vendor_of(columns: Sequence[str]) -> str:
    """Whose export this is by its header; empty when nobody's that is known."""
    names = {normalised(name) for name in columns}
    by_property = any(name.startswith("delighted ") for name in names)
    known = len(names & _TELLING)
    people = {"last sent at", "last responded at"} <= names
    return DELIGHTED if known >= 3 or (by_property and (known or "score" in names)) or people else ""


def preset(columns: Sequence[str], *, kind: str | None = None, timezone: str = "UTC") -> Mapping | None:
    """What the columns of a known export mean, as far as that is known; None for other files and other kinds."""
    if not vendor_of(columns):
        return None
    names = {normalised(name): name for name in reversed(columns)}
    of = "responses" if "score" in names or "response score" in names else "contacts"
    if kind not in (None, of):
        return None
    found: dict[str, Meaning] = {}
    for field, spellings in (_ANSWERS if of == "responses" else _PEOPLE).items():
        spelling = next((one for one in spellings if one in names), None)
        if spelling is not None:
            found[names[spelling]] = Meaning(field)
    if of == "responses" and "id" in names and not any(one.field == "response" for one in found.values()):
        found[names["id"]] = Meaning("response")
    for spelling, why in _LEFT_OUT.items():
        if spelling in names and names[spelling] not in found:
            found[names[spelling]] = Meaning(IGNORE, why=why)
    return Mapping(of, found, timezone=timezone)
