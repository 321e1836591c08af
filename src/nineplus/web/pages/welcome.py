"""The first choice: look round in the sample company, or bring one's own data."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.stages.analyze.choices import choices
from nineplus.stages.errors import Conflict
from nineplus.stages.govern import sample as sample_company
from nineplus.web.page import page, reads, writes


@reads("viewer")
def welcome(request: HttpRequest) -> HttpResponse:
    return page(request, "welcome.html", title="Welcome")


@writes("analyst")
def sample(request: HttpRequest) -> HttpResponse:
    """Ask the worker for the sample company; asked twice, it is on its way all the same."""
    with suppress(Conflict):
        sample_company.ask(now=timezone.now())
    return redirect("sample-progress")


@reads("viewer")
def sample_progress(request: HttpRequest) -> HttpResponse:
    """How far it is, asked again each second by the open page; then on to the Overview."""
    status = sample_company.status()
    snapshot = choices(now=timezone.now()).snapshot
    if status.state == "loaded" and snapshot and snapshot.rows:  # before that the Overview would be empty
        response = HttpResponse(status=200) if request.htmx else redirect("overview")
        if request.htmx:
            response["HX-Redirect"] = reverse("overview")
        return response
    template = "parts/sample_progress.html" if request.htmx else "sample.html"
    return page(request, template, title="The sample company", status_now=status)
