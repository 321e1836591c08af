"""Analyses: any question of the catalogue on a page of its own. A new analysis needs no new page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.model import Filter, Result
from nineplus.plugs import Analysis
from nineplus.render import result_html, table_csv
from nineplus.stages import analyze
from nineplus.stages.errors import NotFound
from nineplus.web import filter_bar
from nineplus.web import options as web_options
from nineplus.web.linking import to_csv, to_responses, to_touchpoint
from nineplus.web.page import filters_for, page, reads


@reads("viewer")
def analyses(request: HttpRequest) -> HttpResponse:
    """Every question there is."""
    listed = [(found.name, found.title, _short(found)) for found in analyze.catalogue().values()]
    return page(request, "analyses/list.html", title="Analyses", analyses=listed, query=request.GET.urlencode())


@reads("viewer")
def analyses_one(request: HttpRequest, name: str) -> HttpResponse:
    """One question with its options, answered for the filter in the address."""
    chosen, now = filter_bar.read(request.GET), timezone.now()
    analysis = _known(name)
    options = web_options.given(analysis, request.GET)
    filters = filters_for(request, chosen, keep=sorted(options.items()))
    asked = web_options.preset(analysis, chosen=chosen, now=now, without=options) | options
    words = {"help": analysis.help, "words": f"This page will answer: {_first_line(analysis)}"}
    if web_options.lacking(analysis, asked):
        return page(request, "analyses/one.html", title=analysis.title, **words, **filters)
    result = analyze.run(name, filter=chosen, options=asked, now=now)
    return page(
        request,
        "analyses/one.html",
        title=analysis.title,
        **words,
        fields=web_options.fields(analysis, asked, filters["offer"], chosen=chosen, now=now),
        shown=result_html(
            result,
            level=1,
            href=to_responses(request, result, by=asked.get("by", "")),
            csv=to_csv(result, asked),
            narrow=to_touchpoint(request),
        ),
        **filters,
    )


@reads("viewer")
def analyses_csv(request: HttpRequest, name: str, table: str) -> HttpResponse:
    """One table of an answer, in full precision."""
    result, _ = ask(request, name, filter_bar.read(request.GET))
    found = next((one for one in result.tables if one.name == table), None)
    if found is None:
        raise Http404
    response = HttpResponse("\ufeff" + table_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{table}.csv"'
    return response


def ask(request: HttpRequest, name: str, chosen: Filter) -> tuple[Result, dict[str, str]]:
    """The answer for this address, and the options it names."""
    options = web_options.given(_known(name), request.GET)
    return analyze.run(name, filter=chosen, options=options, now=timezone.now()), options


def _known(name: str) -> Analysis:
    if name not in analyze.catalogue():
        raise NotFound(f"There is no analysis {name!r}. There are: {', '.join(analyze.catalogue())}.")
    return analyze.catalogue()[name]


def _short(analysis: Analysis) -> str:
    """What it is called, without the question that its title asks: `Trend`."""
    return analysis.help.partition(". ")[0]


def _first_line(analysis: Analysis) -> str:
    """The question in its own words, after its name: `Trend. Did NPS really move, or is that noise?`"""
    first = analysis.help.split("\n\n")[0].replace("\n", " ").strip()
    return first.partition(". ")[2] or first
