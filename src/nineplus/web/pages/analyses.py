"""Analyses: any question of the catalogue on a page of its own. A new analysis needs no new page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from nineplus.model import Filter, Result
from nineplus.plugs import Analysis, Option
from nineplus.render import result_html, table_csv
from nineplus.stages import analyze
from nineplus.stages.analyze.choices import Offer
from nineplus.web import filter_bar
from nineplus.web.access import require_role
from nineplus.web.linking import to_csv, to_responses, to_touchpoint
from nineplus.web.page import filters_for, in_words, page

_FIXED = {
    "period": (("", "–"), ("week", "Week"), ("month", "Month"), ("quarter", "Quarter")),
    "window": (("", "Month"), ("week", "Week"), ("quarter", "Quarter")),
    "against": (("", "The period before"), ("first", "The first period")),
    "method": (
        ("", "Score interval"),
        ("adjusted_wald", "Adjusted Wald interval"),
        ("wald", "Wald interval"),
    ),
    "confidence": (("", "95 %"), ("0.9", "90 %"), ("0.99", "99 %")),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One option as the form asks for it. `choices` empty: it is typed."""

    name: str
    label: str
    help: str
    value: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()


@require_safe
@require_role("viewer")
@in_words
def analyses(request: HttpRequest) -> HttpResponse:
    """Every question there is."""
    listed = [(found.name, found.title, _first_line(found)) for found in analyze.catalogue().values()]
    return page(request, "analyses/list.html", title="Analyses", analyses=listed, query=request.GET.urlencode())


@require_safe
@require_role("viewer")
@in_words
def analyses_one(request: HttpRequest, name: str) -> HttpResponse:
    """One question with its options, answered for the filter in the address."""
    chosen = filter_bar.read(request.GET)
    result, options = ask(request, name, chosen)
    analysis = analyze.catalogue()[name]
    filters = filters_for(request, chosen, keep=sorted(options.items()))
    return page(
        request,
        "analyses/one.html",
        title=analysis.title,
        help=analysis.help,
        fields=fields(analysis, options, filters["offer"]),
        shown=result_html(
            result,
            level=1,
            href=to_responses(request, result, by=options.get("by", "")),
            csv=to_csv(result, options),
            narrow=to_touchpoint(request),
        ),
        **filters,
    )


@require_safe
@require_role("viewer")
@in_words
def analyses_csv(request: HttpRequest, name: str, table: str) -> HttpResponse:
    """One table of an answer, in full precision."""
    result, _ = ask(request, name, filter_bar.read(request.GET))
    found = next((one for one in result.tables if one.name == table), None)
    if found is None:
        raise Http404
    response = HttpResponse("\ufeff" + table_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{table}.csv"'
    return response


def ask(request: HttpRequest, name: str, chosen: Filter, **defaults: str) -> tuple[Result, dict[str, str]]:
    """The answer for this address, and the options it names."""
    analysis = analyze.catalogue().get(name)
    known = {option.name for option in analysis.options} if analysis else set()
    given = {key: value for key, value in request.GET.items() if key in known and value}
    result = analyze.run(name, filter=chosen, options={**defaults, **given}, now=timezone.now())
    return result, given


def fields(analysis: Analysis, given: Mapping[str, str], offer: Offer) -> list[Field]:
    """The form of an analysis, from its options."""
    return [_field(option, given.get(option.name, ""), offer) for option in analysis.options]


def _field(option: Option, value: str, offer: Offer) -> Field:
    label = option.name.replace("_", " ").capitalize()
    if option.name == "by":
        attributes = tuple((one.slug, one.label) for one in offer.choices)
        choices = (*(() if option.required else (("", "–"),)), *attributes)
        return Field("by", "By", option.help, value, "select", choices)
    if option.name in _FIXED:
        return Field(option.name, label, option.help, value, "select", _FIXED[option.name])
    if option.type is bool:
        choices = (("", "as usual"), ("yes", "yes"), ("no", "no"))
        return Field(option.name, label, option.help, value, "select", choices)
    kind = "number" if option.type in (int, float) else "text"
    shown = value or ("" if option.default is None else str(option.default))
    return Field(option.name, label, option.help, shown, kind)


def _first_line(analysis: Analysis) -> str:
    """The question in its own words, after its name: `Trend. Did NPS really move, or is that noise?`"""
    first = analysis.help.split("\n\n")[0].replace("\n", " ").strip()
    return first.partition(". ")[2] or first
