"""The survey page at a personal link. Opening it writes no score: mail scanners open everything."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from nineplus.model.survey import Content
from nineplus.rules.links import seal
from nineplus.rules.outcomes import State
from nineplus.rules.signals import agent_class
from nineplus.stages import capture
from nineplus.stages.capture import Outcome, Standing
from nineplus.stages.capture.answering.links import taken
from nineplus.stages.capture.drawing.arms import content_in
from nineplus.stages.capture.drawing.worded import worded, words_of
from nineplus.stages.capture.sending.testing import tested
from nineplus.web.survey import preview, scored, sent, showing
from nineplus.web.survey.answer import for_customers, traceless
from nineplus.web.survey.often import not_too_often
from nineplus.web.survey.showing import Doors, Shown
from nineplus.web.survey.wording import Wording

_JUST_NOW = timedelta(minutes=30)
"""So long after an answer its page goes on with it; later it says that there is one already."""


@for_customers
@require_safe
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The question; what follows it once it was answered; or why there is nothing to answer."""
    now = timezone.now()
    stands = capture.standing(token=token, now=now)
    if stands.state is State.FORGED and (draft := tested(token=token)) is not None:
        return preview.test_page(request, content=draft)
    words = _words(request, stands)
    preset = showing.preset_of(request)
    if stands.invitation is not None:
        agent = request.headers.get("User-Agent", "")
        capture.visited(token=token, now=now, head=request.method == "HEAD", agent=agent, score=preset, opens=False)
    if stands.state is State.OPEN or (stands.state is State.DECLINED and "anyway" in request.GET):
        hidden = [("anyway", "1")] if stands.state is State.DECLINED else []
        shown = Shown("personal", "ask", _doors(token, stands), preset=preset, hidden=hidden, seed=token)
        return showing.survey_page(request, words, shown)
    if stands.state is State.ANSWERED and stands.response is not None:
        return _answered(request, token, stands, words)
    until = stands.invitation.expires_at if stands.invitation else None
    anyway = "?anyway=1" if stands.state is State.DECLINED else ""
    return showing.state_page(request, words, stands.state, until=until, anyway=anyway)


def _answered(request: HttpRequest, token: str, stands: Standing, words: Wording) -> HttpResponse:
    response = stands.response
    assert response is not None
    notice: tuple[str, ...] = ()
    if timezone.now() - (response.changed_at or response.answered_at) > _JUST_NOW:
        repeated = words.say("states", "repeated_text", score=response.score)
        notice = words.say("states", "repeated_title"), repeated, words.say("states", "forwarded")
    if "missing" in request.GET:
        notice = (words.say("follow_up", "required"),)
    phase: showing.Phase = "done" if "thanks" in request.GET else "more"
    shown = Shown(
        "personal", phase, _doors(token, stands), response=response, code=stands.code, notice=notice, seed=token
    )
    return showing.survey_page(request, words, shown)


@for_customers
@require_POST
@not_too_often
def score(request: HttpRequest, token: str) -> HttpResponse:
    """Take the score that was pressed."""
    try:
        given = sent.read(request)
    except sent.Unreadable as problem:
        outcome = problem.outcome
    else:
        agent = agent_class(request.headers.get("User-Agent", ""))
        outcome = taken(scored.at_personal_link(token, given, agent=agent, now=timezone.now()))
    return sent.reply(request, outcome, then=reverse("survey", args=[token]))


@for_customers
@require_POST
@not_too_often
def more(request: HttpRequest, token: str) -> HttpResponse:
    """Take what follows the score."""
    outcome = added(request, token)
    then = reverse("survey", args=[token])
    return sent.reply(request, outcome, then=then + _after(outcome))


@for_customers
@require_POST
@not_too_often
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """ "Not now"."""
    outcome = capture.decline(token=token, now=timezone.now())
    return sent.reply(request, outcome, then=reverse("survey", args=[token]))


@for_customers
@require_POST
@not_too_often
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The page's script says that it was looked at."""
    capture.looked_at(token=token, now=timezone.now())
    return traceless(HttpResponse(status=204))


@for_customers
@require_safe
def hidden(request: HttpRequest, token: str) -> HttpResponse:
    """The link that people cannot see: who follows it follows every link."""
    agent = request.headers.get("User-Agent", "")
    capture.visited(token=token, now=timezone.now(), head=request.method == "HEAD", agent=agent, hidden=True)
    return traceless(HttpResponse(status=204))


def added(request: HttpRequest, token: str) -> Outcome:
    """What was sent after the score, kept; for personal and amend tokens alike."""
    try:
        given = sent.read(request)
    except sent.Unreadable as problem:
        return problem.outcome
    return capture.amend(
        token=token,
        now=timezone.now(),
        comment=sent.text(given, "comment"),
        extras=sent.mapping(given, "extras"),
        consent_contact=sent.flag(given, "consent_contact"),
        consent_quote=sent.flag(given, "consent_quote"),
        age_ms=given.get("age_ms"),
    )


def _after(outcome: Outcome) -> str:
    if outcome.state in (State.CHANGED, State.SAME):
        return "?missing=1" if outcome.faults else "?thanks=1"
    return "?missing=1" if outcome.state is State.WRONG else ""


def _doors(token: str, stands: Standing) -> Doors:
    assert stands.invitation is not None
    leave = ""
    if stands.invitation.contact_id is not None:
        leaving = seal(number=stands.invitation.pk, purpose="unsubscribe", key=capture.links_key())
        leave = reverse("survey-unsubscribe", args=[leaving])
    here = reverse("survey", args=[token])
    return Doors(
        score=reverse("survey-score", args=[token]),
        more=reverse("survey-more", args=[token]),
        decline=reverse("survey-decline", args=[token]),
        unsubscribe=leave,
        opened=reverse("survey-opened", args=[token]),
        trap=reverse("survey-hidden", args=[token]),
        change=here,
    )


def content_of(stands: Standing) -> Content:
    """What this link asks: the version it was sent with, else the one of today."""
    owner = stands.response or stands.invitation
    version = (owner.version if owner else None) or (stands.survey.current if stands.survey else None)
    if version is None:
        return showing.nobodys()
    content, asked = Content.model_validate(version.content), stands.invitation
    if asked is None:
        return content
    content = content_in(content, survey=version.survey_id, arm=asked.arm)
    return worded(content, words_of(asked.signals), language=asked.language)


def _words(request: HttpRequest, stands: Standing) -> Wording:
    known: list[str] = []
    if stands.response is not None:
        known.append(stands.response.language)
    if stands.invitation is not None:
        known.append(stands.invitation.language)
        known.append(stands.invitation.contact.language if stands.invitation.contact else "")
    return showing.words_for(request, content_of(stands), known=known)
