"""Playbooks: what a good follow-up does step by step, how it went, and its editor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.render import numbers
from nineplus.stages.act.cases import effects
from nineplus.stages.act.cases import measuring as hours
from nineplus.stages.act.playbooks import keeping, measuring
from nineplus.stages.errors import NotPossible
from nineplus.stats.survival import Survival
from nineplus.store.models import User
from nineplus.web.page import carried_out, page, reads, writes

_FIRST = (
    {"title": "Read the answer and the last tickets", "minutes": 60},
    {"title": "Call them", "minutes": 8 * 60, "help": "Listen first. Promise only what you can keep."},
    {"title": "Tell the team that owns the cause", "minutes": 16 * 60},
    {"title": "Write what was agreed", "minutes": 24 * 60},
)


@reads("agent")
def playbooks(request: HttpRequest) -> HttpResponse:
    """Every playbook with what came of it."""
    now = timezone.now()
    lines = [(kept, _summary(measuring.measured(kept.playbook, now=now))) for kept in keeping.every()]
    return page(request, "playbooks/list.html", title="Playbooks", lines=lines)


@reads("agent")
def playbooks_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Its steps, and how each of them went."""
    kept, now = keeping.one(pk), timezone.now()
    found = measuring.measured(kept.playbook, now=now)
    steps = [(step, half(step.curve)) for step in found.steps]
    return page(
        request,
        "playbooks/one.html",
        title=kept.playbook.name,
        kept=kept,
        plan=[(step, _hours(step.minutes)) for step in kept.steps],
        steps=steps,
        versions=kept.playbook.versions.select_related("by").order_by("-number"),
        **_summary(found),
    )


@reads("analyst")
def playbooks_new(request: HttpRequest) -> HttpResponse:
    return _form(request, {"name": "", "steps": list(_FIRST)})


@reads("analyst")
def playbooks_edit(request: HttpRequest, pk: int) -> HttpResponse:
    kept = keeping.one(pk)
    return _form(request, {"name": kept.playbook.name, "steps": [one.to_dict() for one in kept.steps]}, kept=kept)


@writes("analyst")
def playbooks_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep it, or draw the form again with a step more or less."""
    given, kept = _said(request.POST), keeping.one(pk) if pk else None
    if edit := request.POST.get("edit", ""):
        return _form(request, {**given, "steps": _changed(given["steps"], edit)}, kept=kept)
    try:
        made = keeping.save(given["name"], given["steps"], pk=pk, by=request.user, now=timezone.now())
    except NotPossible as problem:
        return _form(request, given, kept=kept, problem=str(problem), status=400)
    messages.success(request, "Saved. Cases on which an earlier version was begun go on by that." if pk else "Saved.")
    return redirect("playbooks-one", made.playbook.pk)


@writes("analyst")
def playbooks_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: keeping.remove(pk, now=timezone.now()), done="Removed.", then="playbooks")


def half(curve: Survival | None) -> str:
    """Within how long it was done on half of the cases, in words."""
    if curve is None or curve.median is None:
        return ""
    low, high = curve.median_interval
    between = f" ({hours.in_hours(low)} to {hours.in_hours(high)})" if low is not None and high is not None else ""
    return hours.in_hours(curve.median) + between


def _summary(found: measuring.Measured) -> dict[str, Any]:
    told = found.interval
    between = f" ({numbers.share(told[0])} to {numbers.share(told[1])})" if told else ""
    share = f"{numbers.share(found.share)}{between}" if found.share is not None else ""
    share += ", too few to judge" if share and found.few else ""
    return {"found": found, "share": share, "half": half(found.curve), "recovery": effects.in_words(found.recovered)}


# -- the editor ----------------------------------------------------------------------------------------------------


def _form(
    request: HttpRequest,
    given: dict[str, Any],
    *,
    kept: keeping.Kept | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    steps = [{**one, "n": n, "hours": _hours(one.get("minutes"))} for n, one in enumerate(given["steps"], start=1)]
    people = User.objects.filter(is_active=True).order_by("email").values_list("email", flat=True)
    title = kept.playbook.name if kept else "New playbook"
    context = {"kept": kept, "name": given["name"], "steps": steps, "people": people, "problem": problem}
    return page(request, "playbooks/edit.html", title=title, status=status, **context)


def _said(given: QueryDict) -> dict[str, Any]:
    return {"name": given.get("name", ""), "steps": [_step(given, place) for place in given.getlist("step")]}


def _step(given: QueryDict, place: str) -> dict[str, Any]:
    words = {name: given.get(f"{name}_{place}", "").strip() for name in ("title", "help", "link", "owner")}
    text = given.get(f"hours_{place}", "").strip().replace(",", ".")
    step: dict[str, Any] = {name: value for name, value in words.items() if value}
    if text:
        try:
            step["minutes"] = round(float(text) * 60)
        except (ValueError, OverflowError):
            step["minutes"] = -1  # said with the number of the step
    return step


def _changed(steps: list[dict[str, Any]], edit: str) -> list[dict[str, Any]]:
    verb, _, which = edit.partition("-")
    place = int(which) - 1 if which.isascii() and which.isdecimal() else -1
    steps = list(steps)
    if verb == "add":
        steps.append({})
    elif verb == "drop" and 0 <= place < len(steps):
        del steps[place]
    elif verb == "up" and 0 < place < len(steps):
        steps[place - 1 : place + 1] = [steps[place], steps[place - 1]]
    return steps


def _hours(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes / 60:g}"
