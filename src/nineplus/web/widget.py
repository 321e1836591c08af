"""The widget's other half: what a survey asks, as JSON, and the answers given in other people's pages.

Any site may embed a survey, so any origin may ask and answer; no cookie is read or set, and nothing that is said
here tells of a person. Scores and comments go the way of every other anonymous answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nineplus import languages
from nineplus.render import colours
from nineplus.rules.outcomes import State
from nineplus.rules.signals import agent_class
from nineplus.stages import capture
from nineplus.stages.capture.answering.links import taken
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stats import scale
from nineplus.web.access import public
from nineplus.web.survey import often, scored
from nineplus.web.survey.colour import DARK, LIGHT
from nineplus.web.survey.wording import Wording, plain

MOST_BYTES = 100_000
_FRESH_SECONDS = 60
UNREAD = capture.Outcome(State.WRONG, faults={"body": "Send one JSON object of at most 100 kB."})


def for_other_sites(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Any origin may call it, without credentials; the browser's question whether it may is answered here."""

    @wraps(view)
    def open_to_all(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        response = HttpResponse(status=204) if request.method == "OPTIONS" else view(request, *args, **named)
        return for_any_origin(response)

    return csrf_exempt(public(open_to_all))


def for_any_origin(response: HttpResponse) -> HttpResponse:
    """Let any site's script read it."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@for_other_sites
@require_http_methods(["GET", "HEAD", "OPTIONS"])
def widget_config(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything the card shows, in the visitor's language."""
    standing = capture.standing_anonymous(public_id=public_id)
    if standing.survey is None or standing.survey.current is None or standing.state != "open":
        return JsonResponse({"state": str(standing.state)}, status=200 if standing.survey else 404)
    content = drawing.asked(standing.survey.current)
    code = languages.choose(
        link=request.GET.get("lang", ""),
        browser=request.headers.get("Accept-Language", ""),
        survey=content.language,
        offered=content.languages,
    )
    response = JsonResponse(_config(Wording(content, languages.texts(code))))
    response["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
    response["Vary"] = "Accept-Language"
    return response


@for_other_sites
@require_http_methods(["POST", "OPTIONS"])
def widget_score(request: HttpRequest, public_id: str) -> HttpResponse:
    """One score; the same key again is the same answer."""
    if seconds := often.of(request):
        return _later(seconds)
    given = _given(request)
    if given is None:
        return _told(UNREAD)
    agent = agent_class(request.headers.get("User-Agent", ""))
    outcome = taken(scored.in_widget(public_id, given, agent=agent, now=timezone.now()))
    return _told(outcome)


@for_other_sites
@require_http_methods(["POST", "OPTIONS"])
def widget_more(request: HttpRequest, public_id: str) -> HttpResponse:
    """Comment, extra answers and consents, added to the answer of that key, or that the token was given for."""
    if seconds := often.of(request):
        return _later(seconds)
    given = _given(request)
    if given is None:
        return _told(UNREAD)
    extras, comment = given.get("extras"), given.get("comment")
    key = str(given.get("key", ""))
    outcome = capture.amend(
        token=str(given.get("amend") or capture.amend_token(public_id=public_id, channel="widget", key=key)),
        comment=comment if isinstance(comment, str) else None,
        extras=extras if _is_map(extras) else {},
        consent_quote=_flag(given.get("consent_quote")),
        age_ms=given.get("age_ms"),
        now=timezone.now(),
    )
    return _told(outcome)


def _config(words: Wording) -> dict[str, Any]:
    content, language = words.content, words.language
    return {
        "state": "open",
        "language": language.code,
        "direction": language.direction,
        "colours": {
            "light": _colours(content.brand.colour, ground=LIGHT),
            "dark": _colours(content.brand.colour, ground=DARK),
        },
        "logo": content.brand.logo,
        "company": words.company,
        "question": words.question(),
        "low": words.end("low"),
        "high": words.end("high"),
        "numbers": [number.label for number in words.numbers(chosen=None)],
        "groups": [scale.group_of(score).value for score in range(scale.LOWEST, scale.HIGHEST + 1)],
        "followUp": words.by_group("follow_up"),
        "thanks": words.by_group("thanks"),
        "extras": [
            {
                "slug": extra.slug,
                "kind": extra.kind,
                "groups": extra.groups,
                "required": extra.required,
                "wording": extra.wording,
                "settings": dict(extra.settings),
                # `other` is drawn as a field of its own
                "options": [{"slug": one.slug, "label": one.label} for one in extra.options if one.slug != "other"],
                "low": extra.low,
                "high": extra.high,
            }
            for extra in words.extras(group="", answers={}, seed="")
        ],
        # Nobody could be contacted: the answer is nobody's.
        "consent": {"quote": words.say("consent", "quote")} if content.consent_quote else {},
        "commentAsked": content.comment_asked,
        "words": {
            "comment": words.say("follow_up", "label"),
            "optional": words.say("follow_up", "optional"),
            "required": words.say("follow_up", "required"),
            "send": words.say("buttons", "send"),
            "close": words.say("buttons", "skip"),
            "thanks": words.say("thanks", "title"),
            "saved": plain(language.say("thanks", "saved")),
            "offline": words.say("states", "offline"),
            "other": words.say("extras", "other_text"),
        },
    }


def _colours(brand: str, *, ground: str) -> dict[str, str]:
    return {
        "brand": brand,
        "ink": colours.ink_on(brand),
        "edge": colours.readable(brand, on=ground, least=colours.EDGE),
        "text": colours.readable(brand, on=ground, least=colours.TEXT),
    }


def _given(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object that was sent, whatever it calls itself; None when it is none or too large."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
            return None
        found = json.loads(request.read(MOST_BYTES + 1))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def said(outcome: capture.Outcome) -> tuple[int, dict[str, Any]]:
    """Status and what the script is told."""
    told = {"state": str(outcome.state), "score": outcome.score, "amend": outcome.amend, "code": outcome.code}
    status = 400 if outcome is UNREAD else 422 if outcome.faults else 200
    if outcome.state is State.TOO_OFTEN:
        status = 429
    return status, told | {"faults": dict(outcome.faults)}


def _told(outcome: capture.Outcome) -> JsonResponse:
    status, words = said(outcome)
    return JsonResponse(words, status=status)


def _later(seconds: int) -> JsonResponse:
    response = _told(capture.Outcome(State.TOO_OFTEN))
    response["Retry-After"] = str(seconds)
    return response


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


urlpatterns = [
    path("<slug:public_id>/config", widget_config, name="widget-config"),
    path("<slug:public_id>/score", widget_score, name="widget-score"),
    path("<slug:public_id>/more", widget_more, name="widget-more"),
]
