"""The API for people who read, at /api/docs/. What it says is the API's own, handed in by whoever knows both."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from nineplus.web.access import View
from nineplus.web.page import page, reads


def reference_page(told: Callable[[str], object]) -> View:
    """The page of this reference: `told` makes it for an address that its examples begin with."""

    @reads("viewer")
    def settings_api(request: HttpRequest) -> HttpResponse:
        base = (settings.NINEPLUS.public_url or request.build_absolute_uri("/")).rstrip("/")
        return page(request, "reference/page.html", title="API reference", base=base, reference=told(base))

    return settings_api
