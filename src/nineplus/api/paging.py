"""Pages of a list: a cursor that continues it, in the answer and as a Link header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query

from nineplus.stages.errors import NotPossible

MOST = 200
CURSOR: Any = Query("", description="`next` of the page before.", max_length=60)
LIMIT: Any = Query(50, ge=1, le=MOST, description="Most items on this page.")
Row = TypeVar("Row", bound=Model)


def newest_first(rows: QuerySet[Row], *, cursor: str, limit: int) -> tuple[Sequence[Row], str | None]:
    """One page by id, the newest first, and the cursor of the next one. Raises NotPossible for a strange cursor.

    What comes while one pages is before the first page: nothing is shown twice or left out.
    """
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and int(cursor) < 2**63):
            raise NotPossible("This place in the list cannot be read. Start from the newest again.")
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None


def follow(request: HttpRequest, response: HttpResponse, cursor: str | None) -> str | None:
    """Name the next page in the Link header too; returns its cursor."""
    if cursor is not None:
        query = request.GET.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    return cursor
