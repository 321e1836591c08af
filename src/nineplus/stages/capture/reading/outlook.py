"""When do a survey's next messages go, and how many? The planner's own answer, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from nineplus.model.survey import Plan
from nineplus.render.numbers import instant, number
from nineplus.stages.capture.asking.preview import Preview, preview
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.sending.senders import must_reach
from nineplus.stages.capture.sending.testing import NO_SENDER
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Message, Sender, Survey
from nineplus.store.models.asking import MessageState
from nineplus.store.models.capture import SurveyState

_HOURS = ((24.0, "the next 24 hours"), (24.0 * 7, "the next 7 days"), (24.0 * 90, "the next 90 days"))
_MOST = 20_000  # looked at for a sentence
_AT_ONCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Outlook:
    """`says`: what happens next. `hindrance`: why nothing would arrive as things stand; empty when all is well."""

    says: str
    hindrance: str = ""


def outlook(survey: Survey, *, now: datetime) -> Outlook | None:
    """When the next messages go; of a survey that does not ask: when they would, were it switched on now.

    None for a survey that will never ask (closed, from imports). Looks a day ahead, then a week, then a quarter.
    """
    if survey.state in (SurveyState.CLOSED, SurveyState.HISTORY):
        return None
    plan = surveys.plan_of(survey)
    asks = survey.state == SurveyState.ACTIVE
    if not plan.channels:
        return Outlook(f"{'It writes' if asks else 'If you start now, it writes'} to nobody: its links take answers.")
    queued = Message.objects.filter(invitation__survey=survey, state=MessageState.WAITING)
    waiting = queued.aggregate(n=Count("pk"), first=Min("due_at"))
    said = [_planned(waiting["n"], waiting["first"], now=now)] if waiting["n"] else []
    said.append(_ahead(survey, plan, asks=asks, now=now))
    return Outlook(" ".join(said), _hindrance(plan))


def _ahead(survey: Survey, plan: Plan, *, asks: bool, now: datetime) -> str:
    start = "" if asks else "If you start now, "
    if plan.trigger.kind == "event":
        return _said(start, f"it asks when a program sends the event “{plan.trigger.event or 'without a name yet'}”.")
    if plan.trigger.kind == "manual":
        return _said(start, "nobody is asked by itself. Press “Ask” under “Who and when”, or share its link.")
    for hours, words in _HOURS:
        found = preview(survey, now=now, hours=hours, most=_MOST)
        if found.asked:
            return _said(start, _how_many(found, plan, words, asks=asks, now=now))
    return _said(start, f"nobody is due in {_HOURS[-1][1]}. “Who and when” says who is not asked, and why.")


def _how_many(found: Preview, plan: Plan, words: str, *, asks: bool, now: datetime) -> str:
    people = f"{'at least ' if not found.complete else ''}{number(found.asked)} {'more ' if asks else ''}"
    people += "person is" if found.asked == 1 else "people are"
    sentence = f"{people} due in {words}"
    if found.first is None:
        return f"{sentence}."
    if found.first - now <= _AT_ONCE:
        return f"{sentence}; the first message goes within two minutes."
    policy = plan.policy
    quiet = policy.quiet_from != policy.quiet_to
    why = f" (never from {policy.quiet_from} to {policy.quiet_to} where they live)" if quiet else ""
    return f"{sentence}; the first message goes on {instant(found.first)}{why}."


def _planned(n: int, first: datetime, *, now: datetime) -> str:
    when = "now" if first <= now else f"from {instant(first)} on"
    return f"{number(n)} message{'' if n == 1 else 's'} {'goes' if n == 1 else 'go'} out {when}."


def _hindrance(plan: Plan) -> str:
    """Nobody to send it through, a sender that does not work, or links that lead nowhere."""
    found = {sender.medium: sender for sender in Sender.objects.filter(is_default=True, medium__in=plan.channels)}
    for medium in plan.channels:
        sender = found.get(medium)
        if sender is None:
            return NO_SENDER.get(medium, "")
        if sender.error:
            return f"“{sender.name}” does not work: {sender.error}"
        try:
            must_reach(sender)
        except NotPossible as problem:
            return str(problem)
    return ""


def _said(start: str, sentence: str) -> str:
    return start + (sentence if start else sentence[:1].upper() + sentence[1:])
