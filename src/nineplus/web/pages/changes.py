"""You said, we did: who asked for a change, what they are written, and whether it helped."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.model import Filter
from nineplus.stages.act.changes import asking, keeping, telling, trying
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Change, ChangeNews
from nineplus.store.models.changes import ChangeState, Helped
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.pages import changes_editing as editing

_NEWEST = 50


@reads("analyst")
def changes(request: HttpRequest) -> HttpResponse:
    """Every change, how many were told, and whether it helped."""
    return page(request, "changes/list.html", title="You said, we did", lines=keeping.every())


@reads("analyst")
def changes_new(request: HttpRequest) -> HttpResponse:
    """Who asked for it, and what they are written. Nobody has chosen yet: the last 12 months."""
    if not request.GET:
        usual = Filter(window=asking.usual(timezone.now().date())).to_query()
        return redirect(f"{request.path}?{urlencode([*usual, ('tone', 'complaints')])}")
    return editing.editor(request, None)


@reads("analyst")
def changes_edit(request: HttpRequest, pk: int) -> HttpResponse:
    change = keeping.one(pk)
    if change.state != ChangeState.DRAFT:
        return redirect("changes-one", pk)
    if not request.GET:
        query = urlencode([*map(tuple, change.filter), ("theme", change.theme), ("tone", change.tone)])
        return redirect(f"{request.path}?{query}")
    return editing.editor(request, change)


@writes("analyst")
def changes_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep the draft; whom it goes to stands in the address, as in every selection."""
    try:
        kept = keeping.save(editing.drawn(request), pk=pk, by=request.user, now=timezone.now())
    except NotPossible as problem:
        return editing.editor(request, keeping.one(pk) if pk else None, problem=str(problem))
    return redirect("changes-one", kept.pk)


@reads("analyst")
def changes_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: before it is told who would get what, afterwards how it went."""
    change = keeping.one(pk)
    draft = change.state == ChangeState.DRAFT
    news = ChangeNews.objects.select_related("contact", "contact__account", "message").filter(change=change)
    return page(
        request,
        "changes/one.html",
        title=change.title,
        change=change,
        about_theme=editing.names().get(change.theme, change.theme),
        tone=asking.TONES[change.tone],
        draft=draft,
        preview=_preview(change) if draft else None,
        tongues=editing.tongues(),
        standing=None if draft else keeping.standing(change),
        reasons=telling.REASONS,
        answers=news.exclude(helped="").order_by("-helped_at")[:_NEWEST],
        helped=Helped.choices,
    )


@writes("analyst")
def changes_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as a customer would get it, to whoever is logged in or the address they name."""
    to, language = request.POST.get("to", "").strip() or request.user.email, request.POST.get("language", "")
    return carried_out(
        request,
        lambda: trying.send_test(pk, to=to, language=language, by=request.user, now=timezone.now()),
        done=f"On its way to {to}. Its links keep nothing.",
        then="changes-one",
        pk=pk,
    )


@writes("analyst")
def changes_tell(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    done = "They are being written to; the worker sends the letters."
    return carried_out(
        request, lambda: telling.begin(pk, by=request.user, now=now), done=done, then="changes-one", pk=pk
    )


@writes("analyst")
def changes_stop(request: HttpRequest, pk: int) -> HttpResponse:
    def act() -> None:
        count = telling.stop(pk, now=timezone.now())
        messages.success(request, f"Stopped: {count} are not written to.")

    return carried_out(request, act, done="", then="changes-one", pk=pk)


@writes("analyst")
def changes_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request, lambda: telling.go_on(pk, now=timezone.now()), done="Going on.", then="changes-one", pk=pk
    )


@writes("analyst")
def changes_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: keeping.remove(pk), done="The draft is gone.", then="changes")


def _preview(change: Change) -> trying.Preview:
    """Who would be told; a theme that is there no more is said, and the draft can be changed or removed."""
    try:
        return trying.preview(keeping.drawn(change), now=timezone.now())
    except NotPossible as reason:
        return trying.Preview(reached=0, refused={}, readers=(), letter=None, to="", trouble=str(reason))
