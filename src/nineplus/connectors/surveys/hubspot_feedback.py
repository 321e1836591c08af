"""HubSpot's export of feedback submissions. Columns are labels in the language of whoever exported, or internal names.

They are matched loosely, so it is said what was taken for what. The connection to HubSpot need not guess.
"""

from __future__ import annotations

from nineplus.connectors.files.fields import IGNORE
from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Candidate, Claim, Reading, Sheet
from nineplus.connectors.surveys._columns import (
    GROUP_FOLLOWS,
    by_names,
    comment_after,
    left_out,
    no_answers,
    own_ids,
    questions,
    saying,
)
from nineplus.plugs import Preset

_FIELDS = {
    "response": (
        "hs object id",
        "record id",
        "submission id",
        "response id",
        "datensatz id",
        "id d enregistrement",
        "id del registro",
        "id record",
    ),
    "score": ("hs value", "rating", "score", "survey rating", "bewertung", "note", "calificacion", "valutazione"),
    "comment": ("hs content", "content", "feedback", "comment", "follow up response", "kommentar", "commentaire"),
    "answered_at": (
        *("hs submission timestamp", "submission timestamp", "survey submission date", "submission date"),
        *("date submitted", "date of submission", "response date", "einreichungsdatum", "date de soumission"),
        *("datum der umfrageubermittlung", "datum der umfrageeinreichung", "fecha de envio"),
        *("hs createdate", "create date"),
    ),
    "email": (
        "hs contact email rollup",
        "contact email",
        "email",
        "contact s email address",
        "e mail",
        "e mail des kontakts",
    ),
    "contact": ("hs contact id", "associated contact ids", "contact id"),
    "contact_name": ("associated contact", "contact name"),
    "ticket": ("associated ticket ids", "ticket id"),
    "account": ("associated company ids",),
    "account_name": ("associated company", "company name"),
    "survey": (
        "hs survey name",
        "survey name",
        "name der umfrage",
        "umfragename",
        "nom de l enquete",
        "nombre de la encuesta",
    ),
    "channel": ("hs survey channel", "survey channel", "umfragekanal"),
    "language": ("hs language", "language", "survey language"),
}
_LEFT_OUT = {
    "hs response group": GROUP_FOLLOWS,
    "response group": GROUP_FOLLOWS,
    "hs sentiment": GROUP_FOLLOWS,
    "sentiment": GROUP_FOLLOWS,
    "antwortgruppe": GROUP_FOLLOWS,
    "stimmung": GROUP_FOLLOWS,
    "hs lastmodifieddate": "when it was last changed there",
    "last modified date": "when it was last changed there",
    "hs submission url": "it leads to HubSpot",
}
_TELLING = frozenset(
    (
        *("survey type", "survey name", "survey channel", "response group", "hs value", "hs survey type"),
        *("hs survey name", "hs response group", "hs submission timestamp", "umfragetyp", "name der umfrage"),
        *("umfragename", "umfragekanal", "antwortgruppe", "type d enquete", "nom de l enquete", "tipo de encuesta"),
        *("nombre de la encuesta", "associated contact", "associated contact ids", "survey submission date"),
    )
)


def claims(sheet: Sheet) -> Claim:
    names = sheet.names.keys()
    if "hs value" in names:
        return Claim(0.95, "hs_value")
    told = len(names & _TELLING)
    if told >= 3:
        return Claim(0.7, "survey type, survey name and the like; the columns are labels, so look closely")
    return Claim(0.3, "columns that HubSpot names so") if told == 2 else Claim()


def read(sheet: Sheet) -> Reading:
    columns = by_names(sheet, _FIELDS)
    for column in [c for c, one in columns.items() if one.field in ("contact", "account", "ticket")]:
        if any(";" in value for value in sheet.profiles[column].counts):  # several at one answer: none of them is it
            columns[column] = Meaning(IGNORE, why="several at one answer")
    score = next((column for column, one in columns.items() if one.field == "score"), None)
    columns.pop(score or "", None)
    columns = own_ids(columns, "hubspot", "response", "contact")
    columns |= left_out(sheet, _LEFT_OUT, but=columns)
    scores = questions(sheet, known=[*columns, *([score] if score else ())])
    if score:
        named = Candidate({score: Meaning("score")}, score, 8, comment_after(sheet, score, columns))
        scores = (named, *scores)
    kind = sheet.first("hs survey type", "survey type", "umfragetyp", "type d enquete", "tipo de encuesta")
    others = saying(sheet, kind, ("csat", "ces", "satisfaction", "effort", "zufriedenheit"), always=("CSAT", "CES"))
    return Reading(columns, scores, no_answers("other_question", kind, others))


PRESET = Preset("hubspot_feedback", "HubSpot feedback", claims, read)
