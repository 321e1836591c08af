"""The live list of responses: page by page, newest first, as fast at a million rows as at a thousand.

Rows come from the store, so a new answer is there at once. A filter by attribute is answered by the mart, which
has attributes as columns and the ticket behind each answer: the list then agrees with the analyses.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from nineplus.mart.errors import MartDamaged, NoMart
from nineplus.model import Filter
from nineplus.stages import mart
from nineplus.stages.errors import NotPossible
from nineplus.stats import scale
from nineplus.store import searching
from nineplus.store.models import Account, Contact, Response, Survey
from nineplus.store.sources import account_key

GROUPS = {
    "promoters": (scale.PROMOTER_FROM, scale.HIGHEST),
    "passives": (scale.DETRACTOR_TO + 1, scale.PROMOTER_FROM - 1),
    "detractors": (scale.LOWEST, scale.DETRACTOR_TO),
}
MOST_ROWS = 200
MOST_COUNTED = 1_000
MOST_SEARCHED = 100_000
"""Responses that one search for something frequent looks at before it answers."""
MOST_FOUND = 5_000
"""What more responses have is frequent: the newest that have it come sooner than a list of them all."""
NO_THEME = "-"
"""Asks for comments in which no theme was found."""
_FEW_SURVEYS = 8
_PARTIES = 500
_PORTION = 2_000
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


@dataclass(frozen=True, slots=True)
class Page:
    """Some responses, newest first.

    `older` continues the list (None: this is its end); `newest` is for `newer_than`. A search for something frequent
    looks at a bounded number of responses: `searched_to` then says how far back it came without filling the page.
    """

    rows: tuple[Response, ...]
    older: Cursor | None = None
    newest: Cursor | None = None
    searched_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    filter: Filter
    group: str
    account: int | None
    updated_since: datetime | None = None
    theme: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        mart.check(self.filter)
        if self.updated_since and self.of_mart:
            raise NotPossible(
                "What changed since then can be asked of surveys and touchpoints, not of attributes or themes."
            )
        if self.group and self.group not in GROUPS:
            raise NotPossible(f"There is no group {self.group!r}. There are: {', '.join(GROUPS)}.")

    @property
    def of_mart(self) -> bool:
        """Asks for something that only the mart knows."""
        return bool(self.filter.attributes or self.theme)


def responses(
    *,
    filter: Filter,
    search: str = "",
    group: str = "",
    account: int | None = None,
    updated_since: datetime | None = None,
    theme: str = "",
    tone: str = "",
    after_cursor: Cursor | str | None = None,
    limit: int = 50,
) -> Page:
    """The responses that pass, newest first, those older than `after_cursor`.

    `group` is promoters, passives or detractors; `search` is looked for in comments (all its words, each as the
    beginning of one) and as a part of the names and addresses of accounts and contacts; `updated_since` leaves
    those that were answered or changed then or later; `theme` those whose comment speaks of it or of a theme under it
    (NO_THEME: of none), `tone` of them those that do so with that sentiment.
    Raises BadFilter, NotPossible (unknown group, unreadable cursor).
    """
    asked = _Asked(filter, group, account, updated_since, theme, tone)
    limit = max(1, min(limit, MOST_ROWS))
    after = Cursor.read(after_cursor) if isinstance(after_cursor, str) else after_cursor
    horizon = None
    if asked.of_mart:
        found, horizon = _from_mart(asked, search=search.strip(), after=after, limit=limit)
    else:
        found, horizon = _from_store(asked, search=search.strip(), after=after, limit=limit)
    rows = tuple(found[:limit])
    newest = _cursor(rows[0]) if rows and not after else None
    if len(found) > limit:
        return Page(rows=rows, older=_cursor(rows[-1]), newest=newest)
    return Page(rows=rows, older=horizon, newest=newest, searched_to=horizon.answered_at if horizon else None)


def among(
    ids: Sequence[int], *, filter: Filter, group: str = "", account: int | None = None, theme: str = "", tone: str = ""
) -> Page:
    """Those of these responses that pass, in the order given: what a search by meaning found. Raises as `responses`."""
    asked = _Asked(filter, group, account, theme=theme, tone=tone)
    if asked.of_mart:
        rows = _mart_rows(asked)
        left = [] if rows is None else rows.filter(rows.id.isin(list(ids))).to_pyarrow()["id"].to_pylist()
    else:
        chosen = _narrowed(asked).filter(pk__in=ids)
        surveys = _surveys(filter)
        left = list((chosen if surveys is None else chosen.filter(survey_id__in=surveys)).values_list("pk", flat=True))
    passed = set(left)
    return Page(rows=tuple(_by_ids([pk for pk in ids if pk in passed])))


def newer_than(
    cursor: Cursor | str | None,
    *,
    filter: Filter,
    group: str = "",
    account: int | None = None,
    theme: str = "",
    tone: str = "",
) -> int:
    """How many responses have come above that place since (counted up to 1,000)."""
    asked = _Asked(filter, group, account, theme=theme, tone=tone)
    after = Cursor.read(cursor) if isinstance(cursor, str) else cursor
    if asked.of_mart:
        rows = _mart_rows(asked)
        if rows is None:
            return 0
        if after:
            rows = rows.filter(
                (rows.answered_at > after.answered_at)
                | ((rows.answered_at == after.answered_at) & (rows.id > after.id))
            )
        return int(rows.limit(MOST_COUNTED).count().to_pyarrow().as_py())
    chosen = _narrowed(asked)
    if after:
        chosen = chosen.filter(
            TupleGreaterThan(_place(), (after.answered_at, after.id)), answered_at__gte=after.answered_at
        )
    surveys = _surveys(filter)
    if surveys is not None:
        chosen = chosen.filter(survey_id__in=surveys)
    return chosen.order_by()[:MOST_COUNTED].count()


# -- from the store -------------------------------------------------------------------------------------------


def _from_store(
    asked: _Asked, *, search: str, after: Cursor | None, limit: int
) -> tuple[list[Response], Cursor | None]:
    chosen = _narrowed(asked)
    surveys = _surveys(asked.filter)
    if search:
        if surveys is not None:
            chosen = chosen.filter(survey_id__in=surveys)
        return _searched(chosen, _Sought.read(search), after=after, limit=limit)
    chosen = _before(chosen, after)
    if surveys is None:
        return _first(chosen, limit), None
    if len(surveys) > _FEW_SURVEYS:
        return _first(chosen.filter(survey_id__in=surveys), limit), None
    # Each survey's newest come straight from its index; together they are a merge, never a sort of everything.
    each = [_first(chosen.filter(survey_id=survey), limit) for survey in surveys]
    return list(heapq.merge(*each, key=_cursor, reverse=True))[: limit + 1], None


def _narrowed(asked: _Asked) -> QuerySet[Response]:
    rows = Response.objects.all()
    if asked.group:
        rows = rows.filter(score__range=GROUPS[asked.group])
    if asked.account is not None:
        rows = rows.filter(account_id=asked.account)
    if asked.updated_since:
        rows = rows.filter(Q(answered_at__gte=asked.updated_since) | Q(changed_at__gte=asked.updated_since))
    if asked.filter.window.start:
        rows = rows.filter(answered_at__gte=_midnight(asked.filter.window.start))
    if asked.filter.window.end:
        rows = rows.filter(answered_at__lt=_midnight(asked.filter.window.end))
    return rows


def _surveys(filter: Filter) -> list[int] | None:
    """The surveys that pass; None when the filter does not ask for any."""
    if not filter.surveys and not filter.touchpoints:
        return None
    rows = Survey.objects.all()
    if filter.surveys:
        rows = rows.filter(name__in=filter.surveys)
    if filter.touchpoints:
        rows = rows.filter(touchpoint__in=filter.touchpoints)
    return list(rows.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class _Sought:
    """What a search looks for: words in the comment, or the names of an account or a contact."""

    words: searching.Asked
    accounts: frozenset[int]
    contacts: frozenset[int]

    @classmethod
    def read(cls, text: str) -> _Sought:
        accounts = Account.objects.filter(Q(name__icontains=text) | Q(domain__icontains=text))
        contacts = Contact.objects.filter(Q(name__icontains=text) | Q(email__icontains=text))
        by_account, by_contact = (
            frozenset(rows.values_list("pk", flat=True)[:_PARTIES]) for rows in (accounts, contacts)
        )
        return cls(searching.Asked.read(text), by_account, by_contact)

    @property
    def theirs(self) -> Q:
        """Responses of those whose name it is."""
        return Q(account_id__in=self.accounts) | Q(contact_id__in=self.contacts)

    def rows(self) -> Collection[int] | None:
        """The only responses that can have it, by the index; None: too many to name."""
        rows: Collection[int] | None = self.words.ids(most=MOST_FOUND)
        if rows is not None and (self.accounts or self.contacts):
            theirs = Response.objects.filter(self.theirs).order_by().values_list("pk", flat=True)
            rows = {*rows, *theirs[: MOST_FOUND + 1]}
        return None if rows is None or len(rows) > MOST_FOUND else rows

    def is_in(self, comment: str, account: int | None, contact: int | None) -> bool:
        return (
            account in self.accounts or contact in self.contacts or (bool(self.words) and self.words.said_in(comment))
        )


def _searched(
    chosen: QuerySet[Response], sought: _Sought, *, after: Cursor | None, limit: int
) -> tuple[list[Response], Cursor | None]:
    """The newest are looked through first: what is frequent fills the page from them. What is not, the index finds."""
    parts = sought.words.parts_in_sql()
    matching = sought.theirs | Q(*(Q(comment__icontains=part) for part in parts)) if parts else Q()
    largest = 2 * _PORTION if parts else _PORTION
    found: list[int] = []
    looked_at, at, named = 0, after, False
    while len(found) <= limit and looked_at < MOST_SEARCHED:
        size = min(largest, max(10 * limit, 7 * looked_at), MOST_SEARCHED - looked_at)  # little, where much is found
        portion, end = _portion(chosen, matching, after=at, size=size)
        found += [row[1] for row in portion if sought.is_in(*row[2:])]
        looked_at += size
        if end is None:
            return _by_ids(found[: limit + 1]), None
        at = end
        if (
            not named
            and looked_at >= min(largest, MOST_SEARCHED)
            and len(found) * MOST_SEARCHED < (limit + 1) * looked_at
        ):
            named = True  # at this pace the page would not be filled
            if (rows := sought.rows()) is not None:
                chosen, looked_at = chosen.filter(pk__in=rows), 0
    return _by_ids(found[: limit + 1]), at if len(found) <= limit else None


def _portion(
    chosen: QuerySet[Response], matching: Q, *, after: Cursor | None, size: int
) -> tuple[list[tuple[Any, ...]], Cursor | None]:
    """Of the next `size` responses those that may match, and the last of all; None: there are no more."""
    places = _before(chosen, after).order_by("-answered_at", "-id").values_list("answered_at", "id")
    last = places[size - 1 : size].first()
    rows = _before(chosen, after).filter(matching)
    if last:
        rows = rows.exclude(TupleLessThan(_place(), last)).filter(answered_at__gte=last[0])
    fields = ("answered_at", "id", "comment", "account_id", "contact_id")
    return list(rows.order_by("-answered_at", "-id").values_list(*fields)), Cursor(*last) if last else None


def _by_ids(ids: list[int]) -> list[Response]:
    rows = {row.pk: row for row in _whole(Response.objects.filter(pk__in=ids))}
    return [rows[pk] for pk in ids if pk in rows]


def _before(rows: QuerySet[Response], after: Cursor | None) -> QuerySet[Response]:
    if after is None:
        return rows
    # The plain bound beside the pair: on SQLite the pair alone becomes an OR, which no index serves.
    return rows.filter(TupleLessThan(_place(), (after.answered_at, after.id)), answered_at__lte=after.answered_at)


def _first(rows: QuerySet[Response], limit: int) -> list[Response]:
    return list(_whole(rows).order_by("-answered_at", "-id")[: limit + 1])


def _whole(rows: QuerySet[Response]) -> QuerySet[Response]:
    """With what a list shows of each, in one query."""
    return rows.select_related("survey", "account", "contact", "ticket").defer("raw", "comment_raw")


# -- by way of the mart ---------------------------------------------------------------------------------------


def _from_mart(asked: _Asked, *, search: str, after: Cursor | None, limit: int) -> tuple[list[Response], Cursor | None]:
    sought = _Sought.read(search) if search else None
    found: list[Response] = []
    looked_at = 0
    for portion in _portions(asked, sought, after=after, size=_PORTION if search else limit + 1):
        rows = _by_ids([place.id for place in portion])
        if sought:
            rows = [row for row in rows if sought.is_in(row.comment, row.account_id, row.contact_id)]
        found += rows
        looked_at += len(portion)
        if len(found) > limit:
            return found[: limit + 1], None
        if looked_at >= MOST_SEARCHED:
            return found, portion[-1]
    return found, None


def _portions(asked: _Asked, sought: _Sought | None, *, after: Cursor | None, size: int) -> Iterator[list[Cursor]]:
    """Places that pass, newest first, in portions."""
    rows = _mart_rows(asked)
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


def _mart_rows(asked: _Asked):  # type: ignore[no-untyped-def]
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


def _speaking(rows, data, asked: _Asked):  # type: ignore[no-untyped-def]
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


# -- small --------------------------------------------------------------------------------------------------


def _place() -> Tuple:
    return Tuple("answered_at", "id")


def _cursor(row: Response) -> Cursor:
    return Cursor(row.answered_at.astimezone(UTC), row.pk)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
