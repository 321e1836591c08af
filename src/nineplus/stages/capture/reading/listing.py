"""The live list of responses: page by page, newest first, as fast at a million rows as at a thousand.

Rows come from the store, so a new answer is there at once. A filter by attribute is answered by the mart, which
has attributes as columns and the ticket behind each answer: the list then agrees with the analyses.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.fields.tuple_lookups import TupleGreaterThan

from nineplus.model import Filter
from nineplus.stages.capture.reading.asked import GROUPS, Asked, narrowed, surveys_of
from nineplus.stages.capture.reading.by_mart import NO_THEME, from_mart, mart_rows
from nineplus.stages.capture.reading.places import Cursor, before, by_ids, cursor_of, first, place
from nineplus.stages.capture.reading.sought import Sought, searched
from nineplus.store.models import Response

__all__ = ["GROUPS", "MOST_ROWS", "NO_THEME", "Cursor", "Page", "among", "newer_than", "responses"]

MOST_ROWS = 200
MOST_COUNTED = 1_000
_FEW_SURVEYS = 8


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
    asked = Asked(filter, group, account, updated_since, theme, tone)
    limit = max(1, min(limit, MOST_ROWS))
    after = Cursor.read(after_cursor) if isinstance(after_cursor, str) else after_cursor
    horizon = None
    if asked.of_mart:
        found, horizon = from_mart(asked, search=search.strip(), after=after, limit=limit)
    else:
        found, horizon = _from_store(asked, search=search.strip(), after=after, limit=limit)
    rows = tuple(found[:limit])
    newest = cursor_of(rows[0]) if rows and not after else None
    if len(found) > limit:
        return Page(rows=rows, older=cursor_of(rows[-1]), newest=newest)
    return Page(rows=rows, older=horizon, newest=newest, searched_to=horizon.answered_at if horizon else None)


def among(
    ids: Sequence[int], *, filter: Filter, group: str = "", account: int | None = None, theme: str = "", tone: str = ""
) -> Page:
    """Those of these responses that pass, in the order given: what a search by meaning found. Raises as `responses`."""
    asked = Asked(filter, group, account, theme=theme, tone=tone)
    if asked.of_mart:
        rows = mart_rows(asked)
        left = [] if rows is None else rows.filter(rows.id.isin(list(ids))).to_pyarrow()["id"].to_pylist()
    else:
        chosen = narrowed(asked).filter(pk__in=ids)
        surveys = surveys_of(filter)
        left = list((chosen if surveys is None else chosen.filter(survey_id__in=surveys)).values_list("pk", flat=True))
    passed = set(left)
    return Page(rows=tuple(by_ids([pk for pk in ids if pk in passed])))


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
    asked = Asked(filter, group, account, theme=theme, tone=tone)
    after = Cursor.read(cursor) if isinstance(cursor, str) else cursor
    if asked.of_mart:
        rows = mart_rows(asked)
        if rows is None:
            return 0
        if after:
            rows = rows.filter(
                (rows.answered_at > after.answered_at)
                | ((rows.answered_at == after.answered_at) & (rows.id > after.id))
            )
        return int(rows.limit(MOST_COUNTED).count().to_pyarrow().as_py())
    chosen = narrowed(asked)
    if after:
        chosen = chosen.filter(
            TupleGreaterThan(place(), (after.answered_at, after.id)), answered_at__gte=after.answered_at
        )
    surveys = surveys_of(filter)
    if surveys is not None:
        chosen = chosen.filter(survey_id__in=surveys)
    return chosen.order_by()[:MOST_COUNTED].count()


def _from_store(asked: Asked, *, search: str, after: Cursor | None, limit: int) -> tuple[list[Response], Cursor | None]:
    chosen = narrowed(asked)
    surveys = surveys_of(asked.filter)
    if search:
        if surveys is not None:
            chosen = chosen.filter(survey_id__in=surveys)
        return searched(chosen, Sought.read(search), after=after, limit=limit)
    chosen = before(chosen, after)
    if surveys is None:
        return first(chosen, limit), None
    if len(surveys) > _FEW_SURVEYS:
        return first(chosen.filter(survey_id__in=surveys), limit), None
    # Each survey's newest come straight from its index; together they are a merge, never a sort of everything.
    each = [first(chosen.filter(survey_id=survey), limit) for survey in surveys]
    return list(heapq.merge(*each, key=cursor_of, reverse=True))[: limit + 1], None
