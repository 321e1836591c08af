"""All surveys, and the start of a new one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Brand
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.drawing.starting import STARTING, starting
from nineplus.stages.capture.reading.numbers import numbers_of
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.web.access import require_role
from nineplus.web.page import in_words, page, reads


@reads("analyst")
def surveys(request: HttpRequest) -> HttpResponse:
    return page(request, "surveys/list.html", title="Surveys", rows=numbers_of(now=timezone.now()), starting=STARTING)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def surveys_new(request: HttpRequest) -> HttpResponse:
    """Choose when to ask; the rest is there already and can be changed."""
    problem = ""
    chosen = starting(request.POST.get("start", "") or request.GET.get("start", ""))
    if request.method == "POST" and chosen:
        company = preferences().company
        content = chosen.content.model_copy(update={"brand": Brand(company=company), "product": company})
        try:
            survey = drawing.create(
                name=request.POST.get("name", ""),
                touchpoint=chosen.touchpoint,
                content=content,
                plan=chosen.plan,
                now=timezone.now(),
            )
        except NotPossible as refusal:
            problem = str(refusal)
        else:
            return redirect("surveys-words", survey.pk)
    return page(
        request,
        "surveys/new.html",
        title="New survey",
        starting=STARTING,
        chosen=chosen,
        problem=problem,
        name=request.POST.get("name", chosen.title if chosen else ""),
    )
