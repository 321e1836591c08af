"""Labels: corrected where an answer is read, and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.render.csv import rows_csv
from nineplus.stages.analyze.comments import bringing, label_files, labels, showing, versions
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Response
from nineplus.web.page import carried_out, page, reads, writes

_SHOWN = 3
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
        content = file.read(label_files.LARGEST + 1)
        if len(content) > bringing.LARGE:
            bringing.receive(content, name=file.name or "", by=request.user, now=timezone.now())
            return redirect(reverse("themes-quality") + "#bringing")
        came = label_files.bring(content, by=request.user, now=timezone.now())
    except (Conflict, NotPossible) as problem:
        messages.error(request, str(problem))
        return redirect("themes-quality")
    request.session.pop(_REFUSED, None)
    messages.success(request, f"{came.labelled} comments labelled, {came.not_used} lines not used.")
    if came.refused:
        request.session[_REFUSED] = _listed(came.refused, came.not_used)
        for line, why in came.refused[:_SHOWN]:
            messages.warning(request, f"Line {line}: {why}")
    return redirect("themes-quality")


@reads("analyst")
def themes_labels_refused(request: HttpRequest) -> HttpResponse:
    """The lines of the last file of labels that could not be used, with the reason."""
    return _not_used(request.session.get(_REFUSED, _listed([], 0)))


@reads("viewer")
def themes_labels_job(request: HttpRequest) -> HttpResponse:
    """How far the worker is with a large file, asked for by the open page."""
    return page(request, "themes/bringing.html", **brought(request))


@writes("analyst")
def themes_labels_stop(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: bringing.stop(now=timezone.now()),
        done="Stopped. The labels that were taken in stay.",
        then="themes-quality",
    )


@reads("analyst")
def themes_labels_job_refused(request: HttpRequest) -> HttpResponse:
    """The lines of the last large file that could not be used, with the reason."""
    one = bringing.found()
    return _not_used(_listed(one.get("refused", []), one.get("not_used", 0)))


def brought(request: HttpRequest) -> dict[str, object]:
    """What a page shows of the last file: one that was taken in at once, and a large one."""
    one = bringing.found()
    of = one.get("of", 0)
    return {
        "refused": _REFUSED in request.session,
        "bringing": one,
        "bringing_going": one.get("state") in bringing.GOING,
        "bringing_percent": 100 * one["done"] // of if of else 0,
    }


def _listed(refused: Iterable[Sequence[object]], not_used: int) -> str:
    rows = [{"line": line, "reason": why} for line, why in refused]
    if not_used > len(rows):
        rows.append({"line": "", "reason": f"and {not_used - len(rows):,} further lines"})
    return rows_csv(("line", "reason"), rows)


def _not_used(rows: str) -> HttpResponse:
    response = HttpResponse("\ufeff" + rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="labels-not-used.csv"'
    return response
