"""Rules: the list, one rule with its editor in words, its dry run and its log, and files in and out."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.rules.workflows_document import write
from nineplus.stages.act.rules import files, keeping, telling, trying
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import rates
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.pages import workflow_editor as editor


@reads("analyst")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, on or off, with what it did in 30 days."""
    lines = keeping.every(now=timezone.now())
    return page(request, "workflows/list.html", title="Rules", lines=lines, starters=editor.starters())


@reads("analyst")
def rules_new(request: HttpRequest) -> HttpResponse:
    """An editor that begins with unhappy customers, or with what was chosen to begin with."""
    like = request.GET.get("like", "")
    shown = editor.shown(editor.begun(like)) | {"starters": [one for one in editor.starters() if one != like]}
    return page(request, "workflows/edit.html", title="New rule", kept=None, **shown)


@writes("analyst")
def rules_draft(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Draw the form again as it would be after one of its buttons. Nothing is kept."""
    document = editor.changed(editor.said(request.POST), request.POST.get("edit", ""))
    kept = keeping.one(pk) if pk else None
    title = kept.workflow.name if kept else "New rule"
    return page(request, "workflows/edit.html", title=title, kept=kept, **editor.shown(document))


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
        weeks=[(date.fromisoformat(day), count) for day, count in found["weeks"]] if found else [],
        most=max([count for _, count in found["weeks"]] or [1]) or 1 if found else 1,
        examples=trying.examples(found) if found else [],
        unconverted=rates.missing(now=timezone.now()).items() if "monthly" in kept.rule.fields() else (),
        runs=telling.of_rule(kept.workflow),
        versions=kept.workflow.versions.select_related("by").order_by("-number"),
    )


@reads("analyst")
def rules_edit(request: HttpRequest, pk: int) -> HttpResponse:
    kept = keeping.one(pk)
    shown = editor.shown(write(kept.rule)) | {"yaml": files.written(kept)}
    return page(request, "workflows/edit.html", title=kept.workflow.name, kept=kept, **shown)


@writes("analyst")
def rules_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep what the editor says; what it cannot say (branches, groups) is written as YAML."""
    try:
        document = files.document(request.POST["yaml"]) if "yaml" in request.POST else editor.said(request.POST)
        kept = keeping.save(document, pk=pk, by=request.user, now=timezone.now())
    except NotPossible as problem:
        if "yaml" in request.POST:
            messages.error(request, str(problem))
            return redirect("rules-edit", pk) if pk else redirect("rules")  # there the browser puts it back
        held = keeping.one(pk) if pk else None
        document = editor.said(request.POST)
        said = editor.unread(document) or editor.in_the_form(str(problem))
        shown = editor.shown(document, judged=True)
        return page(request, "workflows/edit.html", title="Rule", kept=held, problem=said, status=400, **shown)
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
