"""A survey's own link as a QR code, for paper and screens: SVG for print, PNG for everything else."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nineplus.rules.outcomes import State
from nineplus.stages import capture
from nineplus.web.access import public

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_LONGEST = 1_000
"""Characters of a link that a telephone still reads from paper."""


@public
@require_safe
def qr(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    """The code; what stands behind `?` goes into the link (`?branch=Berlin`). A quarter of it may be scratched off."""
    if capture.standing_anonymous(public_id=public_id).state is State.UNKNOWN:
        raise Http404
    base = (settings.NINEPLUS.public_url or request.build_absolute_uri("/")).rstrip("/")
    query = request.GET.urlencode()
    link = base + reverse("survey-link", args=[public_id]) + (f"?{query}" if query else "")
    if len(link) > _LONGEST:
        return HttpResponse("The link is too long for a QR code.", status=400, content_type="text/plain")
    drawn = io.BytesIO()
    code = segno.make(link, error="q", micro=False, boost_error=False)
    code.save(drawn, kind=kind, scale=10 if kind == "svg" else 20, border=4, **_more(kind))
    response = HttpResponse(drawn.getvalue(), content_type=_TYPES[kind])
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    return response


def _more(kind: str) -> dict[str, object]:
    """A white ground, so that it can be read in a dark theme and on coloured paper; SVG without fixed size."""
    without_size = {"omitsize": True, "svgclass": None, "lineclass": None} if kind == "svg" else {}
    return {"light": "#fff", **without_size}
