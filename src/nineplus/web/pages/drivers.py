"""Drivers: what does service do to loyalty?"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.model import Result, Table
from nineplus.render import result_html
from nineplus.render.html import table_block
from nineplus.stages import analyze
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv
from nineplus.web.options import DRIVERS, fields, movable
from nineplus.web.page import filters_for, page, reads
from nineplus.web.pages.analyses import ask

WHAT_IF = "what-if"


@reads("viewer")
def drivers(request: HttpRequest) -> HttpResponse:
    """Every driver with its points, how sure they are, and what is missing when they cannot be known."""
    chosen = filter_bar.read(request.GET)
    result, options = ask(request, DRIVERS, chosen)
    filters = filters_for(request, chosen, keep=sorted(options.items()))
    return page(
        request,
        "drivers.html",
        title="Drivers",
        result=result,
        fields=fields(analyze.catalogue()[DRIVERS], options, filters["offer"], chosen=chosen, now=timezone.now()),
        movable=movable(result) if WHAT_IF in analyze.catalogue() else [],
        # The estimate of the weightiest driver stands in the sentence and in its row; alone it would look like an NPS.
        shown=result_html(
            replace(result, estimate=None, tables=result.tables[:1]), level=1, csv=to_csv(result, options)
        ),
        more=[table_block(table, level=2, csv=to_csv(result, options)) for table in _told(result)],
        **filters,
    )


@reads("viewer")
def drivers_what_if(request: HttpRequest) -> HttpResponse:
    """The part of the page that answers: what if this share of tickets went well?"""
    result, options = ask(request, WHAT_IF, filter_bar.read(request.GET))
    if not request.htmx:
        return redirect(f"{reverse('analyses-one', args=[WHAT_IF])}?{request.GET.urlencode()}")
    shown = replace(result, estimate=None)  # the sentence says it; alone it would look like an NPS
    return HttpResponse(result_html(shown, level=3, csv=to_csv(result, options)))


def _told(result: Result) -> list[Table]:
    """What stands behind the drivers: what is drawn first, the long tables last."""
    return sorted(result.tables[1:], key=lambda table: table.figure is None)
