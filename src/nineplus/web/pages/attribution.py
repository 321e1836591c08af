"""Attribution: which tickets stand behind the scores, by which rule, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.model import Filter, Result
from nineplus.render import result_html
from nineplus.render.html import table_block
from nineplus.rules.attribution import in_words
from nineplus.stages import analyze
from nineplus.stages.connect import attribution as stage
from nineplus.stages.connect import auditing
from nineplus.store.models.attribution import LinkRuleState
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv
from nineplus.web.page import carried_out, filters_for, page, reads, writes

STEPS = {
    "asked": "Answers are read",
    "served": "The service of every ticket is worked out",
    "matched": "Answers are tied to tickets",
    "linked": "The service as it stood is looked up",
    "responses": "Answers are written",
    "tickets": "Tickets are written",
    "response_ticket": "Links are written",
}


@reads("viewer")
def attribution(request: HttpRequest) -> HttpResponse:
    """The rule in words, coverage with its reasons, windows, negative control, and the job that links anew."""
    chosen = filter_bar.read(request.GET)
    if request.htmx and request.GET.get("job"):
        return page(request, "attribution/job.html", **_job())
    by = request.GET.get("by", "")
    filters = filters_for(request, chosen, keep=[("by", by)] if by else [])
    now = timezone.now()
    coverage = analyze.run("attribution", filter=chosen, options={"by": by} if by else {}, now=now)
    windows = analyze.run("attribution-windows", filter=chosen, now=now)
    data = analyze.dataset(now=now)
    rule = data.rule or stage.current()
    return page(
        request,
        "attribution/page.html",
        title="Attribution",
        coverage=coverage,
        by=by,
        attributes=[(one.slug, one.label) for one in filters["offer"].choices],
        shown=result_html(replace(coverage, tables=coverage.tables[:1]), level=1, csv=to_csv(coverage, {"by": by})),
        more=_blocks(coverage, 1, {"by": by} if by else {}),
        windows=windows,
        effects=result_html(replace(windows, estimate=None), level=2, csv=to_csv(windows, {})),
        rule=rule,
        words=in_words(rule),
        audit=auditing.audit(),
        may_judge=request.user.may("agent"),
        **_job(),
        **filters,
    )


def _blocks(result: Result, first: int, options: dict[str, str]) -> list[object]:
    return [table_block(table, level=2, csv=to_csv(result, options)) for table in result.tables[first:] if table.rows]


def _job() -> dict[str, object]:
    one = stage.newest()
    going = one is not None and one.state in stage.GOING
    return {
        "job": one if going or (one and one.state in (LinkRuleState.FAILED, LinkRuleState.CANCELLED)) else None,
        "going": going,
        "percent": round(100 * one.steps_done / one.steps_total) if going and one.steps_total else None,
        "step": STEPS.get(one.step, "The rest is written") if going and one.step else "",
    }


@writes("analyst")
def attribution_cancel(request: HttpRequest, version: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: stage.cancel(version=version, now=timezone.now()),
        done="Cancelled. The rule in force stays as it is.",
        then="attribution",
    )


@reads("agent")
def attribution_links(request: HttpRequest) -> HttpResponse:
    """One link of the sample at a time: did this ticket make this answer?"""
    again = request.GET.get("check", "")
    return page(
        request,
        "attribution/links.html",
        title="Are the links right?",
        audit=auditing.audit(),
        case=auditing.upcoming(check=int(again) if again.isdecimal() else None),
        before=before if (before := request.GET.get("before", "")).isdecimal() else "",
        result=analyze.run("attribution", filter=Filter(), now=timezone.now()),
    )


@writes("agent")
def attribution_judge(request: HttpRequest, pk: int) -> HttpResponse:
    def said() -> None:
        auditing.judge(check=pk, verdict=request.POST.get("verdict", ""), by=request.user, now=timezone.now())

    response = carried_out(request, said, done="", then="attribution-links")
    response["Location"] += f"?before={pk}"
    return response


@writes("analyst")
def attribution_draw(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request, lambda: auditing.draw(now=timezone.now()), done="Drawn at random.", then="attribution-links"
    )
