"""The few numbers a list of surveys shows of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from nineplus.store.models import Invitation, Response, Survey

DAYS = 90
_ASKED = ("sent", "delivered", "opened", "answered", "declined", "expired")


@dataclass(frozen=True, slots=True)
class Line:
    """One survey: of those asked in the last 90 days, how many answered; and every answer it ever had."""

    survey: Survey
    asked: int
    answered: int
    answers: int
    last: datetime | None

    @property
    def rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None


def numbers_of(*, now: datetime) -> list[Line]:
    """Every survey, those that ask first. Two grouped queries, whatever the number of surveys."""
    since = now - timedelta(days=DAYS)
    asked = {
        row["survey"]: row
        for row in Invitation.objects.filter(sent_at__gte=since, fate__in=_ASKED)
        .values("survey")
        .annotate(asked=Count("pk"), answered=Count("pk", filter=Q(fate="answered")))
    }
    answers = {
        row["survey"]: row for row in Response.objects.values("survey").annotate(n=Count("pk"), last=Max("answered_at"))
    }
    order = {state: place for place, state in enumerate(("active", "paused", "draft", "history", "closed"))}
    lines = [
        Line(
            survey=survey,
            asked=asked.get(survey.pk, {}).get("asked", 0),
            answered=asked.get(survey.pk, {}).get("answered", 0),
            answers=answers.get(survey.pk, {}).get("n", 0),
            last=answers.get(survey.pk, {}).get("last"),
        )
        for survey in Survey.objects.order_by("name")
    ]
    return sorted(lines, key=lambda line: (order.get(line.survey.state, 9), line.survey.name.lower()))
