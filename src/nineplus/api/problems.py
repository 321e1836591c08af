"""Errors, all of one shape (RFC 9457), and the roles that keys need."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from nineplus.model import BadFilter
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import ApiKey

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
    """The key's role does not include what was asked."""


def needs(request: HttpRequest, role: str) -> None:
    """Raises Forbidden unless the key may do what that role may."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if not key.may(role):
        raise Forbidden(f"This key has the role {key.role_now}; {role} is needed.")


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
    api.add_exception_handler(AuthenticationError, lambda _request, _error: problem(401, "A valid key is needed."))
    api.add_exception_handler(
        HttpError, lambda _request, error: problem(error.status_code, str(error) or "It cannot be done.")
    )
    api.add_exception_handler(ValidationError, _invalid)


def _as(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: problem(status, str(error))


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors
    ]
    return problem(422, "Parts of the request cannot be used.", faults=faults)
