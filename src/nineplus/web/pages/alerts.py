"""Alerts: what this person was told, and how they want to be told."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.stages.act.alerts import choosing
from nineplus.stages.act.alerts.kinds import KINDS
from nineplus.stages.act.alerts.telling import choice_of
from nineplus.stages.errors import NotPossible
from nineplus.store.models.alerts import Mailed
from nineplus.web.page import page, reads, writes


@reads("viewer")
def alerts(request: HttpRequest) -> HttpResponse:
    choice = choice_of(request.user)
    rows = choosing.told(request.user)
    return page(
        request,
        "alerts.html",
        title="Alerts",
        rows=rows,
        newest=rows[0].pk if rows else 0,
        kinds=[(name, title, name not in choice.unwanted) for name, title in KINDS.items()],
        choice=choice,
        ways=Mailed.choices,
        hours=range(24),
    )


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
            time_zone=given.get("time_zone", "").strip(),
            quiet_from=_hour(given.get("quiet_from", "")),
            quiet_to=_hour(given.get("quiet_to", "")),
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "That is how you are told from now on.")
    return redirect("alerts")


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 2:
        raise NotPossible("Hours go from 0 to 23.")
    return int(text)
