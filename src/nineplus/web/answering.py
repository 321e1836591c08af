"""The fast door for scores: `POST /s/<token>/score` and `POST /a/<public id>/score`, before Django.

A score is what arrives in floods, after a mailing. Here it is read, kept together with what else waits
(`stages.capture.answering.intake`) and answered, with the same words and headers as Django's views for the same
addresses (`web.survey`), which take everything else: what is not plainly a small form or JSON object to a known host is
left to them unread.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.module_loading import import_string

from nineplus.rules.signals import agent_class
from nineplus.stages import capture
from nineplus.stages.capture.answering.intake import Intake, NotNow
from nineplus.web import middleware
from nineplus.web.survey import anonymous, sent
from nineplus.web.survey.answer import traceless

Environ = Mapping[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]

INTAKE = Intake()
LONGEST = 20_000
"""Bytes of a score with all that its page says of it. Longer ones are Django's to judge."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
"""What a token or public id consists of. Others, which no header of an answer must hold, are Django's."""
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_agents = lru_cache(1_000)(agent_class)


def answer(environ: Environ, start_response: Start) -> Iterable[bytes] | None:
    """Answer this request if it is a plain score; None (and nothing read) when it is Django's."""
    path = environ["PATH_INFO"]
    if path[:3] not in ("/s/", "/a/") or path[-6:] != "/score" or environ["REQUEST_METHOD"] != "POST":
        return None
    which, kind, length = path[3:-6], environ.get("CONTENT_TYPE", "").partition(";")[0].strip(), _length(environ)
    if not _NAME.match(which) or kind not in (_JSON, _FORM) or length is None or not _ours(environ):
        return None
    began = time.perf_counter()
    body = environ["wsgi.input"].read(length)
    script = kind == _JSON or _JSON in environ.get("HTTP_ACCEPT", "")
    try:
        given = _read(body, kind)
        outcome, then = (_personal if path[1] == "s" else _passer)(which, given, environ)
    except sent.Unreadable as problem:
        outcome = problem.outcome
        then = f"/s/{which}/" if path[1] == "s" else f"/a/{which}/"
    except NotNow as problem:
        more = [("Content-Type", "text/plain"), ("Retry-After", "2")]
        return _reply(environ, start_response, 503, str(problem).encode(), more, began)
    if script:
        status = sent.STATUS.get(outcome.state, 200)
        said = json.dumps(sent.said(outcome)).encode()
        return _reply(environ, start_response, status, said, [("Content-Type", _JSON)], began)
    more = [("Content-Type", "text/html; charset=utf-8"), ("Location", then)]
    return _reply(environ, start_response, 303, b"", more, began)


def _personal(token: str, given: Mapping[str, Any], environ: Environ) -> tuple[capture.Outcome, str]:
    outcome = capture.score_by_link(
        token=token,
        score=given.get("score"),
        now=timezone.now(),
        language=sent.text(given, "language") or "",
        signals=given.get("signals"),
        age_ms=given.get("age_ms"),
        agent=_agents(environ.get("HTTP_USER_AGENT", "")),
        anyway=bool(given.get("anyway")),
        keep=INTAKE.keep,
    )
    return outcome, f"/s/{token}/"


def _passer(public_id: str, given: Mapping[str, Any], environ: Environ) -> tuple[capture.Outcome, str]:
    agent = _agents(environ.get("HTTP_USER_AGENT", ""))
    outcome, channel = anonymous.scored(public_id, given, agent=agent, keep=INTAKE.keep)
    return outcome, anonymous.then(public_id, outcome.amend, channel)


def _read(body: bytes, kind: str) -> Mapping[str, Any]:
    if kind == _FORM:
        return sent.form(QueryDict(body))
    return sent.read_json(body)


def _length(environ: Environ) -> int | None:
    given = environ.get("CONTENT_LENGTH") or ""
    return int(given) if given.isascii() and given.isdigit() and int(given) <= LONGEST else None


def _ours(environ: Environ) -> bool:
    """Is the request for a name of ours, as Django would ask?"""
    return _known(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS))


@lru_cache(1_000)
def _known(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


_HEADERS = (
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "nineplus.web.middleware.Browser",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""Those of the middleware that put headers on every answer."""


@lru_cache(2)
def _headers(secure: bool) -> list[tuple[str, str]]:
    """The headers that an answer to a customer gets on its way through Django."""
    request = HttpRequest()
    request.META = {"wsgi.url_scheme": "http"}
    request.is_secure = lambda: secure  # type: ignore[method-assign]
    way: Callable[[HttpRequest], HttpResponse] = lambda _: traceless(HttpResponse())  # noqa: E731
    for name in reversed(_HEADERS):
        way = import_string(name)(way)
    kept = way(request).headers
    return [(name, value) for name, value in kept.items() if name != "Content-Type"]


def _secure(environ: Environ) -> bool:
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    return bool(header) and environ.get(header, "").partition(",")[0].strip() == value


def _reply(
    environ: Environ, start_response: Start, status: int, body: bytes, more: list[tuple[str, str]], began: float
) -> list[bytes]:
    given = environ.get("HTTP_X_REQUEST_ID", "")
    request = given if middleware.ID.fullmatch(given) else secrets.token_hex(8)
    headers = [*more, ("Content-Length", str(len(body))), ("X-Request-ID", request), *_headers(_secure(environ))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    write = middleware.write_one_of_many if status < 500 else middleware.write
    write(
        request=request,
        method="POST",
        path=environ["PATH_INFO"],
        view="survey-score" if environ["PATH_INFO"][1] == "s" else "survey-link-score",
        status=status,
        seconds=time.perf_counter() - began,
    )
    return [body]
