"""The same export as people have it: other order, case, delimiter, encoding, language, age; nothing of it breaks it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from nineplus.connectors.files import convert, open_file, recognise
from tests.connectors.surveys import exports
from tests.connectors.surveys.exports import SCORES

Rows = list[list[str]]
HEADERS = {"qualtrics": 3, "surveymonkey": 2}


def rows_of(content: str | bytes) -> Rows:
    return list(csv.reader(io.StringIO(content.decode("cp1252") if isinstance(content, bytes) else content)))


def text(rows: Rows, **how: str) -> str:
    made = io.StringIO()
    csv.writer(made, **how).writerows(rows)
    return made.getvalue()


def check(folder: Path, content: bytes, vendor: str) -> None:
    path = folder / "export.csv"
    path.write_bytes(content)
    source = open_file(path)
    mapping = recognise(source)
    assert (mapping.vendor, mapping.problems) == (vendor, ())
    rows = [row for batch in convert(source, mapping) for row in batch.rows.to_pylist()]
    assert [row["score"] for row in rows] == list(SCORES)
    assert all(row["response"] and row["answered_at"] for row in rows)


def heads(change: Callable[[str], str]) -> Callable[[str, Rows], Rows]:
    return lambda vendor, rows: [[change(cell) for cell in rows[0]], *rows[1:]]


def shuffled(vendor: str, rows: Rows) -> Rows:
    places = list(range(len(rows[0])))
    random.Random(3).shuffle(places)
    return [[row[place] for place in places] for row in rows]


def with_more(vendor: str, rows: Rows) -> Rows:
    """Columns of the company's own, first and last."""
    below = HEADERS.get(vendor, 1)
    ids = ["", *[""] * (below - 2), '{"ImportId":"x"}'][-below:] if vendor == "qualtrics" else [""] * below
    ids[0] = "Extra"
    return [
        [ids[place] if place < below else f"z{place % 3}", *row, ids[place] if place < below else "e"]
        for place, row in enumerate(rows)
    ]


CHANGES: dict[str, Callable[[str, Rows], Rows]] = {
    "upper case": heads(str.upper),
    "lower case": heads(str.lower),
    "underscores": heads(lambda name: name.replace(" ", "_")),
    "spaces around": heads(lambda name: f" {name} "),
    "another order": shuffled,
    "more columns": with_more,
}
WRITTEN = {
    "semicolons": (lambda rows: text(rows, delimiter=";"), "utf-8"),
    "tabs in UTF-16": (lambda rows: text(rows, delimiter="\t"), "utf-16"),
    "a mark of the order of bytes": (text, "utf-8-sig"),
}


@pytest.mark.parametrize("vendor", exports.EXPORTS)
def test_an_export_is_known_however_its_columns_are_written(vendor, tmp_path):
    rows = rows_of(exports.EXPORTS[vendor])
    for change in CHANGES.values():
        check(tmp_path, text(change(vendor, rows)).encode(), vendor)
    for write, encoding in WRITTEN.values():
        check(tmp_path, write(rows).encode(encoding), vendor)
    if vendor in HEADERS:  # somebody deleted the others in a spreadsheet
        check(tmp_path, text([rows[0], *rows[HEADERS[vendor] :]]).encode(), vendor)


def _named(content: str | bytes, names: str, second: str = "") -> Rows:
    """The export with other words in its header; `second`: those of the second row."""
    rows = rows_of(content)
    head = [cell.strip() for cell in names.split("|")]
    below = [[*[""] * (len(head) - 2), *second.split("|")]] if second else []
    return [head, *below, *rows[2 if second else 1 :]]


_GERMAN = "Befragten-ID|Collector-ID|Anfangsdatum|Enddatum|IP-Adresse|E-Mail-Adresse|Vorname|Nachname|Daten 1|"
_FRENCH = "ID du répondant|ID du collecteur|Date de début|Date de fin|Adresse IP|Adresse e-mail|Prénom|Nom|Données 1|"
_TYPEFORM = (0, 1, 2, 3, 4, 5, 6, 10)
"""Columns of the newer export: the token and when it was sent off stand last, and there is nothing of the network."""


