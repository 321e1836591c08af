"""Imports: a file in four steps: choose it, say what its columns are, see what would happen, let it run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.connectors.files import KINDS, BadMapping, Mapping, refusal_notes, vendors
from nineplus.connectors.files.dates import ORDERS
from nineplus.connectors.files.fields import ATTRIBUTE, BESIDE, IGNORE, fields
from nineplus.connectors.files.mapping import ONE_TO_ELEVEN
from nineplus.stages.connect import imports as stage
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import zones
from nineplus.store.models import Import
from nineplus.store.models.capture import Touchpoint
from nineplus.store.models.imports import ImportState
from nineplus.web.access import require_role
from nineplus.web.page import carried_out, in_words, page, reads, writes

KIND_TITLES = {
    "responses": "Responses: scores and comments",
    "tickets": "Tickets",
    "ticket_events": "Ticket events: what happened to tickets",
    "accounts": "Accounts: companies",
    "contacts": "Contacts: people",
    "movements": "Movements: changes of revenue",
    "invitations": "Invitations: who was asked",
}
GOING = (ImportState.WAITING, ImportState.RUNNING, ImportState.UNDOING)
_LISTED = 50
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One column of the file as the mapping page asks about it."""

    number: int
    name: str
    field: str
    order: str
    dated: bool
    why: str
    samples: tuple[str, ...]


