"""Themes: what customers talk about, what it goes with in points, what rises; and one theme with its comments."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.model import BadFilter, Estimate, Filter, Result, refuse
from nineplus.render import Html, numbers, result_html
from nineplus.render.html import table_block
from nineplus.stages import analyze, capture
from nineplus.stages.analyze.comments import quoting, reviewing, showing, topics, versions
from nineplus.stages.errors import NotFound
from nineplus.stages.govern import assistant
from nineplus.store.models import CommentReading
from nineplus.store.models.comments import ThemesState
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv
from nineplus.web.page import carried_out, filters_for, page, reads, writes

POINTS = "theme-points"
IMPACT, TREND, RISING, SEGMENTS, TICKETS = (
    "theme-impact",
    "theme-trend",
    "rising-themes",
    "theme-segments",
    "theme-tickets",
)
_COMMENTS = 12


@reads("viewer")
def themes(request: HttpRequest) -> HttpResponse:
    """Every theme with its points, what rises, what no theme covers yet."""
    chosen, now = filter_bar.read(request.GET), timezone.now()
    adjusted = {"adjust": "true"} if request.GET.get("adjust") else {}
    filters = filters_for(request, chosen, keep=sorted(adjusted.items()))
    impact = analyze.run(IMPACT, filter=chosen, options=adjusted, now=now)
    rising = analyze.run(RISING, filter=chosen, now=now)
    return page(
        request,
        "themes/page.html",
        title="Themes",
        impact=impact,
        adjusted=bool(adjusted),
        shown=result_html(
            replace(impact, estimate=None, tables=impact.tables[:1]), level=1, csv=to_csv(impact, adjusted)
        ),
        more=_blocks(impact, 1, adjusted),
        rising=_shown(rising, level=2),
        quotes=quoting.by_theme(filter=chosen, now=now),
        names={one.slug: one.name for one in versions.names()},
        read=CommentReading.objects.exists(),
        topics=topics.waiting(),
        assistant=request.user.may("analyst") and assistant.held().on,
        card=reviewing.card(),
        may_review=request.user.may("agent"),
        outdated=versions.outdated(),
        version=versions.current(),
        **_job(),
        **filters,
    )


@reads("viewer")
def themes_job(request: HttpRequest) -> HttpResponse:
    """How far the reading by the next version is, asked for by the open page."""
    return page(request, "themes/job.html", **_job())


@reads("viewer")
def themes_one(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme: how often, how felt, by whom, behind which tickets; and what they write."""
    chosen, now = filter_bar.read(request.GET), timezone.now()
    known = {one.slug: one for one in versions.names()}
    slug = versions.taxonomy(versions.current()).now(slug)
    if slug not in known:
        raise NotFound("There is no such theme any more.")
    filters = filters_for(request, chosen)
    by = request.GET.get("by") or filters["offer"].foremost
    impact = analyze.run(IMPACT, filter=chosen, now=now)
    trend, points = _about(TREND, slug, chosen, now), _points(impact, slug)
    told = [_about(POINTS, slug, chosen, now), _about(TICKETS, slug, chosen, now)]
    if by:
        told.insert(1, _about(SEGMENTS, slug, chosen, now, by=by))
    agent = request.user.may("agent")
    found = capture.responses(filter=chosen, theme=slug, limit=_COMMENTS).rows if agent else ()
    read = showing.shown([row.pk for row in found])
    return page(
        request,
        "themes/one.html",
        title=known[slug].name,
        subject=known[slug],
        parent=known.get(known[slug].parent),
        children=[one for one in known.values() if one.parent == slug],
        shown=_shown(
            replace(
                trend, title=known[slug].name, says=trend.says if trend.refused else f"{points} {trend.says}".strip()
            ),
            level=1,
            options={"theme": slug},
        ),
        told=[_shown(_of_one(one), level=2, options={"theme": slug}) for one in told],
        by=by,
        points=points if trend.refused else "",
        comments=[(row, read[row.pk]) for row in found if row.pk in read],
        assistant=request.user.may("analyst") and assistant.held().on,
        quotes=() if agent else quoting.of(slug, filter=chosen, now=now),
        all_comments=urlencode([*chosen.to_query(), ("theme", slug)]),
        **filters,
    )


