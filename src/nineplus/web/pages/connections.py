"""Connections: outside systems that are read, what could not be used, and what is written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.plugs import Connector, Field
from nineplus.render.csv import rows_csv
from nineplus.stages.connect.identity import reviewing
from nineplus.stages.connect.syncing import back, connections, reading, running
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import SyncRun
from nineplus.store.models.connections import RunState
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.pages import connected

_EVERY = ((60, "every minute"), (300, "every 5 minutes"), (900, "every 15 minutes"), (3_600, "every hour"))
_RUNS = 10
_WRITES = (
    (
        "properties",
        "The newest score, group, comment, date and survey, on contact, company and ticket; how a follow-up stands",
    ),
    ("note", "A note with what was said, on the contact"),
    ("task", "A task for each case"),
)


@reads("analyst")
def connections_list(request: HttpRequest) -> HttpResponse:
    """Every connection with how it does."""
    return page(
        request,
        "connections/list.html",
        title="Connections",
        lines=reading.every(now=timezone.now()),
        systems=sorted(connections.connectors().values(), key=lambda one: one.title),
        may_add=request.user.may("owner"),
        doubtful=reviewing.waiting().count(),
    )


@reads("owner")
def connections_new(request: HttpRequest, name: str) -> HttpResponse:
    """The form of one system."""
    return _new(request, name)


@sensitive_post_parameters()
@writes("owner")
def connections_add(request: HttpRequest, name: str) -> HttpResponse:
    plug = connections.connectors().get(name)
    if plug is None:
        raise NotFound(f"There is no connector {name!r}.")
    now = timezone.now()
    try:
        made = connections.add(
            connector=name, settings=_given(request, plug), title=request.POST.get("title", ""), now=now
        )
    except NotPossible as problem:
        return _new(request, name, problem=str(problem))
    return _checked(request, made.pk)


@reads("analyst")
def connections_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: how far it is, what could not be used, what is written back, its settings."""
    connection = connections.find(pk)
    shown = reading.shown(connection, now=timezone.now())
    plug = connections.connectors().get(connection.connector)
    return page(
        request,
        "connections/one.html",
        title=connection.title,
        connection=connection,
        plug=plug,
        key=connected.checklist(connection, plug),
        **(_form(plug.fields, connection.settings) if plug else {}),
        every=_EVERY,
        writes=_WRITES if plug and plug.writes else (),
        hook=request.build_absolute_uri(f"/hooks/systems/{connection.hook_key}/") if plug and plug.hear else "",
        changeable=request.user.may("owner"),
        mapped=[line.stream for line in shown.streams if connected.columns(line.stream.kinds)],
        runs=_runs(shown),
        refused=connected.refused(shown),
        **_reached(shown),
    )


@reads("analyst")
def connections_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while it is read. At the end the whole page is asked for again."""
    connection = connections.find(pk)
    shown = reading.shown(connection, now=timezone.now())
    answer = page(request, "connections/progress.html", connection=connection, **_reached(shown))
    if not shown.line.running and not shown.line.soon:
        answer["HX-Refresh"] = "true"
    return answer


def _reached(shown: reading.Shown) -> dict[str, object]:
    return {
        "shown": shown,
        "streams": [(line, connected.here(line)) for line in shown.streams],
        "upcoming": connected.upcoming(shown, now=timezone.now()),
    }


def _runs(shown: reading.Shown) -> list[tuple[SyncRun, list[str]]]:
    """The newest, and those before it that brought or met something: nothing new every five minutes tells nothing."""
    titles = {line.stream.name: line.stream.title for line in shown.streams}
    told = [(run, connected.told(run, titles)) for run in shown.runs]
    quiet = {run.pk for run, lines in told[1:] if run.state == RunState.DONE and lines == [connected.NOTHING]}
    return [(run, lines) for run, lines in told if run.pk not in quiet][:_RUNS]


@writes("owner")
def connections_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Does the key work, and which rights are missing for what?"""
    return _checked(request, pk)


@writes("owner")
def connections_start(request: HttpRequest, pk: int) -> HttpResponse:
    full = request.POST.get("full") == "yes"
    done = "It is read again from the beginning." if full else "It is being read."
    return carried_out(
        request,
        lambda: connections.start(connections.find(pk), now=timezone.now(), full=full),
        done=done,
        then="connections-one",
        pk=pk,
    )


@writes("owner")
def connections_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the beginning of everything and write nothing."""

    def look() -> None:
        running.sync(connections.find(pk), clock=timezone.now, kind=running.RunKind.DRY, wait=_impatient)

    return carried_out(request, look, done="Nothing was written: see the trial below.", then="connections-one", pk=pk)


@writes("owner")
def connections_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: connections.pause(connections.find(pk)),
        done="Paused: nothing is read or written.",
        then="connections-one",
        pk=pk,
    )


@writes("owner")
def connections_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    def cancel() -> None:
        for run in SyncRun.objects.filter(connection=pk, state=RunState.RUNNING):
            running.cancel(run)

    return carried_out(request, cancel, done="It stops after the portion at hand.", then="connections-one", pk=pk)


@sensitive_post_parameters()
@writes("owner")
def connections_change(request: HttpRequest, pk: int) -> HttpResponse:
    def change() -> None:
        connection = connections.find(pk)
        before = set(connection.writes)
        after = request.POST.getlist("writes")
        connections.change(
            connection,
            title=request.POST.get("title", ""),
            settings=_given(request, connections.plug_of(connection)),
            every=int(request.POST.get("every") or connection.every),
            writes=after,
            now=timezone.now(),
        )
        if "properties" in after and "properties" not in before:
            connections.tell_history(connection, now=timezone.now())

    return carried_out(request, change, done="Saved.", then="connections-one", pk=pk)


@writes("owner")
def connections_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: connections.remove(connections.find(pk)),
        done="The connection is gone. What was read through it stays.",
        then="connections",
    )


@writes("owner")
def connections_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Write once more what was refused."""
    return carried_out(
        request,
        lambda: back.again(connections.find(pk), now=timezone.now()),
        done="What was refused is written again.",
        then="connections-one",
        pk=pk,
    )


