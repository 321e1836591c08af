"""Pages: by number, or by a cursor that only the Link header tells."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.http import HttpResponse

from nineplus.api.delighted.door import Ask
from nineplus.api.delighted.sent import Sent

PER_PAGE, MOST_PER_PAGE = 20, 100
MOST_AT_ONCE = 10_000
_FURTHEST = 1_000_000


def per_page(given: Sent) -> int:
    return given.whole("per_page", least=1, most=MOST_PER_PAGE, default=PER_PAGE) or PER_PAGE


def misses_link(ask: Ask) -> bool:
    """Would this client take the first page for all there is?

    PHP's looks for a header spelled `Link`; our web server writes names of headers in small letters, as HTTP allows.
    """
    return ask.request.headers.get("User-Agent", "").startswith("Delighted PHP")


def portion(given: Sent) -> slice:
    """The rows of the page that is asked for by its number."""
    count = per_page(given)
    first = ((given.whole("page", least=1, most=_FURTHEST, default=1) or 1) - 1) * count
    return slice(first, first + count)


def link_to_next(answer: HttpResponse, ask: Ask, *, page_info: str) -> HttpResponse:
    """Tell where the next page is: at the host that was asked, with neither `,` nor `;` in the address.

    Ruby's client takes the header apart at both.
    """
    known = {name: value for name, value in ask.sent.values.items() if isinstance(value, (str, int))}
    query = urlencode({**known, "page_info": page_info}, quote_via=quote)
    answer["Link"] = f'<{ask.request.build_absolute_uri(ask.request.path)}?{query}>; rel="next"'
    return answer
