"""Whom a survey asks and when; and what that means for each of them now."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Plan
from nineplus.plugs import Channel, find
from nineplus.stages.capture.asking import by_hand
from nineplus.stages.capture.asking import preview as looking
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.reading.values import known, matching
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Attribute
from nineplus.web.access import require_role
from nineplus.web.page import carried_out, in_words, page, reads, writes
from nineplus.web.pages.surveys import fields, reading

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
MOMENTS = (
    ("hold_open_ticket", "Not while their company has an open ticket"),
    ("hold_open_case", "Not while a follow-up with them is open"),
    ("needs_consent", "Only contacts who agreed to be asked"),
    ("skip_holidays", "Not on public holidays of their country"),
)
DAYS = tuple(enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")))
_HORIZONS = {"day": 24.0, "week": 24.0 * 7, "quarter": 24.0 * 90}


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def surveys_people(request: HttpRequest, pk: int) -> HttpResponse:
    """A change holds from the next run on; the audience beside the form is of the plan as it stands."""
    survey = drawing.find(pk)
    plan = drawing.plan_of(survey)
    problem, given, faults = "", None, {}
    if request.method == "POST":
        try:
            plan = reading.plan(request.POST, before=plan)
            drawing.save(survey, plan=plan, now=timezone.now())
        except NotPossible as refusal:
            problem, given, faults = str(refusal), request.POST, getattr(refusal, "faults", {})
        else:
            if not request.htmx:
                return redirect("surveys-people", pk)
        if request.htmx:
            places = [(name, faults.get(name, "")) for name in fields.places(request.POST)]
            response = page(
                request, "surveys/kept_plan.html", problem=problem, places=places, **({} if problem else _count(plan))
            )
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
        **_form(fields.shown(plan, given=given, faults=faults)),
        **_count(plan),
    )


@reads("analyst")
def surveys_condition(request: HttpRequest) -> HttpResponse:
    """What a condition may be compared with: known values to choose from, or a field for a number or a day."""
    given = request.GET
    n = given.get("if", "1")
    row = next((one for one in fields.conditions(given) if one["n"] == n), {"attribute": "", "op": "is", "values": []})
    return page(request, "surveys/condition.html", row=_offered(row) | {"n": n})


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


def _form(values: dict[str, Any]) -> dict[str, object]:
    media = sorted({channel.medium for channel in find("nineplus.channels", Channel).values()})
    titles = {"email": "E-mail", "sms": "SMS"}
    chosen = [name for name in values["channels"] if name in media]
    attributes = list(Attribute.objects.order_by("label").values_list("slug", "label"))
    return values | {
        "kinds": KINDS,
        "ops": OPS,
        "days": DAYS,
        "attributes": attributes,
        "slugs": [slug for slug, _label in attributes],
        "conditions": [_offered(row) for row in values["conditions"]],
        "media": [
            (name, titles.get(name, name), name in chosen) for name in [*chosen, *sorted(set(media) - {*chosen})]
        ],
        "moments": [(name, label, name in values["flags"]) for name, label in MOMENTS],
    }


def _offered(row: dict[str, Any]) -> dict[str, Any]:
    """The row with what is known of its attribute, and which way of filling it in suits that."""
    slug, op, chosen = row.get("attribute", ""), row.get("op", "is"), row.get("values", [])
    if op in ("is_set", "is_not_set") or not slug:
        return row | {"way": "none" if slug else "nothing"}
    offered = known(slug)
    single = op in ("at_least", "at_most")
    if offered and offered.kind in ("number", "date") and (single or offered.more):
        way = offered.kind if len(chosen) < 2 else "text"
    elif offered and offered.values and not offered.more and not single:
        way = "choose"
    else:
        way = "text"
    rows = [(value, n, value in chosen) for value, n in offered.values] if offered else []
    there = {value for value, _n, _on in rows}
    return row | {
        "way": way,
        "known": offered,
        "offered": [*((value, 0, True) for value in chosen if value not in there), *rows],
        "text": ", ".join(chosen),
    }


def _count(plan: Plan) -> dict[str, int]:
    here, everybody = matching(plan.audience)
    return {"here": here, "everybody": everybody}


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
