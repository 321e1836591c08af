"""Whom a survey asks and when; and what that means for each of them now."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Plan
from nineplus.plugs import Channel, find
from nineplus.stages.capture.asking import by_hand
from nineplus.stages.capture.asking import preview as looking
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Attribute
from nineplus.web.access import require_role
from nineplus.web.page import carried_out, in_words, page, reads, writes
from nineplus.web.pages.surveys import reading

KINDS = (
    ("ticket_resolved", "After a ticket is resolved"),
    ("ticket_closed", "After a ticket is closed"),
    ("relationship", "Everybody once in a period, spread evenly over it"),
    ("before_renewal", "Before the renewal"),
    ("date_reached", "After a day that is known of the customer"),
    ("anniversary", "Every year on a day that is known of the customer"),
    ("event", "When a program says so"),
    ("manual", "Only when somebody sends it, or by open link"),
)
OPS = (
    ("is", "is one of"),
    ("is_not", "is none of"),
    ("at_least", "is at least"),
    ("at_most", "is at most"),
    ("is_set", "is known"),
    ("is_not_set", "is not known"),
)
DAYS = tuple(enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")))
SPARE = 1
_HORIZONS = {"day": 24.0, "week": 24.0 * 7, "quarter": 24.0 * 90}


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def surveys_people(request: HttpRequest, pk: int) -> HttpResponse:
    """A change holds from the next run on; the audience beside the form is of the plan as it stands."""
    survey = drawing.find(pk)
    plan = drawing.plan_of(survey)
    problem = ""
    if request.method == "POST":
        try:
            plan = reading.plan(request.POST, before=plan)
            drawing.save(survey, plan=plan, now=timezone.now())
        except NotPossible as refusal:
            problem = str(refusal)
        else:
            if not request.htmx:
                return redirect("surveys-people", pk)
        if request.htmx:
            response = page(request, "surveys/kept_plan.html", problem=problem)
            if not problem:
                response["HX-Trigger"] = "planned"
            return response
    return page(
        request,
        "surveys/people.html",
        title=survey.name,
        survey=survey,
        section="people",
        problem=problem,
        **_form(plan),
    )


@reads("analyst")
def surveys_audience(request: HttpRequest, pk: int) -> HttpResponse:
    """Who would be asked now, who not, and why: the same decision as the real run, without writing anything."""
    survey = drawing.find(pk)
    hours = _HORIZONS.get(request.GET.get("within", ""), _HORIZONS["day"])
    number = request.GET.get("page", "1")
    reason = request.GET.get("reason", "")
    preview = looking.preview(
        survey, now=timezone.now(), hours=hours, reason=reason, page=max(1, int(number)) if number.isdecimal() else 1
    )
    return page(
        request,
        "surveys/audience.html" if request.htmx else "surveys/audience_page.html",
        title=survey.name,
        survey=survey,
        section="people",
        preview=preview,
        reason=reason,
        within=request.GET.get("within", "day"),
        horizons=[("day", "24 hours"), ("week", "7 days"), ("quarter", "90 days")],
    )


def _form(plan: Plan) -> dict[str, object]:
    media = sorted({channel.medium for channel in find("nineplus.channels", Channel).values()})
    titles = {"email": "E-mail", "sms": "SMS"}
    chosen = [name for name in plan.channels if name in media]
    return {
        "plan": plan,
        "policy": plan.policy,
        "share": round(plan.policy.share * 100),
        "reminders": ", ".join(str(days) for days in plan.reminders_days),
        "kinds": KINDS,
        "ops": OPS,
        "days": DAYS,
        "attributes": list(Attribute.objects.order_by("label").values_list("slug", "label")),
        "conditions": [*plan.audience, *([None] * SPARE)],
        "goals": [*plan.goals, *([None] * SPARE)],
        "media": [
            (name, titles.get(name, name), name in chosen) for name in [*chosen, *sorted(set(media) - {*chosen})]
        ],
    }


@writes("analyst")
def surveys_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the audience now; pressed twice on a day it asks nobody twice."""
    now = timezone.now()
    return carried_out(
        request,
        lambda: by_hand.order(drawing.find(pk), occasion=f"{now.date()}", now=now),
        done="They are being asked. What became of it stands under “How it goes”.",
        then="surveys-people",
        pk=pk,
    )


@reads("analyst")
def surveys_audience_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Everybody who is due, with the decision and its reason."""
    survey = drawing.find(pk)
    rows = looking.preview_rows(survey, now=timezone.now())
    response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="survey-{pk}-audience.csv"'
    return response


class _Line:
    """csv writes into it and gets the line back: nothing is kept."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(["'" + cell if cell[:1] in "=+-@\t\r" else cell for cell in row])
