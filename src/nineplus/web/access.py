"""Who may open which page. One decorator on every page; a page without one is found by a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def require_role(role: str) -> Callable[[View], View]:
    """Only people whose role includes `role`. Strangers go to the log-in and come back; others get a 403 page."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_log_in(request)
            if not request.user.may(role):
                raise PermissionDenied(role)
            return view(request, *args, **named)

        guarded.role = role  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """Open to anyone, on purpose: the log-in and the first visit."""
    view.role = None  # type: ignore[attr-defined]
    return view


def _to_log_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False):  # a part of a page cannot hold the log-in: ask for the whole page
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("log-in")
        return response
    where = reverse("log-in")
    if request.method == "GET" and request.path != "/":
        where += "?" + urlencode({"next": request.get_full_path()})
    return redirect(where)
