"""What customers send: read from a form or from the page's script, and answered in the same manner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict

from nineplus.rules.outcomes import State
from nineplus.stages.capture import Outcome
from nineplus.web.survey.answer import traceless

LONGEST = 400_000
"""Bytes: the longest comment and many extra answers, in the widest letters."""
STATUS = {
    State.FORGED: 404,
    State.UNKNOWN: 404,
    State.EXPIRED: 410,
    State.CLOSED: 410,
    State.PAUSED: 409,
    State.DECLINED: 409,
    State.UNSCORED: 409,
    State.WRONG: 422,
    State.TOO_LONG: 413,
    State.TOO_OFTEN: 429,
}


class Unreadable(Exception):
    """Neither a form nor a JSON object, or too long. `outcome` says it."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.outcome = Outcome(state, faults={"body": "Send a form or a JSON object."})


def read(request: HttpRequest) -> Mapping[str, Any]:
    """The fields that were sent. A form's `extra.<slug>` and `attribute.<slug>` become `extras` and `attributes`."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        raise Unreadable(State.TOO_LONG)
    if request.content_type == "application/json":
        return read_json(request.body)
    return form(request.POST)


def read_json(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object. Raises Unreadable."""
    try:
        found = _read(body)
    except (ValueError, RecursionError):
        raise Unreadable(State.WRONG) from None
    if not isinstance(found, dict):
        raise Unreadable(State.WRONG)
    return found


def _read(body: bytes) -> Any:
    """As `json.loads`, which takes most of its time to find out what is nearly always so: UTF-8 and one object."""
    try:
        text = body.decode()
        found, end = _scan(text, 0)
        if end == len(text):
            return found
    except (ValueError, StopIteration):
        pass
    return json.loads(body)


_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def reply(request: HttpRequest, outcome: Outcome, *, then: str) -> HttpResponse:
    """JSON to a script; a form goes on to the page `then`, which says how it stands."""
    if by_script(request):
        return traceless(JsonResponse(said(outcome), status=STATUS.get(outcome.state, 200)))
    response = HttpResponseRedirect(then)
    response.status_code = 303
    return traceless(response)


def said(outcome: Outcome) -> dict[str, object]:
    """What a script is told."""
    words: dict[str, object] = {"state": outcome.state.value, "group": outcome.group}
    if outcome.score is not None:
        words["score"] = outcome.score
    return words | {name: value for name in ("amend", "code", "faults") if (value := getattr(outcome, name))}


def said_text(outcome: Outcome) -> str:
    """The same as JSON, the most frequent of them without the detour."""
    state, _, score, amend, code, faults = outcome
    if amend and score is not None and not code and not faults:
        return f'{_stands(state, score)}, "amend": "{amend}"}}'
    return json.dumps(said(outcome))


@lru_cache(1_000)
def _stands(state: State, score: int) -> str:
    return json.dumps(said(Outcome(state, score=score)))[:-1]


def by_script(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "application/json" in request.headers.get("Accept", "")


def text(sent: Mapping[str, Any], name: str) -> str | None:
    """That field as text; None when it was not sent."""
    value = sent.get(name)
    return value if isinstance(value, str) else None


def flag(sent: Mapping[str, Any], name: str) -> bool | None:
    value = sent.get(name)
    return value if isinstance(value, bool) else None


def mapping(sent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = sent.get(name)
    return value if isinstance(value, dict) else {}


def form(post: QueryDict) -> dict[str, Any]:
    """A form's fields under the names that JSON has."""
    sent: dict[str, Any] = {name: post[name] for name in post}
    extras: dict[str, Any] = {}
    for name in post:
        kind, _, slug = name.partition(".")
        if kind == "attribute" and slug:
            sent.setdefault("attributes", {})[slug] = post[name]
        elif kind == "extra" and slug.endswith(".other"):
            slug = slug.removesuffix(".other")
            extras[slug] = {"options": post.getlist(f"extra.{slug}"), "other": post[name]}
        elif kind == "extra" and slug and slug not in extras:
            values = post.getlist(name)
            extras[slug] = values[0] if len(values) == 1 else values
    if extras:
        sent["extras"] = extras
    if "consents" in sent:  # an empty box is not sent: this field says which boxes there were
        sent |= {f"consent_{name}": f"consent_{name}" in post for name in sent["consents"].split() if name}
    if "signals" not in sent:
        sent["signals"] = {"how": "press", "trap": bool(sent.get("website"))}
    return sent
