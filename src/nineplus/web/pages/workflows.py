"""Rules: the list, one rule with its editor in words, its dry run and its log, and files in and out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.model.workflows import EVENTS
from nineplus.rules.workflows import FIELDS, OPERATORS, WITHOUT_VALUE, field_of
from nineplus.rules.workflows_document import write
from nineplus.stages.act.actions import actions
from nineplus.stages.act.rules import files, keeping, telling, trying
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Attribute
from nineplus.web.page import carried_out, page, reads, writes

_CONDITIONS, _STEPS = 5, 4
_STARTERS = (
    ("Call unhappy customers", [{"field": "group", "is": "is", "value": "detractor"}], "open_case", {"reason": "rule"}),
    ("Mark who fell", [{"field": "change", "is": "at_most", "value": -3}], "tag_answer", {"tag": "fell"}),
)


@reads("analyst")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, on or off, with what it did in 30 days."""
    lines = keeping.every(now=timezone.now())
    return page(request, "workflows/list.html", title="Rules", lines=lines, starters=[one[0] for one in _STARTERS])


@reads("analyst")
def rules_new(request: HttpRequest) -> HttpResponse:
    """An empty editor, or one that begins with an example."""
    named = {name: (conditions, do, given) for name, conditions, do, given in _STARTERS}
    name = request.GET.get("like", "")
    document: dict[str, Any] = {"name": "", "when": "response.scored", "then": []}
    if name in named:
        conditions, do, given = named[name]
        document |= {"name": name, "if": {"all": conditions}, "then": [{"do": do, "with": given}]}
    return page(request, "workflows/edit.html", title="New rule", kept=None, **_editor(document))


@reads("analyst")
def rules_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule: what it says, what it would have done, what it did."""
    kept = keeping.one(pk)
    found = kept.version.tried
    return page(
        request,
        "workflows/one.html",
        title=kept.workflow.name,
        kept=kept,
        tried=found,
        most=max([count for _, count in found["weeks"]] or [1]) or 1 if found else 1,
        examples=trying.shown(found) if found else [],
        runs=telling.of_rule(kept.workflow),
        versions=kept.workflow.versions.select_related("by").order_by("-number"),
    )


@reads("analyst")
def rules_edit(request: HttpRequest, pk: int) -> HttpResponse:
    kept = keeping.one(pk)
    return page(request, "workflows/edit.html", title=kept.workflow.name, kept=kept, **_editor(write(kept.rule)))


@writes("analyst")
def rules_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep what the editor says; what it cannot say (branches, groups) is written as YAML."""
    try:
        document = files.document(request.POST["yaml"]) if "yaml" in request.POST else _document(request.POST)
        kept = keeping.save(document, pk=pk, by=request.user, now=timezone.now())
    except NotPossible as problem:
        if "yaml" in request.POST:
            messages.error(request, str(problem))
            return redirect("rules")
        held = keeping.one(pk) if pk else None
        shown = _editor(_document(request.POST))
        return page(request, "workflows/edit.html", title="Rule", kept=held, problem=str(problem), status=400, **shown)
    messages.success(request, "Saved. Try it before you switch it on.")
    return redirect("rules-one", kept.workflow.pk)


@writes("analyst")
def rules_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Try it on the last 90 days."""

    def act() -> None:
        kept = keeping.one(pk)
        keeping.tried(kept.version, trying.dry_run(kept.rule, now=timezone.now()).to_dict())

    return carried_out(request, act, done="", then="rules-one", pk=pk)


@writes("analyst")
def rules_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    said = "It is on: what happens from now on concerns it." if on else "It is off."
    return carried_out(
        request, lambda: keeping.switch(pk, on=on, now=timezone.now()), done=said, then="rules-one", pk=pk
    )


@writes("analyst")
def rules_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: keeping.remove(pk, now=timezone.now()), done="Removed.", then="rules")


@reads("analyst")
def rules_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule as a YAML file."""
    answer = HttpResponse(files.written(keeping.one(pk)), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rule-{pk}.yaml"'
    return answer


# --- the editor


def _editor(document: dict[str, Any]) -> dict[str, Any]:
    """The lines of the form. A rule with groups or branches is shown, and changed as YAML."""
    group = document.get("if") or {"all": []}
    [(how, items)] = group.items()
    flat = all("field" in one for one in items) and all("do" in one or "wait" in one for one in document["then"])
    conditions = [*items, *({} for _ in range(max(1, _CONDITIONS - len(items))))] if flat else []
    steps = [*document["then"], *({} for _ in range(max(1, _STEPS - len(document["then"]))))] if flat else []
    attributes = [(f"attribute.{slug}", label) for slug, label in Attribute.objects.values_list("slug", "label")]
    return {
        "document": document,
        "flat": flat,
        "how": how,
        "conditions": [{**one, "shown": _shown(one.get("value"))} for one in conditions],
        "steps": [{**one, "settings": one.get("with", {})} for one in steps],
        "limits": document.get("limits", {}),
        "events": EVENTS.items(),
        "fields": [
            *((name, one.title) for name, one in FIELDS.items()),
            *((n, t) for n, t in attributes if field_of(n)),
        ],
        "operators": [(name, words) for name, (words, _) in OPERATORS.items()],
        "plugs": list(actions().values()),
        "yaml": json.dumps(document, indent=2, ensure_ascii=False) if not flat else "",
    }


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _document(given: QueryDict) -> dict[str, Any]:
    """What the form says, as a document; whether it can be a rule is not judged here."""
    conditions = []
    rows = zip(given.getlist("field"), given.getlist("operator"), given.getlist("value"), strict=False)
    for name, operator, value in rows:
        if name:
            asked: dict[str, Any] = {"field": name, "is": operator}
            if operator not in WITHOUT_VALUE:
                asked["value"] = _value(name, operator, value)
            conditions.append(asked)
    document: dict[str, Any] = {"name": given.get("name", ""), "when": given.get("when", "")}
    if conditions:
        document["if"] = {"any" if given.get("how") == "any" else "all": conditions}
    document["then"] = _given_steps(given)
    limits: dict[str, Any] = {"per": given["per"]} if given.get("per") else {}
    for name in ("times", "days", "per_day", "per_hour"):
        if (text := given.get(name, "").strip()).isdecimal():
            limits[name] = int(text)
    return document | ({"limits": limits} if limits else {})


def _given_steps(given: QueryDict) -> Sequence[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number, do in enumerate(given.getlist("do"), start=1):
        if do == "wait":
            steps.append({"wait": _number(given.get(f"wait_{number}", ""))})
        elif do:
            plug = actions().get(do)
            names = [field.name for field in plug.fields] if plug else []
            settings = {name: given.get(f"{do}_{name}_{number}", "").strip() for name in names}
            settings = {name: value for name, value in settings.items() if value}
            steps.append({"do": do} | ({"with": settings} if settings else {}))
    return steps


def _value(name: str, operator: str, text: str) -> Any:
    field = field_of(name)
    kind = field.kind if field else "text"
    if operator == "one_of":
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [_number(part) for part in parts] if kind == "number" else parts
    if kind == "flag":
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.strip().lower(), text)
    return _number(text) if kind == "number" else text.strip()


def _number(text: str) -> Any:
    text = text.strip().replace(",", ".")
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
