"""The fast door for scores: `POST …/score` at `/s/<token>/`, `/a/<public id>/` and `/w/<public id>/`, before Django.

A score is what arrives in floods, after a mailing. Here it is read on the event loop, kept together with what else
waits (`stages.capture.answering.intake`) and answered, with the same words and headers as Django's views for the same
addresses (`web.survey`, `web.widget`), which take everything else: what is not plainly a small form or JSON object to
a known host is left to them unread. Nothing here waits for a disk, a database or a lock.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

from nineplus.rules.outcomes import State
from nineplus.rules.signals import agent_class
from nineplus.stages.capture import Outcome
from nineplus.stages.capture.answering.intake import Intake, NotNow
from nineplus.stages.capture.answering.keeping import Answer
from nineplus.stages.capture.answering.links import told
from nineplus.web import middleware, widget
from nineplus.web.survey import anonymous, often, scored, sent
from nineplus.web.survey.answer import traceless

INTAKE = Intake()
LONGEST = 20_000
"""Bytes of a score with all that its page says of it. Longer ones are Django's to judge."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
"""What a token or public id consists of. Others, which no header of an answer must hold, are Django's."""
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_agents = lru_cache(1_000)(agent_class)
Headers = list[tuple[str, str]]
Reply = tuple[int, Headers, bytes]


class Scope(Protocol):
    """What the server says of a request (RSGI)."""

    path: str
    method: str
    client: str
    headers: Any


class Request(Protocol):
    """Where its body comes from and its answer goes to (RSGI)."""

    async def __call__(self) -> bytes: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Door:
    """One kind of address: how its scores are read, and what its view does to every answer."""

    view: str
    kinds: tuple[str, ...]
    read: Callable[..., Answer | Outcome]
    then: Callable[[str, Outcome, Mapping[str, Any]], str] | None
    """Where a form goes on to; None where only scripts post."""
    dressed: Callable[[HttpResponse], HttpResponse]


_DOORS = {
    "/s/": _Door(
        "survey-score",
        (_JSON, _FORM),
        scored.at_personal_link,
        lambda token, _outcome, _given: f"/s/{token}/",
        traceless,
    ),
    "/a/": _Door(
        "survey-link-score",
        (_JSON, _FORM),
        scored.at_surveys_link,
        lambda name, outcome, given: anonymous.then(name, outcome.amend, scored.channel_of(given)),
        traceless,
    ),
    "/w/": _Door("widget-score", (_JSON, "text/plain"), scored.in_widget, None, widget.for_any_origin),
}


async def answer(scope: Scope, request: Request) -> bool:
    """Answer this request if it is a plain score; False (and nothing read) when it is Django's."""
    path = scope.path
    door = _DOORS.get(path[:3])
    if door is None or path[-6:] != "/score" or scope.method != "POST":
        return False
    headers, which = scope.headers, path[3:-6]
    kind = headers.get("content-type", "")
    if kind not in door.kinds:
        kind = kind.partition(";")[0].strip()
    if not _NAME.match(which) or kind not in door.kinds or not _short(headers) or not _known(headers.get("host", "")):
        return False
    began, now = time.perf_counter(), datetime.now(UTC)
    if path[1] == "s":  # personal links are bounded by themselves
        seconds = often.wait("s", which, peer="", forwarded="", now=now)
    else:
        peer = scope.client.rpartition(":")[0].strip("[]")
        seconds = often.wait(path[1], which, peer=peer, forwarded=_forwarded(headers), now=now)
    if seconds:
        if door.then is not None and not _by_script(kind, headers):
            return False  # it has the page that says so
        status, more, body = _told(door, Outcome(State.TOO_OFTEN))
        more.append(("Retry-After", str(seconds)))
    else:
        status, more, body = await _answered(door, which, kind, headers, await request(), now=now)
    number = headers.get("x-request-id", "")
    if not number or not middleware.ID.fullmatch(number):
        number = f"{random.getrandbits(64):016x}"
    more += (("Content-Length", str(len(body))), ("X-Request-ID", number))
    request.response_bytes(status, more + _headers(door, _secure(headers)), body)
    took = time.perf_counter() - began
    write = middleware.write_one_of_many if status < 500 else middleware.write
    write(request=number, method="POST", path=path, view=door.view, status=status, seconds=took)
    return True


async def _answered(door: _Door, which: str, kind: str, headers: Any, body: bytes, *, now: datetime) -> Reply:
    given: Mapping[str, Any] = {}
    try:
        given = sent.form(QueryDict(body)) if kind == _FORM else sent.read_json(body)
        found = door.read(which, given, agent=_agents(headers.get("user-agent", "")), now=now)
        outcome = told(await INTAKE.soon(found)) if isinstance(found, Answer) else found
    except sent.Unreadable as problem:
        outcome = problem.outcome if door.then else widget.UNREAD
    except NotNow as problem:
        return 503, [("Content-Type", "text/plain"), ("Retry-After", "2")], str(problem).encode()
    if door.then is None or _by_script(kind, headers):
        return _told(door, outcome)
    goes_on = door.then(which, outcome, given)
    return 303, [("Content-Type", "text/html; charset=utf-8"), ("Location", goes_on)], b""


def _told(door: _Door, outcome: Outcome) -> Reply:
    """What a script is told."""
    if door.then is None:
        status, words = widget.said(outcome)
        return status, [("Content-Type", _JSON)], json.dumps(words).encode()
    return sent.STATUS.get(outcome.state, 200), [("Content-Type", _JSON)], sent.said_text(outcome).encode()


def _by_script(kind: str, headers: Any) -> bool:
    return kind == _JSON or _JSON in headers.get("accept", "")


def _forwarded(headers: Any) -> str:
    """The addresses a proxy names; proxies may write a header of their own below the customer's."""
    if "x-forwarded-for" not in headers:
        return ""
    return ",".join(value for name, value in headers.items() if name == "x-forwarded-for")


def _short(headers: Any) -> bool:
    given = headers.get("content-length") or ""
    return given.isascii() and given.isdigit() and int(given) <= LONGEST


@lru_cache(1_000)
def _known(host: str) -> bool:
    """Is the request for a name of ours, as Django would ask?"""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


_HEADERS = (
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "nineplus.web.middleware.Browser",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""Those of the middleware that put headers on every answer."""


@lru_cache(16)
def _headers(door: _Door, secure: bool) -> Headers:
    """The headers that an answer to a customer gets on its way through Django."""
    request = HttpRequest()
    request.META = {"wsgi.url_scheme": "http"}
    request.is_secure = lambda: secure  # type: ignore[method-assign]
    way: Callable[[HttpRequest], HttpResponse] = lambda _: door.dressed(HttpResponse())  # noqa: E731
    for name in reversed(_HEADERS):
        way = import_string(name)(way)
    kept = way(request).headers
    return [(name, value) for name, value in kept.items() if name != "Content-Type"]


def _secure(headers: Any) -> bool:
    name, value = _proxys_word()
    return bool(name) and headers.get(name, "").partition(",")[0].strip() == value


@lru_cache(1)
def _proxys_word() -> tuple[str, str]:
    """The header by which a proxy says that the customer's side is encrypted, and how."""
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    return header.removeprefix("HTTP_").replace("_", "-").lower(), value
