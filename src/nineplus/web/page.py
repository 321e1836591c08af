"""What every page has: navigation, theme, company, filter bar; and how a stage's refusal becomes a page in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import condition, require_POST, require_safe

from nineplus.model import BadFilter, Filter
from nineplus.stages.act.alerts import choosing
from nineplus.stages.analyze.choices import choices
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import troubles
from nineplus.stages.govern.markers import markers
from nineplus.stages.govern.preferences import preferences
from nineplus.version import __version__
from nineplus.web import filter_bar
from nineplus.web.access import View, require_role
from nineplus.web.words import by_clock_of

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. `shortcut` is the key pressed after g."""

    title: str
    address: str
    icon: str
    shortcut: str
    current: bool


_PAGES = (
    (
        ("Overview", "overview", "overview", "o", "viewer"),
        ("Responses", "responses", "responses", "r", "agent"),
        ("Loop", "loop", "loop", "l", "agent"),
        ("Accounts", "accounts", "accounts", "n", "agent"),
        ("Drivers", "drivers", "drivers", "d", "viewer"),
        ("Themes", "themes", "themes", "h", "viewer"),
        ("Segments", "segments", "segments", "s", "viewer"),
        ("Attribution", "attribution", "ticket", "t", "viewer"),
        ("Analyses", "analyses", "analyses", "a", "viewer"),
    ),
    (
        ("Surveys", "surveys", "surveys", "u", "analyst"),
        ("Connections", "connections", "connections", "c", "analyst"),
        ("Imports", "imports", "imports", "i", "analyst"),
        ("Settings", "settings", "settings", ",", "viewer"),
    ),
)
_WITHIN = {"rules": "loop", "changes": "loop", "advocates": "loop"}
"""Pages that are reached from one of these and stand under it."""
_CARRY_FILTER = {"overview", "responses", "drivers", "themes", "segments", "attribution", "analyses"}


def page(request: HttpRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    """A whole page, or the part of it that htmx asked for: the template decides by itself.

    Times are by the company's clock.
    """
    theme, house = chosen_theme(request), preferences()
    context |= {
        "theme": theme,
        "other_theme": "light" if theme == "dark" else "dark",
        "user": request.user,
        "navigation": navigation(request),
        "company": house.company,
        "unread_alerts": partial(choosing.unread, request.user),
        "may_change": request.user.may("analyst"),
    }
    with by_clock_of(house.zone):
        return render(request, template, context, status=status)


def filters_for(request: HttpRequest, chosen: Filter, *, keep: Iterable[tuple[str, str]] = ()) -> dict[str, object]:
    """The filter bar of this view, for the template. `keep` is what else its address says."""
    now = timezone.now()
    offer = choices(now=now)
    bar = filter_bar.bar(chosen, groups=filter_bar.groups(offer.choices), today=now.date(), keep=keep)
    return {"bar": bar, "offer": offer}


def chosen_theme(request: HttpRequest) -> str:
    """The theme this browser chose; empty: as its system is."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""


def navigation(request: HttpRequest) -> list[list[Entry]]:
    """The pages this person may open. The filter goes along from one analysis to the next."""
    match = request.resolver_match
    here = match.url_name if match else ""
    section = (here or "").partition("-")[0]
    query = _filter_query(request)
    groups = []
    for group in _PAGES:
        entries = [
            Entry(
                title=title,
                address=reverse(name) + (query if name in _CARRY_FILTER else ""),
                icon=icon,
                shortcut=shortcut,
                current=name in (here, section, _WITHIN.get(section)),
            )
            for title, name, icon, shortcut, role in group
            if request.user.may(role)
        ]
        groups.append(entries)
    return groups


def in_words(view: View) -> View:
    """Filters that cannot be read and things that cannot be done become a page that says so."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        try:
            if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
                raise BadFilter("A text may not contain the character NUL.")
            query = filter_bar.canonical(request.GET) if request.method == "GET" else None
            if query is not None:
                return HttpResponseRedirect(request.path + (f"?{query}" if query else ""))
            return view(request, *args, **named)
        except BadFilter as problem:
            return _problem(request, 400, "This filter cannot be used", str(problem))
        except NotFound as problem:
            return _problem(request, 404, "Not found", str(problem))
        except Conflict as problem:
            return _problem(request, 409, "This contradicts what is there", str(problem))
        except NotPossible as problem:
            return _problem(request, 400, "This cannot be done", str(problem))

    return spoken


def reads(role: str) -> Callable[[View], View]:
    """A page for people whose role includes `role`: nothing is changed, what cannot be shown is said in words."""
    return lambda view: require_safe(require_role(role)(in_words(view)))


def writes(role: str) -> Callable[[View], View]:
    """What a form of such a person does (POST only)."""
    return lambda view: require_POST(require_role(role)(in_words(view)))


def fresh_for(view: View) -> View:
    """Let the browser keep the page while neither data, person, theme nor day have changed (304)."""

    @wraps(view)
    def kept(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        return condition(etag_func=_state)(view)(request, *args, **named)

    return kept


def _state(request: HttpRequest, *args: object, **named: object) -> str | None:
    offer = choices(now=timezone.now())
    if offer.snapshot is None or request.session.get("_messages"):
        return None
    parts = (
        offer.snapshot.id,
        request.get_full_path(),
        request.user.pk,
        request.user.role,
        request.user.name,
        request.session.session_key,
        chosen_theme(request),
        preferences().company,
        markers(),
        troubles.every(),
        timezone.now().date(),
        __version__,
        bool(request.htmx),
    )
    return '"' + hashlib.sha256(repr(parts).encode()).hexdigest()[:32] + '"'


def carried_out(
    request: HttpRequest, action: Callable[[], object], *, done: str, then: str, pk: int | None = None
) -> HttpResponse:
    """Do it, say that it is done or why it cannot be, and go on to the page named `then`."""
    try:
        action()
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        if done:
            messages.success(request, done)
    return redirect(then) if pk is None else redirect(then, pk)


def _problem(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    return page(request, "problem.html", status=status, title=title, words=words, clear=request.path)


def _filter_query(request: HttpRequest) -> str:
    try:
        pairs = filter_bar.read(request.GET).to_query()
    except BadFilter:
        return ""
    return "?" + filter_bar.encode(pairs) if pairs else ""
