"""Responses as CSV, piece by piece: the length of the list does not matter to memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nineplus.render.csv import rows_csv
from nineplus.stages.capture import Cursor, Page
from nineplus.store.models import Attribute, Response

COLUMNS = (
    "answered_at",
    "score",
    "comment",
    "account",
    "contact",
    "email",
    "survey",
    "touchpoint",
    "channel",
    "language",
)


def pieces(pages: Callable[[Cursor | None], Page]) -> Iterator[str]:
    """The whole list as text, one piece per page; `pages` gives the page after a place (None: the first).

    After the columns every response has comes one per attribute of the company, as it stood when it was answered:
    by its slug, or `a.` and its slug where the first columns have that name.
    """
    attributes = {
        _name(slug): slug for slug in Attribute.objects.order_by("label", "slug").values_list("slug", flat=True)
    }
    names = (*COLUMNS, *attributes)
    head, after = "\ufeff" + rows_csv(names, []), None
    while True:
        page = pages(after)
        yield head + rows_csv(names, (_row(row, attributes) for row in page.rows)).partition("\r\n")[2]
        head, after = "", page.older
        if after is None:
            return


def _name(slug: str) -> str:
    return f"a.{slug}" if slug in COLUMNS else slug


def _row(response: Response, attributes: Mapping[str, str]) -> dict[str, Any]:
    contact = response.contact
    return {
        "answered_at": response.answered_at,
        "score": response.score,
        "comment": response.comment,
        "account": response.account.name or response.account.external_id if response.account else "",
        "contact": contact.name if contact else "",
        "email": contact.email if contact else "",
        "survey": response.survey.name,
        "touchpoint": response.survey.touchpoint,
        "channel": response.channel,
        "language": response.language,
        **{name: response.attributes.get(slug) for name, slug in attributes.items()},
    }