def _typeform_now() -> Rows:
    rows = [[row[place] for place in (*_TYPEFORM[1:], 0)] for row in rows_of(exports.typeform(SCORES))]
    rows[0][-2:] = "Submitted At", "Token"
    return [rows[0], *([*row[:-2], row[-2] or "2025-02-03 10:00:00", row[-1]] for row in rows[1:])]


def _by_choice_from_one() -> Rows:
    """SurveyMonkey, eleven columns numbered from 1."""
    rows = rows_of(exports.surveymonkey(SCORES, by_choice=True))
    turned = [[str(int(cell.split()[0]) + 1) if 9 <= at < 20 and cell else cell for at, cell in enumerate(row)]
              for row in rows[1:]]  # fmt: skip
    return [rows[0], *turned]


def _qualtrics_by_hand() -> Rows:
    head = ["StartDate", "EndDate", "Duration (in seconds)", "NPS_NPS_GROUP", "NPS", "Why"]
    days = [f"2025-01-{n % 28 + 1:02} 10:00:00" for n in range(len(SCORES))]
    made = [[day, day, "30", "Passive", str(score), f"quick {day}"]
            for day, score in zip(days, SCORES, strict=True)]  # fmt: skip
    return [["ResponseId", *head], *([f"R_{n}", *row] for n, row in enumerate(made))]


def _qualtrics_of_old() -> Rows:
    head = ["ResponseID", "ResponseSet", "Name", "EmailAddress", "IPAddress", "Status", "StartDate", "EndDate", "Q1"]
    words = [*head[:-1], "How likely are you to recommend us?"]
    made = [
        [f"R_{n}", "Default", "Ada", f"ada{n}@customer.example", "192.0.2.1", "0", "2015-01-02 10:00:00",
         f"2015-01-{n % 28 + 1:02} 10:05:00", str(score)]
        for n, score in enumerate(SCORES)
    ]  # fmt: skip
    return [head, words, *made]


FORMS = {
    "surveymonkey, nothing in its second row": (
        "surveymonkey",
        lambda: [row if place != 1 else [""] * len(row) for place, row in enumerate(rows_of(exports.EXPORTS["surveymonkey"]))],  # noqa: E501
    ),
    "surveymonkey in German": (
        "surveymonkey",
        lambda: _named(exports.EXPORTS["surveymonkey"], _GERMAN + "Würden Sie uns empfehlen?|Warum?", "Antwort|Offene Antwort"),  # noqa: E501
    ),
    "surveymonkey in French": (
        "surveymonkey",
        lambda: _named(exports.EXPORTS["surveymonkey"], _FRENCH + "Nous recommandez-vous ?|Pourquoi ?", "Réponse|Réponse ouverte"),  # noqa: E501
    ),
    "surveymonkey, choices from 1 to 11": ("surveymonkey", _by_choice_from_one),
    "typeform with its token last": ("typeform", _typeform_now),
    "qualtrics with one header row": ("qualtrics", _qualtrics_by_hand),
    "qualtrics of years ago": ("qualtrics", _qualtrics_of_old),
    "hubspot in German": (
        "hubspot_feedback",
        lambda: _named(exports.EXPORTS["hubspot_feedback"], "Datensatz-ID|Umfragename|Umfragetyp|Umfragekanal|Bewertung|Antwortgruppe|Feedback|Datum der Umfrageübermittlung|E-Mail des Kontakts|Associated Contact IDs"),  # noqa: E501
    ),
    "wootric with underscores": (
        "wootric",
        lambda: [[cell.replace(".", "_") for cell in row] if place == 0 else row for place, row in enumerate(rows_of(exports.EXPORTS["wootric"]))],  # noqa: E501
    ),
    "delighted as its API called it": (
        "delighted",
        lambda: _named(exports.EXPORTS["delighted"], "id|person_id|person_name|person_email|survey_type|score|comment|created_at|permalink|tags|notes|Delighted Source|locale|State"),  # noqa: E501
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_of_the_same_export_are_known_too(form, tmp_path):
    vendor, made = FORMS[form]
    check(tmp_path, text(made()).encode(), vendor)
