"""Accounts: what happened to this customer? A list, and one account or person with all of it on one timeline."""

from __future__ import annotations

from itertools import chain
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from nineplus.stages.share.customers import health, listing, standing
from nineplus.stages.share.customers.entries import Customer
from nineplus.stages.share.customers.timeline import sources, timeline
from nineplus.web import accounts_csv
from nineplus.web.page import page, reads

_VIEWS = (
    ("", "All"),
    ("unhappy", "Unhappy lately"),
    ("open", "Open tickets"),
    ("renewing", "Renewing soon"),
    ("silent", "Paying and silent"),
)
LEVELS = {"at_risk": "At risk", "watch": "Watch", "well": "Well", "unknown": "Not known"}
_SHOWN = 50
_IN_A_FILE = 10_000


@reads("agent")
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account with how it answered, what is open and when it renews."""
    view, search = request.GET.get("view", ""), request.GET.get("q", "").strip()
    found = listing.accounts(now=timezone.now(), search=search, view=view, after=request.GET.get("after", ""))
    kept = [pair for pair in (("view", view), ("q", search)) if pair[1]]
    return page(
        request,
        "accounts/more.html" if request.htmx and "after" in request.GET else "accounts/list.html",
        title="Accounts",
        lines=found.lines,
        more=urlencode([*kept, ("after", found.more)]) if found.more else "",
        query=urlencode(kept),
        nothing=not found.lines and not kept and "after" not in request.GET,
        search=search,
        view=view,
        views=_tabs(view),
    )


@reads("agent")
def accounts_risk(request: HttpRequest) -> HttpResponse:
    """Accounts at risk or to be watched, the most urgent first, each with its reasons."""
    lines, of = health.at_risk(now=timezone.now(), limit=_SHOWN)
    return page(request, "accounts/risk.html", title="At risk", lines=lines, of=of, views=_tabs("risk"), levels=LEVELS)


@reads("agent")
def accounts_risk_csv(request: HttpRequest) -> HttpResponse:
    lines, _ = health.at_risk(now=timezone.now(), limit=_IN_A_FILE)
    answer = HttpResponse(accounts_csv.at_risk(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accounts-at-risk.csv"'
    return answer


def _tabs(view: str) -> list[tuple[str, str, bool]]:
    here = reverse("accounts")
    tabs = [(label, here + ("?" + urlencode([("view", name)]) if name else ""), name == view) for name, label in _VIEWS]
    return [tabs[0], ("At risk", reverse("accounts-risk"), view == "risk"), *tabs[1:]]


@reads("agent")
def accounts_list_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The whole list as it is narrowed, piece by piece."""
    view, search, now = request.GET.get("view", ""), request.GET.get("q", ""), timezone.now()
    pieces = accounts_csv.pieces(
        lambda after: listing.accounts(now=now, search=search, view=view, after=after, limit=listing.MOST)
    )
    first = next(pieces)  # what cannot be asked is said before the download begins
    answer = StreamingHttpResponse(chain((first,), pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accounts.csv"'
    return answer


@reads("agent")
def accounts_one(request: HttpRequest, pk: int) -> HttpResponse:
    shown = standing.account_page(pk, now=timezone.now()) if not _continues(request) else None
    name = (shown.account.name or shown.account.domain or shown.account.external_id) if shown else ""
    return _customer(request, Customer(account=pk), "accounts/one.html", title=name or "Account", shown=shown)


@reads("agent")
def accounts_person(request: HttpRequest, pk: int) -> HttpResponse:
    shown = standing.contact_page(pk, now=timezone.now()) if not _continues(request) else None
    name = (shown.contact.name or shown.contact.email or shown.contact.external_id) if shown else ""
    return _customer(request, Customer(contact=pk), "accounts/person.html", title=name or "Person", shown=shown)


def _customer(request: HttpRequest, of: Customer, template: str, *, title: str, shown: object) -> HttpResponse:
    kind = request.GET.get("kind", "")
    found = timeline(of, kinds=(kind,) if kind else (), below=request.GET.get("below") or None)
    kept = [("kind", kind)] if kind else []
    return page(
        request,
        "accounts/older.html" if _continues(request) else template,
        title=title,
        shown=shown,
        levels=LEVELS,
        entries=found.entries,
        icons={one.name: one.icon for one in sources()},
        older=urlencode([*kept, ("below", str(found.older))]) if found.older else "",
        kind=kind,
        below=request.GET.get("below", ""),
        kinds=[("All", "?", not kind)]
        + [(one.title, "?" + urlencode({"kind": one.name}), one.name == kind) for one in sources()],
    )


def _continues(request: HttpRequest) -> bool:
    """Is only a further piece of a timeline wanted?"""
    return bool(request.htmx) and "below" in request.GET
