"""AskNicely. The names are those of its API's answers, which its CSV follows; times in seconds.

It asks other questions than NPS, too: those rows are left out.
"""

from __future__ import annotations

from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Candidate, Claim, Reading, Sheet
from nineplus.connectors.surveys._columns import (
    GROUP_FOLLOWS,
    by_names,
    comment_after,
    left_out,
    no_answers,
    own_ids,
)
from nineplus.plugs import Preset

_FIELDS = {
    "response": ("response id",),
    "score": ("answer", "score"),
    "comment": ("comment",),
    "answered_at": ("responded", "responded at"),
    "begun_at": ("created",),
    "contact": ("person id", "contact id"),
    "email": ("email",),
    "contact_name": ("name",),
    "channel": ("deliverymethod", "delivery method"),
    "survey": ("survey template", "survey template name"),
    "language": ("language", "locale"),
    "note": ("note", "notes"),
    "tags": ("tags", "topics"),
}
_LEFT_OUT = {
    "answerlabel": GROUP_FOLLOWS,
    "answer label": GROUP_FOLLOWS,
    "question type": "the kind of question: rows of other kinds than NPS are left out",
}


def claims(sheet: Sheet) -> Claim:
    names = sheet.names.keys()
    telling = names & {"question type", "answerlabel", "answer label", "deliverymethod", "survey template", "person id"}
    if "answer" in names and len(telling) >= 2:
        return Claim(0.9, "answer, question_type, deliverymethod and the like")
    if "answer" in names and telling:
        return Claim(0.4, "answer and " + min(telling))
    return Claim()


def read(sheet: Sheet) -> Reading:
    columns = by_names(sheet, _FIELDS)
    score = next((column for column, one in columns.items() if one.field == "score"), None)
    scores = (Candidate({score: columns.pop(score)}, score, 8, comment_after(sheet, score, columns)),) if score else ()
    columns = own_ids(columns, "asknicely", "response", "contact")
    rules = no_answers("other_question", sheet.first("question type", "questiontype"), ("nps",), only=True)
    columns |= {sheet.names[name]: Meaning("beside") for name in ("sent", "opened", "published") if name in sheet.names}
    return Reading(columns | left_out(sheet, _LEFT_OUT, but=columns), scores, rules)


PRESET = Preset("asknicely", "AskNicely", claims, read)
