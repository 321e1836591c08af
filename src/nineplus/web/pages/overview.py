"""Overview: how are we, and why?"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.model import Filter, Result, Table
from nineplus.render import Html, figure_html, number_html
from nineplus.render.html import notices_html, table_block
from nineplus.stages import analyze
from nineplus.stages.analyze.overview import overview as asked
from nineplus.stages.govern import health, sample, troubles
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv, to_responses, to_touchpoint
from nineplus.web.page import filters_for, fresh_for, page, reads

FIRST_DRIVERS = 5
COSTLY_THEMES = 3


@reads("viewer")
@fresh_for
def overview(request: HttpRequest) -> HttpResponse:
    chosen = filter_bar.read(request.GET)
    seen = asked(filter=chosen, now=timezone.now())
    filters = filters_for(request, chosen)
    if seen.empty:
        return page(request, "overview_empty.html", title="Overview", **filters)
    if seen.score.refused:
        return page(request, "overview.html", title="Overview", seen=seen, score=seen.score, **filters)
    return page(
        request,
        "overview.html",
        title="Overview",
        seen=seen,
        score=seen.score,
        number=number_html(seen.score.estimate),
        split=figure_html(seen.score.table("groups"), href=to_responses(request, seen.score)),
        notices=notices_html(seen.score, narrow=to_touchpoint(request)),
        trend=_block(request, seen.trend),
        detractors=_detractors(request, chosen),
        mixed_with_sample=(mixed := sample.mixed()),
        sample_alone=not mixed and sample.status().state == "loaded",
        troubles=troubles.every() if request.user.may("analyst") else (),
        scores=_block(request, seen.distribution),
        **filters,
    )


def _detractors(request: HttpRequest, chosen: Filter) -> str:
    """Where the next step is: what detractors said. Nowhere for those who may not read answers."""
    if not request.user.may("agent"):
        return ""
    return f"{reverse('responses')}?{urlencode([*chosen.to_query(), ('group', 'detractors')])}"


def _block(request: HttpRequest, result: Result | None) -> Html | None:
    """The first table of an answer, drawn, with its twin and download."""
    if result is None or result.refused or not result.tables:
        return None
    return table_block(result.tables[0], level=2, href=to_responses(request, result), csv=to_csv(result, {}))


@reads("viewer")
@fresh_for
def overview_drivers(request: HttpRequest) -> HttpResponse:
    """The first few drivers, asked for by the open Overview: on new data they take seconds."""
    if not request.htmx:
        return redirect(f"{reverse('drivers')}?{request.GET.urlencode()}")
    chosen = filter_bar.read(request.GET)
    result = analyze.run("drivers", filter=chosen, now=timezone.now())
    table = None if result.refused else result.tables[0]
    drawn = figure_html(replace(table, rows=table.rows[:FIRST_DRIVERS])) if table else None
    return page(request, "parts/overview_drivers.html", result=result, drawn=drawn, query=urlencode(chosen.to_query()))


@reads("viewer")
@fresh_for
def overview_themes(request: HttpRequest) -> HttpResponse:
    """The themes that cost most, the one that brings most, and what rises; asked for as the drivers are."""
    if not request.htmx:
        return redirect(f"{reverse('themes')}?{request.GET.urlencode()}")
    chosen, now = filter_bar.read(request.GET), timezone.now()
    impact = analyze.run("theme-impact", filter=chosen, now=now)
    table = None if impact.refused else _extremes(impact.tables[0])
    rising = None if impact.refused else analyze.run("rising-themes", filter=chosen, now=now)
    return page(
        request,
        "parts/overview_themes.html",
        result=impact,
        unread=health.unread() if impact.refused else 0,
        drawn=figure_html(table) if table and table.rows else None,
        rises=rising.says if rising and not rising.refused and rising.figures["rising"] else "",
        query=urlencode(chosen.to_query()),
    )


def _extremes(table: Table) -> Table:
    """The few that cost most and the one that brings most; what can be told from zero comes before what cannot."""
    sure_first = sorted(table.rows, key=lambda row: (not row["clear"], row["impact"].value))
    costly = [row for row in sure_first if row["impact"].value < 0][:COSTLY_THEMES]
    brings = [row for row in reversed(table.rows) if row["impact"].value > 0]
    chosen = [*costly, *sorted(brings, key=lambda row: not row["clear"])[:1]]
    return replace(table, rows=tuple(sorted(chosen, key=lambda row: row["impact"].value)))
