"""Review: comments to label, one at a time and by keyboard; and how good the reader is on them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.stages.analyze.comments import labels, reviewing, showing, teaching, versions
from nineplus.stages.errors import NotPossible
from nineplus.text.reading import SENTIMENTS
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.pages.themes.labels import brought

_KEYS = "123456789"
_FEELING_KEYS = {"positive": "p", "negative": "n", "neutral": "e", "mixed": "m"}


@reads("agent")
def themes_review(request: HttpRequest) -> HttpResponse:
    """The next comment of the queue, with what the reader thinks of it already ticked."""
    queue = request.GET.get("queue", reviewing.UNSURE)
    skipped = _skipped(request)
    [row] = reviewing.waiting(queue, by=request.user, after=skipped) or [None]
    taxonomy = versions.taxonomy(versions.current())
    shown = showing.show(row, row.response.comment) if row else None
    found = [*shown.themes, *shown.doubtful] if shown else []
    return page(
        request,
        "themes/review.html",
        title="Review comments",
        row=row,
        shown=shown,
        found=[(key, one) for key, one in zip(_KEYS, found, strict=False)],
        others=[theme for theme in taxonomy.themes if theme.slug not in {one.slug for one in found}],
        feelings=[(label, _FEELING_KEYS[label]) for label in SENTIMENTS],
        queue=queue,
        queues=[(slug, title, "?" + urlencode({"queue": slug})) for slug, title in reviewing.QUEUES.items()],
        left=reviewing.left(queue, by=request.user),
        many=reviewing.MANY,
        skip="?" + urlencode([("queue", queue), *(("skip", pk) for pk in [*skipped, row.response.pk])]) if row else "",
        skipped=skipped,
    )


@writes("agent")
def themes_review_say(request: HttpRequest, pk: int) -> HttpResponse:
    """What this person says the comment speaks of; then the next one."""
    queue = request.POST.get("queue", reviewing.UNSURE)
    try:
        labels.review(
            response=pk,
            themes=request.POST.getlist("theme"),
            sentiment=request.POST.get("sentiment", ""),
            drawn=queue == reviewing.DRAWN,
            by=request.user,
            now=timezone.now(),
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
    kept = [("queue", queue), *(("skip", text) for text in request.POST.getlist("skip") if text.isdecimal())]
    return redirect(f"{reverse('themes-review')}?{urlencode(kept)}")


@reads("viewer")
def themes_quality(request: HttpRequest) -> HttpResponse:
    """The tagger card: precision and recall on the company's own comments, agreement, and what corrections taught."""
    return page(
        request,
        "themes/quality.html",
        title="How good are the themes?",
        card=reviewing.card(),
        fewest=reviewing.FEWEST,
        agreed=reviewing.agreement(),
        version=versions.current(),
        labels=teaching.labels(),
        lesson=teaching.found(),
        taught=versions.current().taught,
        **brought(request),
    )


@writes("analyst")
def themes_learn(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: teaching.ask(now=timezone.now()),
        done="The worker learns from the corrections and measures the gain. Nothing changes until you use it.",
        then="themes-quality",
    )


@writes("analyst")
def themes_use(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: teaching.use(by=request.user, now=timezone.now()),
        done="It is in the draft now: look at the preview, then apply it.",
        then="themes-edit",
    )


def _skipped(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.GET.getlist("skip") if text.isdecimal() and len(text) < 19][-50:]
