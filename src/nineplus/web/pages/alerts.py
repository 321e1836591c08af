"""Alerts: what this person was told, how they want to be told, and what is worth an alert at all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.model.alerts import WINDOWS, AlertPolicy
from nineplus.stages.act.alerts import choosing, policy, sentences
from nineplus.stages.act.alerts.kinds import KINDS, SAYS
from nineplus.stages.act.alerts.timing import choice_of
from nineplus.stages.act.cases import policy as cases
from nineplus.stages.act.chat import personal, workspace
from nineplus.stages.analyze.choices import choices
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert
from nineplus.store.models.alerts import Mailed, Weekday
from nineplus.web.page import page, reads, writes

_ICONS = {
    "case_assigned": "loop",
    "overdue_case": "calendar",
    "high_value_detractor": "money",
    "score_fall": "responses",
    "nps_change": "overview",
    "rising_theme": "themes",
    "silent_account": "accounts",
    "referral_came": "loop",
    "referral_won": "money",
    "source_stopped": "connections",
}


@reads("viewer")
def alerts(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **typed: object) -> HttpResponse:
    """All of it; `typed`: what somebody typed into a form that was refused stands there instead of what is held."""
    choice, now = choice_of(request.user), timezone.now()
    rows = choosing.told(request.user)
    held = policy.current()
    company: dict[str, object] = {}
    if request.user.may("analyst"):
        company = {
            "held": held,
            "form": held,
            "windows": WINDOWS,
            "attributes": [(one.slug, one.label) for one in choices(now=now).choices],
            "company_kinds": [(name, title, name not in held.off) for name, title in KINDS.items()],
            "large": cases.current().high_value_minor is not None,
        }
    shown = {**company, "choice": choice, "unwanted": choice.unwanted, **typed}
    return page(
        request,
        "alerts.html",
        status=status,
        title="Alerts",
        says=sentences.says(rows),
        chosen=sentences.chosen(choice, kinds=len(KINDS)),
        fresh=[_line(row) for row in rows if row.read_at is None],
        earlier=[_line(row) for row in rows if row.read_at is not None],
        newest=rows[0].pk if rows else 0,
        kinds=[
            (name, title, SAYS[name], name not in shown["unwanted"], name in held.off) for name, title in KINDS.items()
        ],
        ways=Mailed.choices,
        hours=range(24),
        days=Weekday.choices,
        slack_there=workspace.held().connected,
        slack_trouble=personal.trouble(request.user),
        **shown,
    )


def _line(row: Alert) -> tuple[Alert, str, str]:
    return row, _ICONS.get(row.kind, "bell"), sentences.told_by(row)


@writes("viewer")
def alerts_read(request: HttpRequest) -> HttpResponse:
    to = request.POST.get("to", "")
    if to.isdecimal() and len(to) < 19:
        choosing.read_all(request.user, to=int(to), now=timezone.now())
    return redirect("alerts")


@writes("viewer")
def alerts_choose(request: HttpRequest) -> HttpResponse:
    given = request.POST
    try:
        choosing.choose(
            request.user,
            wanted=given.getlist("kind"),
            mailed=given.get("mailed", ""),
            digest_hour=_hour(given.get("digest_hour") or "8") or 0,
            digest_day=given.get("digest_day", Weekday.MONDAY),
            time_zone=given.get("time_zone", "").strip(),
            quiet_from=_hour(given.get("quiet_from", "")),
            quiet_to=_hour(given.get("quiet_to", "")),
            slack=bool(given.get("slack")),
            now=timezone.now(),
        )
    except NotPossible as problem:
        unwanted = [kind for kind in KINDS if kind not in given.getlist("kind")]
        return _page(request, status=400, choice=_typed(given), unwanted=unwanted, wrong_choice=str(problem))
    messages.success(request, "That is how you are told from now on.")
    if given.get("slack"):
        try:
            messages.success(request, personal.connect(request.user, now=timezone.now()))
        except NotPossible as problem:
            messages.error(request, str(problem))
    return redirect("alerts")


@writes("analyst")
def alerts_change(request: HttpRequest) -> HttpResponse:
    """What is worth an alert, for everybody."""
    given = request.POST
    try:
        policy.change(_policy(given))
    except NotPossible as problem:
        wanted = given.getlist("on")
        kinds = [(name, title, name in wanted) for name, title in KINDS.items()]
        return _page(request, status=400, form=_typed(given), company_kinds=kinds, wrong_policy=str(problem))
    messages.success(request, "Saved.")
    return redirect("alerts")


def _typed(given: QueryDict) -> dict[str, object]:
    """A form as it was filled in, with the hours as the page offers them."""
    hours = {
        name: int(given[name]) for name in ("quiet_from", "quiet_to", "digest_hour") if given.get(name, "").isdecimal()
    }
    return {**given.dict(), "quiet_from": None, "quiet_to": None, **hours}


def _policy(given: QueryDict) -> AlertPolicy:
    wanted = given.getlist("on")
    return AlertPolicy(
        off=tuple(kind for kind in KINDS if kind not in wanted),
        fall_points=_number(given.get("fall_points", ""), "A score falls by 1 to 10 points."),
        nps_window=given.get("nps_window", ""),
        nps_by=given.get("nps_by", ""),
        silent_days=_number(given.get("silent_days", ""), "Say a number of days."),
        renewal_days=_number(given.get("renewal_days", ""), "Say a number of days."),
    )


def _number(text: str, otherwise: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise NotPossible(otherwise)
    return int(text)


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 2:
        raise NotPossible("Hours go from 0 to 23.")
    return int(text)