@reads("analyst")
def imports(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    found = stage.every(before=int(before) if before.isdecimal() and len(before) < 18 else None, limit=_LISTED + 1)
    older = found[_LISTED - 1].pk if len(found) > _LISTED else None
    listed = found[:_LISTED]
    return page(request, "imports/list.html", title="Imports", imports=listed, older=older, kinds=KIND_TITLES)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def imports_new(request: HttpRequest) -> HttpResponse:
    """Take the file in; what kind it is can be left to recognition."""
    problem = ""
    if request.method == "POST":
        upload, kind = request.FILES.get("file"), request.POST.get("kind", "")
        if upload is None:
            problem = "Choose a file first."
        else:
            try:
                made = stage.receive(
                    upload,
                    file_name=upload.name,
                    kind=kind if kind in KINDS else None,
                    by=request.user,
                    now=timezone.now(),
                )
                return redirect("imports-columns", made.pk)
            except NotPossible as error:
                problem = str(error)
    return page(
        request,
        "imports/new.html",
        status=400 if problem else 200,
        title="New import",
        kinds=KIND_TITLES,
        problem=problem,
        step=1,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def imports_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """What each column stands for, and what the file leaves open."""
    one = stage.get(pk)
    if one.state != ImportState.DRAFT:
        return redirect("imports-one", pk)
    problem = ""
    if request.method == "POST":
        try:
            mapping = _understood(one, request.POST)
            if not mapping.problems and "columns" in request.POST and not _other_question(one, request.POST):
                return redirect("imports-check", pk)
        except (NotPossible, BadMapping) as error:
            problem = str(error)
            mapping = Mapping.from_dict(one.mapping)
    else:
        mapping = Mapping.from_dict(one.mapping) if one.mapping else stage.propose(pk)
    return page(
        request,
        "imports/columns.html",
        status=400 if problem else 200,
        title=f"Columns of {one.file_name}",
        step=2,
        one=one,
        mapping=mapping,
        problem=problem,
        rows=_rows(one, mapping),
        choices=_choices(mapping.kind),
        kinds=KIND_TITLES,
        orders=[("dmy", "day first (31/12)"), ("mdy", "month first (12/31)"), ("ymd", "year first (2026-12-31)")],
        saved=stage.saved_mappings(mapping.kind),
        zones=zones(also=mapping.timezone),
        touchpoints=Touchpoint.choices,
        attribute=ATTRIBUTE,
        ignore=IGNORE,
        vendors=[(name, preset.title) for name, preset in vendors.presets().items()],
        nobodys=vendors.NONE,
    )


@reads("analyst")
def imports_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What would happen. A long file is gone through after the page is there."""
    one = stage.get(pk)
    if one.state != ImportState.DRAFT:
        return redirect("imports-one", pk)
    if not one.mapping:
        return redirect("imports-columns", pk)
    whole = not request.htmx
    report = None if whole and "now" not in request.GET else stage.dry_run(pk)
    template = "imports/check.html" if whole else "imports/report.html"
    return page(request, template, title=f"Check {one.file_name}", step=3, one=one, report=report, kinds=KIND_TITLES)


@writes("analyst")
def imports_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the mapping; the worker does the rest."""
    one = stage.get(pk)
    mapping = Mapping.from_dict(one.mapping)
    name = request.POST.get("name", "").strip()

    def confirm() -> None:
        stage.confirm(pk, mapping, now=timezone.now())
        if name:
            stage.save_mapping(name, mapping, now=timezone.now())

    return carried_out(request, confirm, done="", then="imports-one", pk=pk)


@reads("analyst")
def imports_one(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, what came of it."""
    one = stage.get(pk)
    if one.state == ImportState.DRAFT:
        return redirect("imports-columns", pk)
    done = one.rows_added + one.rows_changed + one.rows_same + one.rows_refused
    excluded = stage.excluded_of(one.report.get("refusals", {}))
    return page(
        request,
        "imports/progress.html" if request.htmx else "imports/one.html",
        title=one.file_name,
        step=4,
        one=one,
        kind=KIND_TITLES.get(one.kind, one.kind),
        done=done,
        percent=min(100, round(100 * done / one.rows_total)) if one.rows_total else None,
        going=one.state in GOING,
        excluded=excluded,
        faulty=one.rows_refused - excluded,
        reasons=refusal_notes(Counter(one.report.get("refusals", {}))),
        refused=stage.refused_rows(pk, limit=20) if one.rows_refused else [],
    )


@writes("analyst")
def imports_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: stage.cancel(pk), done="", then="imports-one", pk=pk)


@writes("analyst")
def imports_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: stage.resume(pk, now=timezone.now()), done="", then="imports-one", pk=pk)


@writes("analyst")
def imports_undo(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: stage.ask_undo(pk, now=timezone.now()), done="", then="imports-one", pk=pk)


@writes("analyst")
def imports_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: stage.discard(pk), done="The file is forgotten.", then="imports")


@reads("analyst")
def imports_refused(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows with their reasons, to be mended and sent again."""
    answer = StreamingHttpResponse(stage.refused_csv(pk), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{pk}.csv"'
    return answer


def _understood(one: Import, form: MappingABC[str, str]) -> Mapping:
    """The mapping that the form describes: another kind, a saved one, or column by column."""
    if "other_kind" in form:
        return stage.propose(one.pk, kind=form.get("kind", ""))
    if "use_saved" in form:
        chosen = next((saved for saved in stage.saved_mappings() if str(saved.pk) == form.get("saved")), None)
        if chosen is None:
            raise NotPossible("Choose a saved mapping first.")
        return stage.propose(one.pk, given=Mapping.from_dict(chosen.mapping))
    if "read_as" in form:
        return stage.propose(one.pk, vendor=form.get("vendor", ""))
    before = Mapping.from_dict(one.mapping)
    if asked := _other_question(one, form):  # another question has another comment after it: look again
        return stage.propose(one.pk, vendor=before.vendor, score=asked)
    order = stage.opened(one).columns  # a database may not keep the order of a mapping
    columns = {
        name: _meaning(before, name, form.get(f"c{number}", ""), form.get(f"o{number}", ""))
        for number, name in enumerate(order)
    }
    columns = _one_each(before, columns)
    rules = before.leave_out
    if "rules" in form:
        rules = tuple(rule for number, rule in enumerate(rules) if f"leave{number}" in form)
    settings = {
        "timezone": form.get("timezone") or before.timezone,
        "currency": form.get("currency", before.currency),
        "survey": form.get("survey", before.survey),
        "touchpoint": form.get("touchpoint", before.touchpoint),
        "any_scale": "any_scale" in form
        or form.get("bands") == "as_they_are"
        or (before.any_scale and not before.problems),
        "bands": dict(ONE_TO_ELEVEN) if form.get("bands") == "one_to_eleven" else dict(before.bands),
    }
    settings["leave_out"] = [rule.to_dict() for rule in rules]
    given = Mapping.from_dict({**before.to_dict(), **settings, "columns": columns, "problems": [], "questions": []})
    return stage.propose(one.pk, given=given)


def _meaning(before: Mapping, column: str, field: str, order: str) -> dict[str, object]:
    meaning = before.columns[column]
    if not field or field == meaning.field:
        return meaning.to_dict() | ({"order": order} if order in ORDERS else {})
    return {"field": field} | ({"order": order} if order in ORDERS else {})


def _other_question(one: Import, form: MappingABC[str, str]) -> str:
    """The column of the NPS question, when the form names another one than was understood."""
    known, asked = one.mapping.get("columns", {}), form.get("score_column", "")
    return asked if asked in known and known[asked]["field"] != "score" else ""


def _one_each(before: Mapping, columns: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """A field that a person gave to another column is taken from the one that had it: it is a segment then."""
    several = (ATTRIBUTE, IGNORE, *BESIDE)
    chosen = {meaning["field"] for name, meaning in columns.items() if meaning["field"] != before.columns[name].field}
    taken = chosen.difference(several)
    return {
        name: {"field": ATTRIBUTE}
        if meaning["field"] in taken and meaning["field"] == before.columns[name].field
        else meaning
        for name, meaning in columns.items()
    }


def _rows(one: Import, mapping: Mapping) -> list[Row]:
    known = fields(mapping.kind)
    source = stage.opened(one)
    shown = source.preview(40)
    rows = []
    for number, name in enumerate(source.columns):
        meaning = mapping.columns[name]
        seen = dict.fromkeys(str(row[name])[:60] for row in shown if row.get(name))
        dated = meaning.field in known and known[meaning.field].shape == "instant"
        rows.append(Row(number, name, meaning.field, meaning.order, dated, meaning.why, tuple(list(seen)[:_SAMPLES])))
    return rows


def _choices(kind: str) -> list[tuple[str, str]]:
    return [(field.name, field.title + (" (needed)" if field.required else "")) for field in fields(kind).values()]
