"""What a person is told of the rows: one sentence for each thing that was done to them or held against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC

from nineplus.connectors.files.refused import GENERAL
from nineplus.model import Note

_SENTENCES = {
    "no_comment": "Comments that say nothing (n/a, STOP, - …) are kept as they came and not counted as comments.",
    "rows_repeated": "Rows that repeat an earlier one of the same id word for word were counted once.",
    "id_made": "Rows without an id got one made from their content, so that the same file twice changes nothing.",
    "ticket_without_account": "Tickets without an account were taken: they count for their team and category only.",
    "sign_turned": "Churn and contraction with a positive amount were read as money lost.",
    "same_day": "Tickets closed on the day they were opened, without a time of day, were read as closed at once.",
    "text_cut": "Texts longer than the store keeps were cut.",
    "nul_characters": "Lines held NUL characters, which were dropped.",
    "mixed_encoding": "Lines held bytes of another encoding, which were read as Windows-1252.",
    "short_row": "Rows had fewer fields than the header; the missing ones were read as blank.",
    "phone_unread": "Telephone numbers without their country (+49 …), or that are none, were left out.",
    "language_unread": "Languages that are no code such as de or pt-BR were left out.",
    "time_zone_unread": "Time zones that do not exist were left out; they are written as Europe/Berlin.",
    "country_unread": "Countries that are no code of two letters were left out.",
    "late_columns": "Rows had keys that the first 1,000 rows do not have; these were not read.",
}


def notes_of(counts: MappingABC[str, int]) -> tuple[Note, ...]:
    """The notes of one batch, from how many rows each is about."""
    return tuple(Note(code, rows, _SENTENCES[code]) for code, rows in counts.items() if rows)


def merge_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Notes of many batches as one each, rows summed."""
    sums: Counter[tuple[str, str]] = Counter()
    for note in notes:
        sums[note.code, note.message] += note.rows
    return tuple(Note(code, rows, message) for (code, message), rows in sums.items())


def refusal_notes(
    codes: Counter[str], places: MappingABC[str, Sequence[tuple[str, int]]] | None = None
) -> tuple[Note, ...]:
    """One note per reason for which rows were refused; `places` are the first of them as (file, line)."""
    found = places or {}
    return tuple(
        Note(code, rows, GENERAL.get(code, code) + _where(found.get(code, ()), rows))
        for code, rows in sorted(codes.items())
    )


def _where(places: Sequence[tuple[str, int]], rows: int) -> str:
    """Such as: Lines 62 and 65. The file is named when there are several (it is empty otherwise)."""
    if not places:
        return ""
    named = [f"{line} of {file}" if file else str(line) for file, line in places]
    if rows > len(named):
        named.append(f"{rows - len(named):,} more")
    listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    return f" {'Lines' if len(named) > 1 else 'Line'} {listed}."
