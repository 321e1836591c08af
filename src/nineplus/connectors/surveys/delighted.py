"""Delighted. It ended in June 2026 and never published the columns of its exports; no sample is public.

The names here are those of its API's answers, in the ways an export may spell them.
"""

from __future__ import annotations

from nineplus.connectors.files.fields import IGNORE
from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Candidate, Claim, Reading, Sheet
from nineplus.connectors.surveys._columns import by_names, comment_after, left_out, no_answers, own_ids
from nineplus.plugs import Preset

_ANSWERS = {
    "response": ("response id", "survey response id"),
    "contact": ("person id",),
    "contact_name": ("person name", "name", "full name"),
    "email": ("person email", "email", "email address"),
    "comment": ("comment", "response comment"),
    "answered_at": ("created at", "response created at", "responded at", "survey responded at"),
    "channel": ("delighted source", "source"),
    "language": ("locale", "language", "response language"),
    "tags": ("tags",),
    "note": ("notes", "note"),
}
_PEOPLE = {
    "contact": ("person id", "id"),
    "name": ("person name", "name", "full name"),
    "email": ("person email", "email", "email address"),
    "created_at": ("created at", "person created at"),
    "phone": ("phone number", "person phone number"),
    "language": ("locale", "language"),
}
_LEFT_OUT = {
    "permalink": "it leads to a service that is no more",
    "updated at": "when it was last changed there",
    "response updated at": "when it was last changed there",
    "survey type": "the kind of survey: rows of other kinds than NPS are left out",
    "phone number": "numbers are not imported",
    "person phone number": "numbers are not imported",
    "last sent at": "it changes with every survey",
    "last responded at": "it changes with every survey",
    "next survey scheduled at": "it changes with every survey",
}
_TELLING = frozenset(("person id", "response id", "survey type", "permalink", "person email", "person name"))


def claims(sheet: Sheet) -> Claim:
    names = sheet.names.keys()
    if any(name.startswith("delighted ") for name in names) and ("score" in names or names & _TELLING):
        return Claim(0.9, "columns named after it")
    if {"last sent at", "last responded at"} <= names:
        return Claim(0.7, "its columns of people")
    if len(names & _TELLING) >= 3 and ("score" in names or "response score" in names):
        return Claim(0.7, "its columns of persons and responses")
    return Claim()


def read(sheet: Sheet) -> Reading:
    score = sheet.first("score", "response score")
    if score is None:
        people = own_ids(by_names(sheet, _PEOPLE), "delighted", "contact")
        return Reading(people | left_out(sheet, _LEFT_OUT, but=people), kind="contacts")
    columns = by_names(sheet, _ANSWERS)
    if "id" in sheet.names and not any(one.field == "response" for one in columns.values()):
        columns[sheet.names["id"]] = Meaning("response")
    columns = own_ids(columns, "delighted", "response", "contact")
    columns |= left_out(sheet, _LEFT_OUT, but=columns)
    group = sheet.first("nps category", "score category", "category")
    if group and sheet.profiles[group].share(sheet.profiles[group].groups) > 0.8:
        columns[group] = Meaning(IGNORE, why="the group follows from the score")
    asked = Candidate({score: Meaning("score")}, score, 8, comment_after(sheet, score, columns))
    others = no_answers("other_question", sheet.first("survey type"), ("nps",), only=True)
    return Reading(columns, (asked,), others)


PRESET = Preset("delighted", "Delighted", claims, read)
