"""Overview: how are we, and why?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nineplus.web.access import require_role
from nineplus.web.page import in_words, page


@require_safe
@require_role("viewer")
@in_words
def overview(request: HttpRequest) -> HttpResponse:
    return page(request, "overview.html", title="Overview")
