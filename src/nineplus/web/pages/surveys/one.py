"""One survey: is it asking, how far do its invitations get, and who stays silent?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.render import result_html
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.reading import beforehand
from nineplus.stages.capture.reading.funnel import funnel
from nineplus.stages.capture.reading.goals import coverage_goals, revenue_coverage
from nineplus.stages.capture.reading.outlook import outlook
from nineplus.stages.capture.sending.waiting import queue_now, send_unsure_again
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Attribute
from nineplus.web.page import carried_out, page, reads, writes

CUTS = {"channel": "Channel", "version": "Version", "arm": "Arm of an experiment"}


@reads("analyst")
def surveys_one(request: HttpRequest, pk: int) -> HttpResponse:
    survey = drawing.find(pk)
    if survey.state == "draft" and survey.current_id is None:
        return redirect("surveys-words", pk)
    now = timezone.now()
    attributes = list(Attribute.objects.order_by("label").values_list("slug", "label"))
    by = request.GET.get("by", "")
    by = by if by in {*CUTS, *dict(attributes)} else "channel"
    aims = drawing.plan_of(survey).goals
    return page(
        request,
        "surveys/one.html",
        title=survey.name,
        survey=survey,
        section="one",
        by=by,
        cuts=[*CUTS.items(), *attributes],
        funnel=result_html(funnel(survey, by=by), level=2),
        goals=result_html(coverage_goals(survey, now=now), level=2) if aims else "",
        nobody_yet=not survey.invitations.exclude(fate="skipped").exists(),
        queue=queue_now(survey=survey.pk, now=now),
        versions=survey.versions.select_related("created_by").order_by("-number"),
    )


@reads("analyst")
def surveys_revenue(request: HttpRequest) -> HttpResponse:
    """Whose revenue has been heard, over all surveys."""
    return page(
        request,
        "surveys/revenue.html",
        title="Revenue heard",
        shown=result_html(revenue_coverage(now=timezone.now()), level=1),
    )


@reads("analyst")
def surveys_outlook(request: HttpRequest, pk: int) -> HttpResponse:
    """The sentence under the survey's name: when the next messages go, and how many."""
    return page(request, "surveys/outlook.html", outlook=outlook(drawing.find(pk), now=timezone.now()))


@writes("analyst")
def surveys_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Messages of which nobody knows whether they went: a person says that they are to go again."""
    return carried_out(
        request,
        lambda: send_unsure_again(survey=drawing.find(pk).pk, now=timezone.now()),
        done="They go again. Who had got theirs gets a second one.",
        then="surveys-one",
        pk=pk,
    )


@writes("analyst")
def surveys_publish(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: drawing.publish(drawing.find(pk), by=request.user, now=timezone.now()),
        done="Published. From now on customers see this.",
        then="surveys-one",
        pk=pk,
    )


@reads("analyst")
def surveys_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it asks anybody: how many, when, through whom, and who not; yes or no is said here."""
    survey = drawing.find(pk)
    if survey.state not in ("draft", "paused") or not drawing.plan_of(survey).channels:
        return redirect("surveys-one", pk)
    verb = "Go on asking" if survey.state == "paused" else "Start asking"
    return page(
        request,
        "surveys/start.html",
        title=f"{verb}: {survey.name}",
        survey=survey,
        verb=verb if survey.current_id else "Publish and start asking",
        start=beforehand.start(survey, now=timezone.now()),
        company=preferences().company,
    )


@writes("analyst")
def surveys_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Starting publishes what was never published: there is nothing else one could mean."""
    state = request.POST.get("state", "")
    done = {
        "active": "It asks from now on.",
        "paused": "Paused.",
        "closed": "Closed. Its links say so.",
    }.get(state, "")

    def switch() -> None:
        survey = drawing.find(pk)
        now = timezone.now()
        if state == "active" and survey.current_id is None:
            drawing.publish(survey, by=request.user, now=now)
        drawing.switch(survey, state=state, now=now)

    if state == "active" and not drawing.plan_of(drawing.find(pk)).channels:
        done = "Its links take answers. Nobody is written to."
    return carried_out(request, switch, done=done, then="surveys-one", pk=pk)
