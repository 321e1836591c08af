"""The first choice: look round in the sample company, or bring one's own data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nineplus.web.access import require_role
from nineplus.web.page import in_words, page


@require_safe
@require_role("viewer")
@in_words
def welcome(request: HttpRequest) -> HttpResponse:
    return page(request, "welcome.html", title="Welcome")