@writes("owner")
def connections_forget(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: reading.forget_problems(connections.find(pk)),
        done="The log begins anew.",
        then="connections-one",
        pk=pk,
    )


@reads("analyst")
def connections_problems(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Everything that could not be used, as a file."""
    names = ("stream", "key", "code", "reason", "first_at", "last_at")
    rows = ({name: getattr(one, name) for name in names} for one in reading.problems(connections.find(pk)))
    told = iter(["\ufeff" + rows_csv(names, rows)])
    answer = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="not-used.csv"'
    return answer


@reads("owner")
def connections_mapping(request: HttpRequest, pk: int, stream: str) -> HttpResponse:
    """What each property over there becomes here."""
    return _mapping(request, pk, stream)


def _mapping(
    request: HttpRequest, pk: int, stream: str, *, given: Mapping[str, str] | None = None, refused: str = ""
) -> HttpResponse:
    """The form; after it was refused with what was chosen in it."""
    connection = connections.find(pk)
    found = next((one for one in connections.plug_of(connection).streams if one.name == stream), None)
    if found is None:
        raise NotFound(f"There is no stream {stream!r}.")
    problem, meanings = "", []
    try:
        meanings = reading.meanings(connection, stream)
    except NotPossible as error:
        problem = str(error)
    return page(
        request,
        "connections/mapping.html",
        title=f"{connection.title}: {found.title}",
        connection=connection,
        stream=found,
        streams=[one for one in connections.plug_of(connection).streams if connected.columns(one.kinds)],
        **_grouped(meanings, found.kinds, given),
        problem=problem,
        refused=refused,
        status=400 if problem or refused else 200,
    )


@writes("owner")
def connections_remap(request: HttpRequest, pk: int, stream: str) -> HttpResponse:
    """Other meanings: the stream is read again from its beginning."""
    given = {
        name.removeprefix("p:"): str(value).strip()
        for name, value in request.POST.items()
        if name.startswith("p:") and str(value).strip()
    }
    try:
        connections.remap(connections.find(pk), stream, given, now=timezone.now())
    except NotPossible as problem:
        return _mapping(request, pk, stream, given=given, refused=str(problem))
    messages.success(request, "Saved. It is read again from the beginning, so that history has it too.")
    return redirect("connections-one", pk)


def _grouped(
    meanings: Sequence[reading.Meaning], kinds: Sequence[str], given: Mapping[str, str] | None
) -> dict[str, list[connected.Choice]]:
    """Where each property stands on the page: a refused form has them where they stood in it."""
    groups: dict[str, list[connected.Choice]] = {"used": [], "likely": [], "others": []}
    for before, one in zip(meanings, connected.chosen(meanings, given), strict=True):
        group = "used" if before.ours else "likely" if before.likely else "others"
        groups["used" if one.ours else group].append(connected.offered(one, kinds))
    return groups


def _new(request: HttpRequest, name: str, *, problem: str = "") -> HttpResponse:
    plug = connections.connectors().get(name)
    if plug is None:
        raise NotFound(f"There is no connector {name!r}.")
    given = _given(request, plug) if request.method == "POST" else {}
    secret = {field.name for field in plug.fields if field.type == "secret"}
    return page(
        request,
        "connections/new.html",
        title=f"Connect {plug.title}",
        plug=plug,
        rights=connected.rights(plug),
        **_form(plug.fields, {name: value for name, value in given.items() if name not in secret}),
        named=request.POST.get("title", plug.title),
        problem=problem,
        status=400 if problem else 200,
    )


def _checked(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        found = connections.check(connections.find(pk), now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, found.said)
    return redirect("connections-one", pk)


def _given(request: HttpRequest, plug: Connector) -> dict[str, str]:
    return {field.name: request.POST.get(f"set_{field.name}", "") for field in plug.fields}


def _form(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, list[dict[str, object]]]:
    """The fields with their values; those that few need apart."""
    rows = [
        {"field": field, "id": f"set_{field.name}", "value": values.get(field.name, field.default)} for field in fields
    ]
    return {
        "fields": [row for row in rows if not row["field"].advanced],  # type: ignore[attr-defined]
        "advanced": [row for row in rows if row["field"].advanced],  # type: ignore[attr-defined]
    }


def _impatient(seconds: float) -> None:
    """A person waits for this page: rests are not waited for."""
    from nineplus.connectors import Retry

    raise Retry("The other side is busy just now. Try again in a minute.", after=3_600)
