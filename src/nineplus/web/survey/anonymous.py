"""The survey page for whoever has a survey's own link: from a QR code, a signature, a kiosk. Joined to nobody."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from nineplus.rules.outcomes import State
from nineplus.rules.signals import agent_class
from nineplus.stages import capture
from nineplus.stages.capture.answering.codes import given_to
from nineplus.stages.capture.answering.links import taken
from nineplus.web.survey import scored, sent, showing
from nineplus.web.survey.answer import for_customers
from nineplus.web.survey.often import not_too_often
from nineplus.web.survey.personal import added, content_of
from nineplus.web.survey.showing import Doors, Shown

_OURS = ("score", "lang", "home", "thanks", "missing")
_MOST_ATTRIBUTES, _LONGEST_VALUE = 20, 200


@for_customers
@require_safe
def link(request: HttpRequest, public_id: str) -> HttpResponse:
    """The question to anybody."""
    return _ask(request, public_id, way="anonymous")


@for_customers
@require_safe
def kiosk(request: HttpRequest, public_id: str) -> HttpResponse:
    """The question on a screen that many use; it begins anew by itself."""
    return _ask(request, public_id, way="kiosk")


def _ask(request: HttpRequest, public_id: str, *, way: showing.Way) -> HttpResponse:
    stands = capture.standing_anonymous(public_id=public_id)
    words = showing.words_for(request, content_of(stands))
    if stands.state is not State.OPEN:
        return showing.state_page(request, words, stands.state)
    given = {name: value for name, value in request.GET.items() if name not in _OURS}
    attributes = list(given.items())[:_MOST_ATTRIBUTES]
    key = secrets.token_urlsafe(24)
    hidden = [
        ("key", key),
        ("channel", "kiosk" if way == "kiosk" else "link"),
        *((f"attribute.{name[:60]}", value[:_LONGEST_VALUE]) for name, value in attributes),
    ]
    doors = Doors(
        score=reverse("survey-link-score", args=[public_id]),
        more="",
        change=request.path,
        amend=reverse("survey-amend-more", args=["TOKEN"]).replace("TOKEN", "{}"),
        again=_again(request, given) if way == "kiosk" else "",
    )
    preset = showing.preset_of(request) if way != "kiosk" else None
    shown = Shown(way, "ask", doors, preset=preset, hidden=hidden, seed=key)
    return showing.survey_page(request, words, shown)


def _again(request: HttpRequest, attributes: dict[str, str]) -> str:
    """The kiosk as it stood before somebody chose another language."""
    home = request.GET.get("home", "")
    query = {**({"lang": home} if home else {}), **attributes}
    return request.build_absolute_uri(request.path + (f"?{urlencode(query)}" if query else ""))


@for_customers
@require_POST
@not_too_often
def link_score(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the score that was pressed at a survey's own link or kiosk."""
    channel = "link"
    try:
        given = sent.read(request)
    except sent.Unreadable as problem:
        outcome = problem.outcome
    else:
        agent = agent_class(request.headers.get("User-Agent", ""))
        outcome = taken(scored.at_surveys_link(public_id, given, agent=agent, now=timezone.now()))
        channel = scored.channel_of(given)
    return sent.reply(request, outcome, then=then(public_id, outcome.amend, channel))


def then(public_id: str, token: str, channel: str) -> str:
    """Where a form goes on to after its score."""
    if not token:
        return reverse("survey-kiosk" if channel == "kiosk" else "survey-link", args=[public_id])
    return reverse("survey-amend", args=[token]) + ("?kiosk=1" if channel == "kiosk" else "")


@for_customers
@require_safe
def amend(request: HttpRequest, token: str) -> HttpResponse:
    """Without script: what follows an anonymous score, at an address of its own."""
    stands = capture.standing_amend(token=token, now=timezone.now())
    known = [stands.response.language] if stands.response else []
    words = showing.words_for(request, content_of(stands), known=known)
    if stands.state is not State.ANSWERED or stands.response is None or stands.survey is None:
        return showing.state_page(request, words, stands.state)
    on_kiosk = stands.response.channel == "kiosk"
    public_id = stands.survey.public_id or ""
    doors = Doors(
        score=reverse("survey-link-score", args=[public_id]),
        more=reverse("survey-amend-more", args=[token]),
        change=request.path,
        again=reverse("survey-kiosk", args=[public_id]) if on_kiosk else "",
    )
    notice = (words.say("follow_up", "required"),) if "missing" in request.GET else ()
    shown = Shown(
        "kiosk" if on_kiosk else "amend",
        "done" if "thanks" in request.GET else "more",
        doors,
        response=stands.response,
        code=given_to(stands.response.pk),
        notice=notice,
        seed=token,
    )
    return showing.survey_page(request, words, shown)


@for_customers
@require_POST
@not_too_often
def amend_more(request: HttpRequest, token: str) -> HttpResponse:
    """Take what follows an anonymous score."""
    outcome = added(request, token)
    then = reverse("survey-amend", args=[token])
    done = outcome.state in (State.CHANGED, State.SAME) and not outcome.faults
    return sent.reply(request, outcome, then=then + ("?thanks=1" if done else "?missing=1" if outcome.faults else ""))
