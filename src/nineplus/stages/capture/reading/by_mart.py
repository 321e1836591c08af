"""The live list by way of the mart, which has attributes, themes and the ticket behind each answer as columns."""

from __future__ import annotations

from collections.abc import Iterator

from nineplus.mart.errors import MartDamaged, NoMart
from nineplus.stages import mart
from nineplus.stages.capture.reading import sought as searches
from nineplus.stages.capture.reading.asked import GROUPS, Asked
from nineplus.stages.capture.reading.places import Cursor, by_ids
from nineplus.stages.capture.reading.sought import PORTION, Sought
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response
from nineplus.store.sources import account_key

NO_THEME = "-"
"""Asks for comments in which no theme was found."""


def from_mart(asked: Asked, *, search: str, after: Cursor | None, limit: int) -> tuple[list[Response], Cursor | None]:
    sought = Sought.read(search) if search else None
    found: list[Response] = []
    looked_at = 0
    for portion in _portions(asked, sought, after=after, size=PORTION if search else limit + 1):
        rows = by_ids([place.id for place in portion])
        if sought:
            rows = [row for row in rows if sought.is_in(row.comment, row.account_id, row.contact_id)]
        found += rows
        looked_at += len(portion)
        if len(found) > limit:
            return found[: limit + 1], None
        if looked_at >= searches.MOST_SEARCHED:
            return found, portion[-1]
    return found, None


def _portions(asked: Asked, sought: Sought | None, *, after: Cursor | None, size: int) -> Iterator[list[Cursor]]:
    """Places that pass, newest first, in portions."""
    rows = mart_rows(asked)
    named = sought.rows() if sought else None
    if rows is None or (named is not None and not named):
        return
    if named is not None:
        rows = rows.filter(rows.id.isin(list(named)))
    while True:
        left = rows
        if after:
            left = left.filter(
                (left.answered_at < after.answered_at)
                | ((left.answered_at == after.answered_at) & (left.id < after.id))
            )
        table = left.order_by([left.answered_at.desc(), left.id.desc()]).limit(size).to_pyarrow()
        portion = [Cursor(row["answered_at"], row["id"]) for row in table.to_pylist()]
        if portion:
            yield portion
        if len(portion) < size:
            return
        after = portion[-1]


def mart_rows(asked: Asked):  # type: ignore[no-untyped-def]
    """The mart's responses that pass, as an expression of `answered_at` and `id`; None when there is no mart yet."""
    try:
        data = mart.newest()
    except NoMart:
        return None
    except MartDamaged:
        raise NotPossible(
            "The prepared data could not be read; the list can be filtered by attribute again when they are mended."
        ) from None
    rows = mart.narrowed(data, asked.filter).responses
    if asked.group:
        rows = rows.filter(rows.score.between(*GROUPS[asked.group]))
    if asked.account is not None:
        rows = rows.filter(rows.account == account_key(asked.account))
    if asked.theme:
        rows = _speaking(rows, data, asked)
    return rows.select("answered_at", id=rows.response.cast("int64"))


def _speaking(rows, data, asked: Asked):  # type: ignore[no-untyped-def]
    """Of these responses those whose comment speaks of the theme."""
    if data.response_theme is None or data.response_reading is None:
        return rows.filter(False)
    found = data.response_theme
    if asked.theme == NO_THEME:
        read = data.response_reading.filter(data.response_reading.empty_because.isnull())
        return rows.semi_join(read, "response").anti_join(found, "response")
    found = found.filter((found.theme == asked.theme) | found.theme.startswith(asked.theme + "."))
    if asked.tone:
        found = found.filter(found.sentiment == asked.tone)
    return rows.semi_join(found, "response")
