"""You said, we did: who asked for a change, what they are written, and whether it helped."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.languages import languages
from nineplus.stages.act.changes import asking, keeping, telling, words
from nineplus.stages.analyze.comments import versions
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Change, ChangeNews, Sender
from nineplus.store.models.changes import ChangeState, Helped
from nineplus.web import filter_bar
from nineplus.web.page import carried_out, filters_for, page, reads, writes

_NEWEST = 50
_BEGINNING = words.Said(
    "You told us, and we changed it",
    "Hello {name},\n\nyou wrote to us: “{said}”\n\nThis is what we changed:\n\n\n\n"
    "Thank you for telling us.\n{company}",
)


@reads("analyst")
def changes(request: HttpRequest) -> HttpResponse:
    """Every change, how many were told, and whether it helped."""
    return page(request, "changes/list.html", title="You said, we did", lines=keeping.every())


@reads("analyst")
def changes_new(request: HttpRequest) -> HttpResponse:
    """Who asked for it, and what they are written."""
    return _editor(request, None)


@reads("analyst")
def changes_edit(request: HttpRequest, pk: int) -> HttpResponse:
    change = keeping.one(pk)
    if change.state != ChangeState.DRAFT:
        return redirect("changes-one", pk)
    if not request.GET:
        query = urlencode([*map(tuple, change.filter), ("theme", change.theme), ("tone", change.tone)])
        return redirect(f"{request.path}?{query}")
    return _editor(request, change)


@writes("analyst")
def changes_save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep the draft; whom it goes to stands in the address, as in every selection."""
    try:
        kept = keeping.save(_drawn(request), pk=pk, by=request.user, now=timezone.now())
    except NotPossible as problem:
        return _editor(request, keeping.one(pk) if pk else None, problem=str(problem))
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
        about_theme=_names().get(change.theme, change.theme),
        tone=asking.TONES[change.tone],
        draft=draft,
        preview=_preview(change) if draft else None,
        standing=None if draft else keeping.standing(change),
        reasons=telling.REASONS,
        answers=news.exclude(helped="").order_by("-helped_at")[:_NEWEST],
        helped=Helped.choices,
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


# --- the editor


def _editor(request: HttpRequest, change: Change | None, *, problem: str = "") -> HttpResponse:
    given = request.POST
    theme, tone = request.GET.get("theme", ""), request.GET.get("tone", "complaints")
    chosen, now = filter_bar.read(request.GET), timezone.now()
    names = _names()
    askers = asking.who(theme, tone=tone, filter=chosen, now=now) if theme in names and tone in asking.TONES else None
    against = telling.refused([one.contact for one in askers or ()], sender=_sender())
    held = _kept(change).words if change else {"en": _BEGINNING}
    written = _given_words(request) if given else held
    here = [*chosen.to_query(), ("theme", theme), ("tone", tone)]
    return page(
        request,
        "changes/edit.html",
        title=change.title if change else "Tell customers of a change",
        status=400 if problem else 200,
        change=change,
        problem=problem,
        name=given.get("title", change.title if change else ""),
        about_theme=theme,
        tone=tone,
        themes=sorted(names.items(), key=lambda one: one[1].casefold()),
        tones=asking.TONES.items(),
        hidden=chosen.to_query(),
        query=urlencode(here),
        askers=askers,
        reached=len(askers or ()) - len(against),
        refused=sorted(Counter(telling.REASONS[why] for why in against.values()).items()),
        quotes=[one.said for one in askers or () if one.said][:3],
        written=[*written.items(), ("", words.Said("", ""))],
        languages=sorted(((code, one.name) for code, one in languages().items()), key=lambda one: one[1]),
        blanks=words.BLANKS.items(),
        **filters_for(request, chosen, keep=[("theme", theme), ("tone", tone)]),
    )


def _drawn(request: HttpRequest) -> keeping.Drawn:
    written = _given_words(request)
    return keeping.Drawn(
        title=request.POST.get("title", ""),
        theme=request.GET.get("theme", ""),
        tone=request.GET.get("tone", "complaints"),
        filter=filter_bar.read(request.GET),
        words=written,
        language=next(iter(written), "en"),
    )


def _given_words(request: HttpRequest) -> dict[str, words.Said]:
    """The letters in the form, by language; the first one is what those get whose own is not there."""
    given = request.POST
    rows = zip(given.getlist("language"), given.getlist("subject"), given.getlist("text"), strict=False)
    return {code: words.Said(subject, text.replace("\r\n", "\n")) for code, subject, text in rows if code}


def _kept(change: Change) -> keeping.Drawn:
    written = {code: words.Said(**said) for code, said in change.words.items()}
    ordered = {change.language: written.pop(change.language), **written}
    return keeping.Drawn(
        title=change.title,
        theme=change.theme,
        tone=change.tone,
        filter=keeping.filter_of(change),
        words=ordered,
        language=change.language,
    )


def _preview(change: Change) -> telling.Preview:
    """Who would be told; a theme that is there no more is said, and the draft can be changed or removed."""
    try:
        return telling.preview(_kept(change), now=timezone.now())
    except NotPossible as reason:
        return telling.Preview(reached=0, refused={}, letter=None, to="", trouble=str(reason))


def _names() -> dict[str, str]:
    return {one.slug: one.name for one in versions.names()}


def _sender() -> Sender | None:
    try:
        return personal.sending()
    except NotPossible:
        return None
