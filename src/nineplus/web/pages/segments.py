"""Segments: where is loyalty really different, and where can we not tell?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.render import result_html
from nineplus.stages import analyze
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv, to_responses, to_touchpoint
from nineplus.web.page import filters_for, page, reads


@reads("viewer")
def segments(request: HttpRequest) -> HttpResponse:
    """One attribute, or two crossed; without a choice the one that tells answers apart most."""
    chosen = filter_bar.read(request.GET)
    by, across = request.GET.get("by", ""), request.GET.get("across", "")
    keep = [pair for pair in (("by", by), ("across", across)) if pair[1]]
    filters = filters_for(request, chosen, keep=keep)
    attributes = [(one.slug, one.label) for one in filters["offer"].choices]
    by = by or filters["offer"].foremost
    cut = ",".join(slug for slug in (by, across if across != by else "") if slug)
    result = analyze.run("segments", filter=chosen, options={"by": cut}, now=timezone.now()) if cut else None
    return page(
        request,
        "segments.html",
        title="Segments",
        attributes=attributes,
        by=by,
        across=across,
        result=result,
        shown=result_html(
            result,
            level=1,
            href=to_responses(request, result, by=cut),
            csv=to_csv(result, {"by": cut}),
            narrow=to_touchpoint(request),
        )
        if result
        else "",
        **filters,
    )
