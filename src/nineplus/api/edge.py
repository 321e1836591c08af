"""What every answer of the API has, wherever it was made: a Problem when it went wrong, and the key's quota."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from nineplus.api import limits
from nineplus.api.problems import MEDIA_TYPE, problem

_SENTENCES = {
    400: "The request cannot be read.",
    404: "There is nothing at this address. What there is: /api/docs/, for programs /api/openapi.json.",
    405: "This address does not take that method.",
    413: "The request is too large.",
    500: "Something went wrong here. The log has the details, under the id in X-Request-ID.",
    503: "The disk is full, or another program holds the database. Try again later.",
}


class Edge:
    """Middleware, for addresses under /api/ only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/api/"):
            return response
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith(MEDIA_TYPE):
            response = _as_problem(response)
        return limits.tell(response, getattr(request, "share", None))


def _as_problem(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    words = _SENTENCES.get(status, f"{HTTPStatus(status).phrase}.")
    told = problem(status, words)
    for name in ("Allow", "Retry-After", "X-Request-ID"):
        if name in response:
            told[name] = response[name]
    return told
