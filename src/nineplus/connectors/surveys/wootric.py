"""Wootric (InMoment). Its CSV has no public sample: the names are those of its API's answers, times in seconds."""

from __future__ import annotations

from nineplus.connectors.files.vendors import Candidate, Claim, Reading, Sheet
from nineplus.connectors.surveys._columns import PERSONAL, by_names, comment_after, left_out, no_answers, own_ids
from nineplus.plugs import Preset

_FIELDS = {
    "response": ("id", "response id"),
    "score": ("score", "nps score", "nps"),
    "comment": ("text", "feedback", "comment"),
    "answered_at": ("created at", "created", "date", "response date"),
    "contact": ("end user external id", "external id"),
    "email": ("end user email", "email"),
    "contact_name": ("end user name", "name"),
    "attributes": ("end user properties", "properties"),
    "excluded": ("excluded from calculations",),
    "language": ("language", "survey language", "end user language"),
    "channel": ("channel", "survey channel"),
    "tags": ("tags",),
    "note": ("notes", "note"),
}
_LEFT_OUT = {
    "ip address": PERSONAL,
    "end user phone number": "numbers are not imported",
    "end user id": "what the tool counted its people by",
    "user id": "what the tool counted its people by",
    "updated at": "when it was last changed there",
    "completed": "whether the survey was finished",
}


def claims(sheet: Sheet) -> Claim:
    names = sheet.names.keys()
    scored = "score" in names or "nps score" in names
    if "excluded from calculations" in names and scored:
        return Claim(0.9, "excluded_from_calculations")
    if scored and "origin url" in names and any(name.startswith("end user") for name in names):
        return Claim(0.8, "origin_url and end_user")
    if scored and sum(name.startswith("end user") for name in names) >= 2:
        return Claim(0.6, "columns of end_user")
    return Claim()


def read(sheet: Sheet) -> Reading:
    columns = by_names(sheet, _FIELDS)
    for column in [c for c, one in columns.items() if one.field == "attributes"]:
        profile = sheet.profiles[column]
        if profile.share(profile.json) < 0.9:
            del columns[column]
    score = next((column for column, one in columns.items() if one.field == "score"), None)
    scores = (Candidate({score: columns.pop(score)}, score, 8, comment_after(sheet, score, columns)),) if score else ()
    columns = own_ids(columns, "wootric", "response")
    kind = sheet.first("metric type", "survey type", "response type")
    rules = no_answers("other_question", kind, ("nps",), only=True) if _says_nps(sheet, kind) else ()
    return Reading(columns | left_out(sheet, _LEFT_OUT, but=columns), scores, rules)


def _says_nps(sheet: Sheet, column: str | None) -> bool:
    return column is not None and any(value.casefold() == "nps" for value in sheet.profiles[column].counts)


PRESET = Preset("wootric", "Wootric (InMoment)", claims, read)
