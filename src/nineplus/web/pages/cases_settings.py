"""Settings of cases: what is promised, who takes part, who is away, how letters begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from nineplus.languages import languages
from nineplus.model.cases import PRIORITIES, CasePolicy, Rung
from nineplus.stages.act.cases import letters, owning, policy
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Absence, Seat, Survey
from nineplus.store.models.capture import SurveyState
from nineplus.web import typed
from nineplus.web.page import carried_out, page, reads, writes

_RUNGS = 3


@reads("analyst")
def settings_cases(request: HttpRequest) -> HttpResponse:
    held = policy.current()
    seats = {seat.user_id: seat for seat in Seat.objects.all()}
    rungs = [*held.chain, *([None] * (_RUNGS - len(held.chain)))]
    today = timezone.now().astimezone(preferences().zone).date()
    return page(
        request,
        "settings/cases.html",
        title="Cases",
        section="cases",
        policy=held,
        hours=[(name, held.minutes_for(name) / 60) for name in PRIORITIES],
        rungs=[(number, rung, rung.after_minutes / 60 if rung else None) for number, rung in enumerate(rungs, start=1)],
        high_value=typed.minor_shown(held.high_value_minor, preferences().currency),
        currency=preferences().currency,
        calendars=policy.calendars(),
        surveys=Survey.objects.filter(state=SurveyState.ACTIVE).order_by("name"),
        people=[(one, seats.get(one.pk)) for one in owning.able()],
        absences=Absence.objects.filter(last__gte=today).select_related("user").order_by("first", "pk"),
        templates=letters.every(),
        languages=[(code, one.name) for code, one in languages().items()],
    )


@writes("analyst")
def settings_cases_change(request: HttpRequest) -> HttpResponse:
    """What is promised from now on."""
    return carried_out(request, lambda: policy.change(_policy(request.POST)), done="Saved.", then="settings-cases")


@writes("analyst")
def settings_cases_people(request: HttpRequest) -> HttpResponse:
    """How everybody takes part; of those in the form, all or nobody changes."""
    given = request.POST

    def change() -> None:
        with transaction.atomic():
            for text in given.getlist("person"):
                owning.seat(user=_whole(text, "Choose somebody.") or 0, **_seat(given, text))

    return carried_out(request, change, done="Saved.", then="settings-cases")


@writes("analyst")
def settings_cases_away(request: HttpRequest) -> HttpResponse:
    """Somebody is away."""
    given = request.POST

    def add() -> None:
        user = _whole(given.get("user", ""), "Choose somebody.")
        owning.away(user=user or 0, first=_day(given.get("first", "")), last=_day(given.get("last", "")))

    return carried_out(request, add, done="Noted. No case is given to them on these days.", then="settings-cases")


@writes("analyst")
def settings_cases_back(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: owning.back(pk), done="Taken back.", then="settings-cases")


@writes("analyst")
def settings_cases_letter(request: HttpRequest) -> HttpResponse:
    """A template, new or changed, in one language; or away with it."""
    given = request.POST
    name, code = given.get("name", "").strip(), given.get("language", "en")

    def change() -> None:
        known = {one.name: one for one in letters.every()}
        if "remove" in given:
            known.pop(name, None)
        else:
            words = letters.Words(given.get("subject", "").strip(), given.get("text", "").strip())
            old = known.get(name)
            said = {**(old.words if old else {}), code: words}
            known[name] = replace(old, words=said) if old else letters.Template(name, said, code)
        letters.change(list(known.values()))

    return carried_out(request, change, done="Saved.", then="settings-cases")


# -- small --------------------------------------------------------------------------------------------------------


def _seat(given: QueryDict, who: str) -> dict[str, Any]:
    return {
        "team": given.get(f"team_{who}", ""),
        "calendar": given.get(f"calendar_{who}", ""),
        "takes_turns": f"takes_turns_{who}" in given,
        "capacity": _whole(given.get(f"capacity_{who}", ""), "Room is a number of cases."),
    }


def _policy(given: QueryDict) -> CasePolicy:
    survey = _whole(given.get("recovery_survey", ""), "Choose a survey.")
    value = given.get("high_value", "").strip()
    return replace(
        policy.current(),
        from_answers="from_answers" in given,
        not_older_days=_whole(given.get("not_older_days", ""), "Say a number of days.") or 0,
        calendar=given.get("calendar", ""),
        minutes=tuple((name, _minutes(given.get(f"hours_{name}", ""))) for name in PRIORITIES),
        chain=tuple(_rungs(given)),
        high_value_minor=typed.minor(value, preferences().currency) if value else None,
        recovery_survey=survey,
        recovery_days=_whole(given.get("recovery_days", ""), "Say a number of days.") or 0,
        plus_addresses="plus_addresses" in given,
    )


def _rungs(given: QueryDict) -> Sequence[Rung]:
    found = []
    for number in range(1, _RUNGS + 1):
        if (hours := given.get(f"rung_{number}", "").strip()) != "":
            people = tuple(int(pk) for pk in given.getlist(f"rung_{number}_people") if pk.isdecimal())
            found.append(Rung(_minutes(hours), people))
    return found


def _minutes(hours: str) -> int:
    try:
        return round(typed.number(hours) * 60)
    except NotPossible:
        raise NotPossible(f"{hours!r} is not a number of hours.") from None


def _whole(text: str, wrong: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) < 2**31):
        raise NotPossible(wrong)
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotPossible("That is not a day. Write it as 2026-01-31.") from None
