"""Labels: corrected where an answer is read, and as a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.render.csv import rows_csv
from nineplus.stages.analyze.comments import label_files, labels, showing, versions
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response
from nineplus.web.page import page, reads, writes

_SHOWN = 3
_LARGEST = 1_000_000
"""Bytes: some thousand lines, which are taken in while the browser waits."""
_REFUSED = "labels_refused"


@writes("agent")
def themes_label(request: HttpRequest, pk: int) -> HttpResponse:
    """One theme of one comment: it speaks of it, or not; or what this person said is taken back."""
    slug, holds = request.POST.get("theme", ""), request.POST.get("holds", "")
    if request.POST.get("take_back"):
        labels.take_back(response=pk, by=request.user, now=timezone.now())
    elif slug:
        labels.label(response=pk, themes={slug: holds == "yes"}, by=request.user, now=timezone.now())
    if not request.htmx:
        return redirect("responses-one", pk)
    return page(request, "themes/said.html", **said(pk))


def said(pk: int) -> dict[str, object]:
    """What an answer's page shows of its comment."""
    shown = showing.shown([pk]).get(pk)
    there = {one.slug for one in (*shown.themes, *shown.doubtful)} if shown else set()
    return {
        "shown": shown,
        "response": shown.reading.response if shown else Response.objects.get(pk=pk),
        "other_themes": [theme for theme in versions.names() if theme.slug not in there] if shown else [],
    }


def named(slug: str) -> str:
    """How a theme is called; empty for none."""
    return next((one.name for one in versions.names() if one.slug == slug), slug.strip("-"))


@reads("analyst")
def themes_labels_csv(request: HttpRequest) -> HttpResponse:
    """Everything people said of comments, in the columns that `nineplus evaluate` reads."""
    text = "\ufeff" + rows_csv(label_files.COLUMNS, label_files.rows())
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="labels.csv"'
    return response


@writes("analyst")
def themes_labels_bring(request: HttpRequest) -> HttpResponse:
    """Labels that were given elsewhere."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise NotPossible("Choose a file of labels first.")
        if file.size > _LARGEST:
            raise NotPossible(
                "A file of labels has at most 1 MB here; bring a larger one with nineplus taxonomy labels --bring FILE."
            )
        came = label_files.bring(file.read(), by=request.user, now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("themes-quality")
    messages.success(request, f"{came.labelled} comments labelled, {len(came.refused)} lines not used.")
    if came.refused:
        rows = ({"line": line, "reason": why} for line, why in came.refused)
        request.session[_REFUSED] = rows_csv(("line", "reason"), rows)
        for line, why in came.refused[:_SHOWN]:
            messages.warning(request, f"Line {line}: {why}")
    return redirect("themes-quality")


@reads("analyst")
def themes_labels_refused(request: HttpRequest) -> HttpResponse:
    """The lines of the last file of labels that could not be used, with the reason."""
    text = "\ufeff" + request.session.get(_REFUSED, rows_csv(("line", "reason"), []))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="labels-not-used.csv"'
    return response