@writes("analyst")
def themes_cancel(request: HttpRequest, number: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: versions.cancel(number=number, now=timezone.now()),
        done="Cancelled. The themes in force stay as they are.",
        then="themes",
    )


@writes("analyst")
def themes_again(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: versions.again(by=request.user, now=timezone.now()),
        done="The worker reads all comments anew.",
        then="themes",
    )


@writes("analyst")
def themes_topics_look(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: topics.ask(now=timezone.now()),
        done="The worker looks for what customers say that no theme covers.",
        then="themes",
    )


@writes("analyst")
def themes_topic_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a theme of it (in the draft), or dismiss it."""
    said, name = request.POST.get("said", ""), request.POST.get("name", "")
    if said == "theme":
        return carried_out(
            request,
            lambda: topics.make_theme(pk, name=name, by=request.user, now=timezone.now()),
            done="It is in the draft: look at the preview, then apply it.",
            then="themes-edit",
        )
    return carried_out(
        request, lambda: topics.dismiss(pk, by=request.user), done="Dismissed. It does not come again.", then="themes"
    )


def _shown(result: Result, *, level: int, tables: int | None = None, options: dict[str, str] | None = None) -> Html:
    """The answer without its estimate: the effect of one theme alone would look like an NPS."""
    told = replace(result, estimate=None, tables=result.tables[:tables])
    return result_html(told, level=level, csv=to_csv(result, options or {}))


def _about(name: str, slug: str, chosen: Filter, now: datetime, **options: str) -> Result:
    """The answer about one theme that there is; where nobody speaks of it, that it cannot be given."""
    try:
        return analyze.run(name, filter=chosen, options={"theme": slug, **options}, now=now)
    except BadFilter as problem:
        if repr(slug) not in str(problem):  # it is about something else
            raise
        title = analyze.catalogue()[name].title
        return refuse(name, title, "Nobody in these answers speaks of it, as far as they have been read.")


def _of_one(result: Result) -> Result:
    """The answer about one theme: its name need not stand in every row."""
    if result.refused or not result.tables:
        return result
    table, *others = result.tables
    columns = tuple(one for one in table.columns if one.name not in ("title", "name", "theme"))
    by = next((one.name for one in columns if one.name in ("category", "segment")), "")
    figure = replace(table.figure, label=by) if by and table.figure and table.figure.label == "name" else table.figure
    if figure and figure.label not in {one.name for one in columns}:
        return result
    return replace(result, tables=(replace(table, columns=columns, figure=figure), *others))


def _points(impact: Result, slug: str) -> str:
    """What this theme goes with, in a sentence; nothing where it cannot be said."""
    if impact.refused or not impact.tables:
        return ""
    for row in impact.tables[0].rows:
        if row.get("theme") == slug and isinstance(row.get("impact"), Estimate):
            tones = [f"{row[tone]:,} {tone}" for tone in ("negative", "positive") if row.get(tone)]
            return (
                f"{row['mentions']:,} answers speak of it ({numbers.share(row['share'])} of all; {', '.join(tones)}). "
                f"That goes with {numbers.estimate(row['impact'])} points of NPS."
            )
    return ""


def _blocks(result: Result, first: int, options: dict[str, str]) -> list[object]:
    return [table_block(table, level=2, csv=to_csv(result, options)) for table in result.tables[first:] if table.rows]


def _job() -> dict[str, object]:
    one = versions.newest()
    going = one.state in versions.GOING
    return {
        "job": one if going or one.state in (ThemesState.FAILED, ThemesState.CANCELLED) else None,
        "going": going,
        "percent": min(99, round(100 * one.read / one.of)) if going and one.of else None,
    }
