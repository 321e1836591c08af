"""Qualtrics: three header rows. Row 3 says what each column is whatever the language of the others: that is the key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from zoneinfo import available_timezones

from nineplus.connectors.files.fields import IGNORE
from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Claim, Heading, Reading, Sheet
from nineplus.connectors.surveys._columns import GROUP_FOLLOWS, PERSONAL, no_answers, own_ids, questions, saying
from nineplus.plugs import Preset

# What row 3 (or the name, in a file without row 3) says -> field.
_FIELDS = {
    "_recordid": "response",
    "responseid": "response",
    "recordeddate": "answered_at",
    "enddate": "answered_at",
    "startdate": "begun_at",
    "recipientemail": "email",
    "emailaddress": "email",
    "recipientfirstname": "first_name",
    "recipientlastname": "last_name",
    "externaldatareference": "contact",
    "externalreference": "contact",
    "distributionchannel": "channel",
    "userlanguage": "language",
    "tags": "tags",
}
_LEFT_OUT = {
    "ipaddress": PERSONAL,
    "locationlatitude": PERSONAL,
    "locationlongitude": PERSONAL,
    "status": "how the answer came: previews and spam are left out by it",
    "progress": "how far the survey was answered",
    "finished": "whether the survey was finished",
}
_PREVIEWS = ("Survey Preview", "Survey Test", "Offline Survey Preview", "1", "2", "17")
_SPAM = ("Spam", "Possible Spam", "Survey Preview Spam", "Imported Spam", "8", "9", "12")
_PREVIEW_WORDS = (
    "preview",
    "vorschau",
    "aperçu",
    "vista previa",
    "anteprima",
    "visualização",
    "voorbeeld",
    "プレビュー",
    "预览",
)
_UNFINISHED = ("False", "0", "FALSCH", "Falsch", "Faux", "Falso", "Onwaar")
_ZONE = "@"
"""Stands between the id of a column and the zone of its times, which row 3 says too."""


def header(records: Sequence[Sequence[str]]) -> Heading | None:
    if len(records) < 3 or not any(cell.startswith('{"ImportId"') for cell in records[2]):
        return None
    ids = tuple(_import_id(cell) for cell in records[2])
    return Heading(3, tuple(records[0]), tuple(records[1]), ids)


def _import_id(cell: str) -> str:
    try:
        told = json.loads(cell)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    name, zone = told.get("ImportId", ""), told.get("timeZone", "")
    return f"{name}{_ZONE}{zone}" if isinstance(zone, str) and zone else str(name)


def claims(sheet: Sheet) -> Claim:
    if any(sheet.ids):
        return Claim(0.98, "row 3 holds ImportIds")
    names = {column.casefold() for column in sheet.columns}
    if {"responseid", "distributionchannel"} <= names or {"responseid", "recordeddate", "finished"} <= names:
        return Claim(0.85, "ResponseId, RecordedDate and the like")
    if {"responseid", "responseset"} <= names:
        return Claim(0.85, "ResponseID and ResponseSet, as its older exports have")
    if any(name.endswith("_nps_group") for name in names) and {"startdate", "enddate"} & names:
        return Claim(0.8, "a column named …_NPS_GROUP")
    return Claim()


def read(sheet: Sheet) -> Reading:
    ids = dict(zip(sheet.columns, sheet.ids or ("",) * len(sheet.columns), strict=True))
    keys = {column: (ids[column].partition(_ZONE)[0] or column).casefold() for column in sheet.columns}
    columns: dict[str, Meaning] = {}
    for key, field in _FIELDS.items():
        column = next((name for name in sheet.columns if keys[name] == key and name not in columns), None)
        if column and not any(one.field == field for one in columns.values()):
            columns[column] = Meaning(field)
    for column, key in keys.items():
        if key in _LEFT_OUT:
            columns.setdefault(column, Meaning(IGNORE, why=_LEFT_OUT[key]))
        elif key.endswith("_nps_group"):
            first = not any(one.field == "group" for one in columns.values())
            columns[column] = Meaning("group") if first else Meaning(IGNORE, why=GROUP_FOLLOWS)
        elif key in ("enddate", "duration"):
            columns.setdefault(column, Meaning("beside"))
    columns = own_ids(columns, "qualtrics", "response")
    grouped = {key.removesuffix("_nps_group") for key in keys.values() if key.endswith("_nps_group")}
    sure = [column for column, key in keys.items() if key in grouped or column.casefold() in grouped]
    by_key = {key: column for column, key in keys.items()}
    status, finished = by_key.get("status"), by_key.get("finished")
    rules = (
        *no_answers("preview", status, saying(sheet, status, _PREVIEW_WORDS, always=_PREVIEWS)),
        *no_answers("spam", status, _SPAM),
        *no_answers("unfinished", finished, _UNFINISHED, without_score=True),
    )
    zones = {ids[column].partition(_ZONE)[2] for column, one in columns.items() if one.field == "answered_at"} - {""}
    zone = next(iter(zones), "")
    zone = "UTC" if zone == "Z" else zone
    return Reading(
        columns,
        questions(sheet, known=columns, sure=sure),
        rules,
        timezone=zone if zone in available_timezones() else "",
    )


PRESET = Preset("qualtrics", "Qualtrics", claims, read, header)
