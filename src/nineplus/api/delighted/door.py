"""The door of every call: which key, may it do that, how often, and what goes wrong becomes JSON."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from nineplus.api.delighted import sent
from nineplus.api.delighted.errors import Refused
from nineplus.api.delighted.sent import Sent
from nineplus.api.limits import TooOften, count, tell
from nineplus.stages.capture.asking.turns import Busy
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import keys, scopes
from nineplus.stages.share.delighted import Shapes
from nineplus.store.models import ApiKey, Survey

log = logging.getLogger(__name__)

View = Callable[..., HttpResponse]
_ACCEPTED = ("application/json", "text/json", "application/*", "*/*")


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: for which survey, what was sent, when, and in which shapes it is answered."""

    request: HttpRequest
    key: ApiKey
    survey: Survey
    sent: Sent
    shapes: Shapes
    now: datetime


def call(**by_method: tuple[str, Callable[..., HttpResponse]]) -> View:
    """The view of one address: for each method the scope it needs and the function that answers.

    `call(get=("responses:read", listed), post=("responses:write", added))`. The functions take an Ask and the parts of
    the address.
    """

    @csrf_exempt  # no cookies here: the key is in every request
    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            return _answered(request, by_method, parts)
        except Refused as refused:
            return refused.answer()
        except TooOften as problem:
            return tell(Refused(HTTPStatus.TOO_MANY_REQUESTS, str(problem)).answer(), problem.share)
        except NotFound as problem:
            return Refused(HTTPStatus.NOT_FOUND, str(problem)).answer()
        except Conflict as problem:
            return Refused(HTTPStatus.CONFLICT, str(problem)).answer()
        except Busy as problem:
            return Refused(HTTPStatus.SERVICE_UNAVAILABLE, str(problem), Retry_After="30").answer()
        except NotPossible as problem:
            faults = {"base": [str(problem)]}
            return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem), faults=faults).answer()
        except (OperationalError, InterfaceError) as problem:
            log.warning("database_away", extra={"type": type(problem).__name__})
            words = "The database is not available right now. Try again."
            return Refused(HTTPStatus.SERVICE_UNAVAILABLE, words, Retry_After="5").answer()
        except Exception as problem:  # the client reads JSON, whatever went wrong
            log.error("delighted_call_failed", extra={"type": type(problem).__name__}, exc_info=True)
            return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here.").answer()

    return view


def _answered(request: HttpRequest, by_method: dict[str, tuple[str, View]], parts: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    key = _key(request, now=now)
    share = count(key, now=now)
    _must_take_json(request)
    method = "get" if request.method == "HEAD" else (request.method or "").lower()
    if method not in by_method:
        allowed = ", ".join(sorted(name.upper() for name in by_method))
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"Use {allowed} here.", Allow=allowed)
    scope, answers = by_method[method]
    if refusal := scopes.refusal(key, scope):
        raise Refused(HTTPStatus.FORBIDDEN, refusal)
    assert key.survey is not None
    shapes = Shapes(base=request.build_absolute_uri("/"))
    return tell(answers(Ask(request, key, key.survey, sent.read(request), shapes, now), **parts), share)


def said(body: Any, *, status: int = 200) -> JsonResponse:
    """A JSON answer."""
    return JsonResponse(body, status=status, safe=False)


def wrong_address(request: HttpRequest, **_parts: Any) -> HttpResponse:
    """There is nothing under that address, said as JSON."""
    return Refused(HTTPStatus.NOT_FOUND, "There is nothing under this address.").answer()


def _key(request: HttpRequest, *, now: datetime) -> ApiKey:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        token = base64.b64decode(given.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        token = ""
    token = token.partition(":")[0]  # the Python client sends no colon, the others an empty password
    if not token or (found := keys.authenticate_bound(token, now=now)) is None:
        if token and keys.authenticate(token, now=now) is not None:
            words = (
                "This key is for /api/. Make one for Delighted's clients: nineplus key create NAME --delighted SURVEY"
            )
            raise Refused(HTTPStatus.FORBIDDEN, words)
        words = "A valid API key is needed, as user name without password."
        raise Refused(HTTPStatus.UNAUTHORIZED, words, WWW_Authenticate='Basic realm="nineplus"')
    return found


def _must_take_json(request: HttpRequest) -> None:
    accepts = [part.partition(";")[0].strip().lower() for part in request.headers.get("Accept", "*/*").split(",")]
    if not any(part in _ACCEPTED for part in accepts):
        raise Refused(HTTPStatus.NOT_ACCEPTABLE, "Answers are JSON. Send Accept: application/json.")
