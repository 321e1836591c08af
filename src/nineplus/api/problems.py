"""Errors, all of one shape (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from nineplus.api.limits import TooOften, tell
from nineplus.model import BadFilter
from nineplus.model.faults import sentence
from nineplus.stages.capture.asking.turns import Busy
from nineplus.stages.errors import Conflict, NotFound, NotPossible

MEDIA_TYPE = "application/problem+json"


class Fault(Schema):
    """One part of a request that cannot be used."""

    where: str
    message: str


class Problem(Schema):
    """What went wrong, in a sentence; `faults` names the parts of the request that must change."""

    title: str
    status: int
    detail: str
    faults: list[Fault] = []


class Forbidden(Exception):
    """The key does not open what was asked."""


ERRORS: dict[int, Any] = {400: Problem, 401: Problem, 403: Problem, 422: Problem, 429: Problem}
"""What every operation may answer besides."""
BODY_ERRORS: dict[int, Any] = {**ERRORS, 413: Problem, 415: Problem}
"""And what those may that take a body."""


def problem(status: int, detail: str, *, faults: list[dict[str, str]] | None = None) -> HttpResponse:
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "faults": faults or []}
    response = HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="nineplus"'
    return response


def explain(api: NinjaAPI) -> None:
    """Turn everything that a stage or the request's own shape may raise into a Problem."""
    statuses: tuple[tuple[type[Exception], int], ...] = (
        (NotPossible, 400),
        (BadFilter, 400),
        (NotFound, 404),
        (Conflict, 409),
        (Forbidden, 403),
    )
    for kind, status in statuses:
        api.add_exception_handler(kind, _as(status))
    api.add_exception_handler(TooOften, lambda _request, error: tell(problem(429, str(error)), error.share))
    api.add_exception_handler(RequestDataTooBig, _as(413, f"A body has at most {_most_mb()} MB. Divide it."))
    api.add_exception_handler(Busy, _busy)
    api.add_exception_handler(AuthenticationError, lambda _request, _error: problem(401, "A valid key is needed."))
    api.add_exception_handler(HttpError, _refused)
    api.add_exception_handler(ValidationError, _invalid)


def _as(status: int, words: str = "") -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: problem(status, words or str(error))


def _refused(_request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__  # Ninja's own words hide why a body could not be read
    if isinstance(cause, HttpError):
        return problem(cause.status_code, str(cause))
    if isinstance(cause, json.JSONDecodeError):
        return problem(400, f"The body is no JSON: {cause.msg} (line {cause.lineno}, column {cause.colno}).")
    return problem(error.status_code, str(error) or "It cannot be done.")


def _most_mb() -> int:
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1_000_000


def _busy(_request: HttpRequest, error: Exception) -> HttpResponse:
    response = problem(503, str(error))
    response["Retry-After"] = "30"
    return response


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(map(str, fault["loc"])), "message": sentence(fault, field=_field(fault["loc"]))}
        for fault in error.errors
    ]
    said = " ".join(dict.fromkeys(fault["message"] for fault in faults[:3]))
    return problem(422, f"Parts of the request cannot be used. {said}".strip(), faults=faults)


def _field(place: Sequence[str | int]) -> str:
    """The field as the request's writer named it: without where it came in, and under what name we took the body."""
    kept = place[2:] if place and place[0] == "body" else place[1:]
    return ".".join(map(str, kept)) or "The body"
