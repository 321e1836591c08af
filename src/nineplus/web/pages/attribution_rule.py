"""Settings: the rule that ties answers to tickets, working hours, and what service was promised."""

from __future__ import annotations

import re
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from nineplus.model.attribution import HALF_LIVES, LABELS, Conditions, LinkRule, ServiceLevel, WorkCalendar
from nineplus.stages.connect import attribution as stage
from nineplus.stages.errors import NotPossible
from nineplus.web.page import carried_out, page, reads, writes

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\Z")


@reads("analyst")
def settings_attribution(request: HttpRequest) -> HttpResponse:
    rule = stage.edited()
    return page(
        request,
        "settings/attribution.html",
        title="Attribution",
        section="attribution",
        rule=rule,
        versions=stage.versions(),
        half_lives=HALF_LIVES,
        left=[(label, ", ".join(dict(rule.leave_out).get(label, ()))) for label in LABELS],
        waiting=", ".join(rule.waiting),
        calendars=[_shown(one) for one in (*rule.calendars, WorkCalendar("", hours=()))],
        levels=[(one, _said(one.when)) for one in (*rule.levels, ServiceLevel(""))],
        days=DAYS,
    )


@writes("analyst")
def settings_attribution_save(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: stage.save(_read(request.POST), by=request.user, now=timezone.now()),
        done="Saved. All answers are linked by the new version; until that is done the one before stays.",
        then="attribution",
    )


def _read(given: QueryDict) -> LinkRule:
    """The rule that the form says. Raises NotPossible, naming the field."""
    return LinkRule(
        window_days=_number(given.get("window_days", ""), "The window") or 0,
        tiers=("T1", *(tier for tier in ("T2", "T3") if given.get(tier))),
        leave_out=tuple((label, values) for label in LABELS if (values := _list(given.get(f"left_{label}", "")))),
        half_life_days=_number(given.get("half_life_days", ""), "The half-life") or 0,
        calendars=tuple(_calendars(given)),
        levels=tuple(_levels(given)),
        waiting=tuple(value.lower() for value in _list(given.get("waiting", ""))),
    )


def _calendars(given: QueryDict) -> list[WorkCalendar]:
    found = []
    for i, name in enumerate(given.getlist("calendar_name")):
        if not name.strip():
            continue
        hours = tuple(
            (day, start, end)
            for day in range(7)
            for start, end in _spans(given.getlist(f"hours_{day}")[i], f"{name}, {DAYS[day]}")
        )
        found.append(
            WorkCalendar(
                name=name.strip(),
                time_zone=given.getlist("time_zone")[i].strip(),
                hours=hours,
                country=given.getlist("country")[i].strip(),
                region=given.getlist("region")[i].strip(),
                holidays=tuple(_days(given.getlist("holidays")[i], name)),
            )
        )
    return found


def _levels(given: QueryDict) -> list[ServiceLevel]:
    return [
        ServiceLevel(
            name=name.strip(),
            calendar=given.getlist("level_calendar")[i].strip(),
            when=_conditions(given.getlist("level_when")[i]),
            first_response_minutes=_number(given.getlist("level_first")[i], f"{name}, first response"),
            resolution_minutes=_number(given.getlist("level_resolution")[i], f"{name}, resolution"),
        )
        for i, name in enumerate(given.getlist("level_name"))
        if name.strip()
    ]


def _number(text: str, what: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 7:
        raise NotPossible(f"{what} is a whole number, not {text!r}.")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _conditions(text: str) -> Conditions:
    """`priority=High, Urgent; plan=Gold`."""
    found = []
    for part in text.split(";"):
        label, equals, values = part.partition("=")
        if not part.strip():
            continue
        if not equals or not _list(values):
            raise NotPossible(f"{part.strip()!r} is no condition. Write it as priority=High, Urgent; plan=Gold.")
        found.append((label.strip().lower().replace(" ", "_"), _list(values)))
    return tuple(found)


def _said(when: Conditions) -> str:
    return "; ".join(f"{label}={', '.join(values)}" for label, values in when)


def _spans(text: str, where: str) -> list[tuple[int, int]]:
    found = []
    for part in _list(text):
        match = _SPAN.match(part)
        if not match:
            raise NotPossible(f"{where}: {part!r} are no hours. Write them as 09:00-12:30, 13:30-18:00.")
        a, b, c, d = map(int, match.groups())
        found.append((a * 60 + b, c * 60 + d))
    return found


def _days(text: str, name: str) -> list[str]:
    for day in _list(text):
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            raise NotPossible(f"{name}: {day!r} is not a day. Write it as 2026-12-24.")
    return list(_list(text))


def _shown(calendar: WorkCalendar) -> dict[str, object]:
    """A calendar as its fields show it; holidays of its country are looked up again and not written out."""
    known = set(stage.with_holidays(replace(calendar, holidays=())).holidays) if calendar.country else set()
    hours = [
        ", ".join(
            f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"
            for weekday, start, end in calendar.hours
            if weekday == day
        )
        for day in range(7)
    ]
    own = [day for day in calendar.holidays if day not in known]
    return {
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "hours": list(zip(DAYS, range(7), hours, strict=True)),
        "country": calendar.country,
        "region": calendar.region,
        "own": ", ".join(own),
        "known": len(known),
    }
