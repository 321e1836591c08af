"""Places in the live list: where a page ends, and rows below a place, whole and newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the list: just below the row answered then with that id."""

    answered_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.answered_at - _EPOCH) // _MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Raises NotPossible when the text was not made by a cursor."""
        try:
            micros, _, pk = text.partition("-")
            cursor = cls(_EPOCH + int(micros) * _MICROSECOND, int(pk))
        except (ValueError, OverflowError):
            cursor = None
        if cursor is None or not 0 <= cursor.id < 2**63:
            raise NotPossible("This place in the list cannot be read. Start from the newest again.")
        return cursor


def cursor_of(row: Response) -> Cursor:
    return Cursor(row.answered_at.astimezone(UTC), row.pk)


def place() -> Tuple:
    return Tuple("answered_at", "id")


def by_ids(ids: list[int]) -> list[Response]:
    rows = {row.pk: row for row in whole(Response.objects.filter(pk__in=ids))}
    return [rows[pk] for pk in ids if pk in rows]


def before(rows: QuerySet[Response], after: Cursor | None) -> QuerySet[Response]:
    if after is None:
        return rows
    # The plain bound beside the pair: on SQLite the pair alone becomes an OR, which no index serves.
    return rows.filter(TupleLessThan(place(), (after.answered_at, after.id)), answered_at__lte=after.answered_at)


def first(rows: QuerySet[Response], limit: int) -> list[Response]:
    return list(whole(rows).order_by("-answered_at", "-id")[: limit + 1])


def whole(rows: QuerySet[Response]) -> QuerySet[Response]:
    """With what a list shows of each, in one query."""
    return rows.select_related("survey", "account", "contact", "ticket").defer("raw", "comment_raw")
