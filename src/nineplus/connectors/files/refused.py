"""Rows that were not taken: why, and the file in which a person mends them and sends them again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import chain

REASONS = {
    "score_missing": "There is no score: the survey was not answered.",
    "score_fraction": "The score {value!r} is no whole number; the question offers 0 to 10.",
    "score_out_of_range": "The score {value!r} is outside 0 to 10.",
    "score_text": "The score {value!r} is no number from 0 to 10.",
    "date_missing": "There is no date in column {column!r}.",
    "date_bad": "{value!r} in column {column!r} is no date (read as {order}).",
    "id_missing": "There is no id in column {column!r}.",
    "id_long": "The id in column {column!r} is longer than 200 characters.",
    "id_repeated": "The id {value!r} was used before in this file, with other content.",
    "excluded": "The file itself marks this row as excluded.",
    "preview": "It is a preview or a test, no answer of a customer: column {column!r} says {value!r}.",
    "spam": "The survey tool took it for spam: column {column!r} says {value!r}.",
    "other_question": "It answers another kind of question ({value}), not how likely someone is to recommend.",
    "unfinished": "The survey was begun and not finished, and there is no score.",
    "not_answered": "There is no score: the question was not answered.",
    "score_two": "Two scores are marked in one row.",
    "flag_unknown": "{value!r} in column {column!r} is neither yes nor no.",
    "number_bad": "{value!r} in column {column!r} is no number.",
    "word_unknown": "{value!r} in column {column!r} is not a known {field}.",
    "json_bad": "Column {column!r} holds no JSON object.",
    "resolved_before_opened": "The ticket was resolved before it was opened.",
    "answered_before_opened": "The first response came before the ticket was opened.",
    "account_missing": "There is no account.",
    "currency_bad": "{value!r} is no currency code such as EUR.",
    "erased": "It is about a person who was erased here.",
}
GENERAL = {
    "score_missing": "Rows without a score were left out: the survey was not answered.",
    "score_fraction": "Rows with a score that is no whole number were left out.",
    "score_out_of_range": "Rows with a score outside 0 to 10 were left out.",
    "score_text": "Rows whose score is no number were left out.",
    "date_missing": "Rows without a date were left out.",
    "date_bad": "Rows with a date that does not exist or cannot be read were left out.",
    "id_missing": "Rows without an id were left out.",
    "id_long": "Rows with an id of more than 200 characters were left out.",
    "id_repeated": "Rows that repeat an id with other content were left out; the first of each was kept.",
    "excluded": "Rows that the file marks as excluded were left out.",
    "preview": "Previews and tests were left out.",
    "spam": "Rows that the survey tool took for spam were left out.",
    "other_question": "Answers to other kinds of question than NPS were left out.",
    "unfinished": "Surveys that were begun and not finished, without a score, were left out.",
    "not_answered": "Rows without an answer to the question were left out.",
    "score_two": "Rows with two scores were left out.",
    "flag_unknown": "Rows with something else where yes or no is expected were left out.",
    "number_bad": "Rows with something else where a number is expected were left out.",
    "word_unknown": "Rows with an unknown kind were left out.",
    "json_bad": "Rows with damaged attributes were left out.",
    "resolved_before_opened": "Tickets resolved before they were opened were left out.",
    "answered_before_opened": "Tickets answered before they were opened were left out.",
    "account_missing": "Rows without an account were left out.",
    "currency_bad": "Rows with an unknown currency were left out.",
    "erased": "Rows about people who were erased here were left out; nothing of them is kept.",
    "too_many_fields": "Rows with more fields than the header were left out.",
    "unclosed_quote": "Lines that open a quotation mark and never close it were left out.",
    "no_json_object": "Lines that are no JSON object were left out.",
}
EXCLUDED = {
    "excluded": "what the tool excludes",
    "preview": "previews and tests",
    "spam": "spam",
    "other_question": "answers to other kinds of question",
    "unfinished": "what was begun and not finished",
    "not_answered": "rows without an answer to the question",
    "erased": "people who were erased",
}
"""Reasons that are no fault of the row, with what such rows are: no answers of customers, and nothing to mend."""
_MEND = {
    "score_missing": "Write the score from 0 to 10, or leave the row out.",
    "score_fraction": "Write a whole number from 0 to 10.",
    "score_out_of_range": "Write a whole number from 0 to 10.",
    "score_text": "Write a whole number from 0 to 10.",
    "score_two": "Keep the one that was meant.",
    "date_missing": "Write when it was answered, such as 2026-01-31 14:05.",
    "date_bad": "Write the date such as 2026-01-31 14:05.",
    "id_missing": "Write an id.",
    "id_long": "Shorten the id to 200 characters.",
    "id_repeated": "Keep the row that is right, or give it an id of its own.",
    "flag_unknown": "Write yes or no.",
    "number_bad": "Write a plain number such as 1234.50.",
    "json_bad": "Write a JSON object, or empty the cell.",
    "too_many_fields": 'Put cells that hold the delimiter between quotation marks (").',
    "unclosed_quote": "Close the quotation mark, or double it.",
    "erased": "Nothing: whoever was erased stays away.",
}
_NO_MENDING = "Nothing, if that is so. To take such rows, untick their rule on the page of the columns."
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


OURS = ("line", "column", "reason", "how to mend")
"""The columns that the file of refused rows has before those of the file it came from."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One row not taken: the line it begins in, the column at fault, a stable code, a sentence, the row as it came."""

    line: int
    column: str
    code: str
    reason: str
    row: Mapping[str, str | None]


def safe_cell(text: str | None) -> str:
    """Text that a spreadsheet shows and never runs: what begins like a formula gets an apostrophe, numbers stay."""
    if not text:
        return ""
    if text.startswith(_RISKY) and not _is_number(text):
        return "'" + text
    return text


def refused_csv(refused: Iterable[Refused], *, columns: Iterable[str] | None = None) -> Iterator[str]:
    """The refused rows as CSV text, line by line: line, column, reason, how to mend it, then the row's own columns."""
    rows = iter(refused)
    first = next(rows, None)
    names = list(columns) if columns is not None else list(first.row) if first else []
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*OURS, *(safe_cell(name) for name in names)])
    for one in chain([first] if first else [], rows):
        mend = _MEND.get(one.code) or (_NO_MENDING if one.code in EXCLUDED else "")
        ours = [one.line, safe_cell(one.column), one.reason, mend]
        writer.writerow([*ours, *(safe_cell(one.row.get(n)) for n in names)])
        yield _drain(buffer)
    if buffer.tell():
        yield _drain(buffer)


def _drain(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
