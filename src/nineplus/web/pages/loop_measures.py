"""Loop, Measures: how soon customers hear from us, whether they come back, and whether passives move."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.render import numbers
from nineplus.stages.act.cases import effects, measuring
from nineplus.web.page import page, reads

_MARKS = (1, 4, 8, 24, 48, 72, 120, 168, 240)


@reads("agent")
def measures(request: HttpRequest) -> HttpResponse:
    """All the numbers of the loop on one page, the open cases counted and what would have come anyway taken out."""
    now = timezone.now()
    found = effects.effects(now=now)
    return page(
        request,
        "loop/measures.html",
        title="Measures",
        measured=(measured := measuring.measures(now=now)),
        curve=curve(measured),
        found=found,
        recovered=effects.in_words(found.recovered),
        moved=effects.in_words(found.moved, came="became promoters"),
        grade=effects.GRADE,
    )


def curve(measured: measuring.Measures) -> list[tuple[str, str]]:
    """The share that has heard from us after so long: (hours in words, percent with its range)."""
    line = measured.curve
    told = [(measuring.in_hours(mark), line.happened_by(float(mark))) for mark in _MARKS] if line else []
    return [(words, "{} ({} to {})".format(*map(numbers.share, share))) for words, share in told if share]
