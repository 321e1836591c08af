"""Exports as each survey tool writes them, made up here: nothing is taken from anybody's file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def text(rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _import_id(name: str, zone: str = "") -> str:
    return f'{{"ImportId":"{name}","timeZone":"{zone}"}}' if zone else f'{{"ImportId":"{name}"}}'


QUALTRICS_COLUMNS = {
    "StartDate": _import_id("startDate", "America/Denver"),
    "EndDate": _import_id("endDate", "America/Denver"),
    "Status": _import_id("status"),
    "IPAddress": _import_id("ipAddress"),
    "Finished": _import_id("finished"),
    "RecordedDate": _import_id("recordedDate", "America/Denver"),
    "ResponseId": _import_id("_recordId"),
    "RecipientLastName": _import_id("recipientLastName"),
    "RecipientFirstName": _import_id("recipientFirstName"),
    "RecipientEmail": _import_id("recipientEmail"),
    "DistributionChannel": _import_id("distributionChannel"),
    "UserLanguage": _import_id("userLanguage"),
    "Q5_NPS_GROUP": _import_id("QID5_NPS_GROUP"),
    "Q5": _import_id("QID5"),
    "Q6": _import_id("QID6_TEXT"),
    "Q7": _import_id("QID7"),
    "Plan": _import_id("Plan"),
}
_QUALTRICS_GERMAN = (
    *("Startdatum", "Enddatum", "Antworttyp", "IP-Adresse", "Beendet", "Aufgezeichnetes Datum", "Antwort-ID"),
    *("Nachname", "Vorname", "E-Mail", "Verteilungskanal", "Sprache", "Empfehlung - Gruppe"),
    *("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "Warum?", "Wie zufrieden sind Sie?", "Plan"),
)


def qualtrics_row(n: int, *, score: object = 9, status: str = "IP Address", finished: str = "True") -> list[object]:
    day = f"2025-01-{n % 28 + 1:02} 03:04:05"
    person = (f"Low{n}", "Ada", f"ada{n}@customer.example")
    said = (
        "Promoter" if score == 9 else "",
        score,
        f"The answer number {n} was quick",
        n % 11,
        "Pro" if n % 2 else "Free",
    )
    return [day, day, status, "192.0.2.1", finished, day, f"R_{n}", *person, "email", "DE", *said]


def qualtrics(rows: Sequence[Sequence[object]]) -> str:
    """Three header rows, the second in German."""
    return text([list(QUALTRICS_COLUMNS), _QUALTRICS_GERMAN, list(QUALTRICS_COLUMNS.values()), *rows])


SURVEYMONKEY = [
    "Respondent ID",
    "Collector ID",
    "Start Date",
    "End Date",
    "IP Address",
    "Email Address",
    "First Name",
    "Last Name",
    "Custom Data 1",
]


def surveymonkey(scores: Sequence[int | None], *, by_choice: bool) -> bytes:
    """Two header rows, in Windows-1252; the score in one column or in one for each choice."""
    choices = ["0 - Not at all likely", *map(str, range(1, 10)), "10 - Extremely likely"] if by_choice else ["Response"]
    question = "How likely is it that you would recommend us to a friend or colleague?"
    first = [*SURVEYMONKEY, question, *[""] * (len(choices) - 1), "Why did you choose that?"]
    second = [*[""] * len(SURVEYMONKEY), *choices, "Open-Ended Response"]
    rows = []
    for n, score in enumerate(scores):
        marks = [choice if score == place else "" for place, choice in enumerate(choices)]
        marks = marks if by_choice else ["" if score is None else score]
        at = (f"01/{n % 18 + 11}/2025 03:04:05 PM", f"01/{n % 18 + 11}/2025 03:05:05 PM")
        person = ("192.0.2.1", f"ada{n}@customer.example", "Ada", f"Löw{n}", "gold" if n % 2 else "silver")
        rows.append([11_000_000 + n, 77, *at, *person, *marks, "" if score is None else f"Le café était bon {n}"])
    return text([first, second, *rows]).encode("cp1252")


def typeform(scores: Sequence[object]) -> str:
    """Names of questions repeat, hidden fields stand among them, times are in UTC."""
    head = [
        *("#", "How likely are you to recommend Acme?", "What could we do better?", "Other", "Other", "email", "plan"),
        *("Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"),
    ]
    rows = [
        [
            *(f"tok{n:029}", score, f"Please make it faster {n}", "x", f"y{n % 3}", f"ada{n}@customer.example"),
            *("pro" if n % 2 else "free", "completed", f"2025-02-{n % 28 + 1:02} 10:00:00", ""),
            *(f"2025-02-{n % 28 + 1:02} 10:05:00" if n % 3 else "", f"net{n}", "Price, Support" if n == 1 else ""),
        ]
        for n, score in enumerate(scores)
    ]
    return text([head, *rows])


def wootric(scores: Sequence[object], *, excluded: Sequence[int] = ()) -> str:
    head = [
        *("id", "score", "text", "ip_address", "origin_url", "completed", "excluded_from_calculations"),
        *("created_at", "updated_at", "end_user.email", "end_user.external_id", "end_user.properties", "tags"),
    ]
    rows = [
        [
            *(900 + n, score, f"It is fine {n}", "192.0.2.1", "https://app.example", "true"),
            *("true" if n in excluded else "false", 1_740_000_000 + n * 86_400, 1_740_000_100 + n * 86_400),
            *(f"ada{n}@customer.example", f"u{n}", '{"plan": "pro"}', "Price|Speed" if n == 0 else ""),
        ]
        for n, score in enumerate(scores)
    ]
    return text([head, *rows])


def asknicely(scores: Sequence[object], *, kinds: Sequence[str] = ()) -> str:
    head = [
        *("response_id", "person_id", "name", "email", "answer", "answerlabel", "comment", "note", "status", "sent"),
        *("responded", "created", "segment", "question_type", "deliverymethod", "survey_template", "region_c"),
    ]
    rows = [
        [
            *(500 + n, 40 + n % 3, "Ada Low", f"ada{n % 3}@customer.example", score, "Promoter", f"Helpful staff {n}"),
            *("called back" if n == 0 else "", "responded", 1_740_000_000, 1_740_000_000 + n * 60, 1_740_000_000),
            *("gold", kinds[n] if n < len(kinds) else "nps", "email", "Default", "EMEA"),
        ]
        for n, score in enumerate(scores)
    ]
    return text([head, *rows])


def hubspot(scores: Sequence[object], *, kinds: Sequence[str] = ()) -> str:
    """As the export calls its columns in English."""
    head = [
        *("Record ID", "Survey name", "Survey type", "Survey channel", "Rating", "Response group", "Feedback"),
        *("Survey submission date", "Contact email", "Associated Contact IDs"),
    ]
    rows = [
        [
            *(7_000 + n, "Customer loyalty", kinds[n] if n < len(kinds) else "NPS", "Email", score, "Promoter"),
            *(f"Good product {n}", f"2025-03-{n % 28 + 1:02} 09:00", f"ada{n}@customer.example", f"{8000 + n}"),
        ]
        for n, score in enumerate(scores)
    ]
    return text([head, *rows])


def delighted(scores: Sequence[object], *, kinds: Sequence[str] = ()) -> str:
    head = [
        *("Response ID", "Person ID", "Name", "Email", "Survey type", "Score", "Comment", "Created at", "Permalink"),
        *("Tags", "Notes", "Delighted Source", "locale", "State"),
    ]
    rows = [
        [
            *(1_000 + n, 50 + n, "Ada", f"ada{n}@customer.example", kinds[n] if n < len(kinds) else "nps", score),
            *(f"Nice people {n}", f"2025-03-{n % 28 + 1:02} 10:00:00 UTC", "https://d.example/r", "Price" if n else ""),
            *("seen" if n == 0 else "", "Email", "de", "CA"),
        ]
        for n, score in enumerate(scores)
    ]
    return text([head, *rows])


SCORES = (9, 10, 7, 0, 3, 8, 10, 6, 5, 1, 2, 4)
EXPORTS: dict[str, str | bytes] = {
    "asknicely": asknicely(SCORES),
    "delighted": delighted(SCORES),
    "hubspot_feedback": hubspot(SCORES),
    "qualtrics": qualtrics([qualtrics_row(n, score=score) for n, score in enumerate(SCORES)]),
    "surveymonkey": surveymonkey(SCORES, by_choice=False),
    "typeform": typeform(SCORES),
    "wootric": wootric(SCORES),
}
"""Vendor -> its export of the same scores."""
