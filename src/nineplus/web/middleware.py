"""What happens to every request: its id and log line, headers for browsers, limits."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from prometheus_client import Counter, Histogram

from nineplus.logs import Flood

log = logging.getLogger("nineplus.request")
_flood = Flood(log)

ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/health", "/ready", "/metrics", "/static/")
_REQUESTS = Counter("nineplus_requests_total", "Requests answered.", ["view", "method", "status"])
_SECONDS = Histogram("nineplus_request_seconds", "Time to answer.", ["view"])

Next = Callable[[HttpRequest], HttpResponse]


class RequestLog:
    """Give the request an id, bind it to every log line, say it in the answer, log one line at the end.

    The line carries the path without its query: what people search for does not belong in a log.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=request.id):  # type: ignore[attr-defined]
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
            if not request.path.startswith(_QUIET):
                self._write(request, response, seconds)
        return response

    def _write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        write(
            request=request.id,  # type: ignore[attr-defined]
            method=request.method or "",
            path=request.path,
            view=(match.view_name if match else "") or "other",
            status=response.status_code,
            seconds=seconds,
            person=_person(request),
        )


def write(
    *, request: str, method: str, path: str, view: str, status: int, seconds: float, person: int | None = None
) -> None:
    """The line and the figures of one answered request."""
    _count(view, method, status, seconds)
    log.log(
        logging.WARNING if status >= 500 else logging.INFO,
        "request",
        extra={"request": request, **_fields(method, path, status, seconds, person)},
    )


def write_one_of_many(*, request: str, method: str, path: str, view: str, status: int, seconds: float) -> None:
    """The same line, for requests that come by the thousand a second (`logs.Flood`)."""
    if _metered():
        _count(view, method, status, seconds)
    if _flood.full():
        return
    _flood.info("request", {"request": request, **_fields(method, path, status, seconds, None)})


@cache
def _metered() -> bool:
    """Asked once: it holds for the process, and settings take long to say it."""
    return bool(settings.NINEPLUS.metrics)


def _count(view: str, method: str, status: int, seconds: float) -> None:
    if settings.NINEPLUS.metrics:
        _REQUESTS.labels(view, method, status).inc()
        _SECONDS.labels(view).observe(seconds)


def _fields(method: str, path: str, status: int, seconds: float, person: int | None) -> dict[str, object]:
    return {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1), "person": person}


class Browser:
    """Headers that Django has no setting for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        # The widget's script is there to be loaded by other sites; nothing else is.
        elsewhere = request.path == "/static/built/widget.js"
        response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if elsewhere else "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class UploadLimit:
    """Refuse what is too large before reading it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = settings.NINEPLUS.upload_limit_mb
        if _length(request) > limit * 1_000_000:
            words = f"This is larger than {limit} MB. Split it, or raise NINEPLUS_UPLOAD_LIMIT_MB."
            return JsonResponse({"title": "Too large", "status": 413, "detail": words}, status=413)
        return self.get_response(request)


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Too many wrong passwords for one account from one address."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    return render(request, "locked_out.html", {"minutes": minutes}, status=429)


def account_named(request: HttpRequest | None, credentials: Mapping[str, str] | None) -> str:
    """Whose password is being tried, however it is spelled: tries at Ada@ and ada@ count together."""
    given = credentials or {}
    posted = request.POST.get("email", "") if request is not None else ""
    return (given.get("username") or given.get("email") or posted).strip().casefold()


def _person(request: HttpRequest) -> int | None:
    """The number of the one who asked; looked up only where the view did."""
    cached = getattr(request, "_cached_user", None)
    return getattr(cached, "pk", None)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
