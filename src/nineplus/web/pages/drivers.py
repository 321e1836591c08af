"""Drivers: what does service do to loyalty?"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nineplus.render import result_html
from nineplus.stages import analyze
from nineplus.web import filter_bar
from nineplus.web.access import require_role
from nineplus.web.linking import to_csv
from nineplus.web.page import filters_for, in_words, page
from nineplus.web.pages.analyses import ask, fields

NAME, WHAT_IF = "drivers", "what_if"


@require_safe
@require_role("viewer")
@in_words
def drivers(request: HttpRequest) -> HttpResponse:
    """Every driver with its points, how sure they are, and what is missing when they cannot be known."""
    chosen = filter_bar.read(request.GET)
    result, options = ask(request, NAME, chosen)
    filters = filters_for(request, chosen, keep=sorted(options.items()))
    return page(
        request,
        "drivers.html",
        title="Drivers",
        result=result,
        fields=fields(analyze.catalogue()[NAME], options, filters["offer"]),
        what_if=WHAT_IF in analyze.catalogue() and not result.refused,
        # The estimate of the weightiest driver stands in the sentence and in its row; alone it would look like an NPS.
        shown=result_html(replace(result, estimate=None), level=1, csv=to_csv(result, options)),
        **filters,
    )
