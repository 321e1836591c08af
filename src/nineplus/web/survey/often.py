"""Too often? The one rule for what customers post, for Django's views and for the fast door alike.

A personal link or one to an answer is bounded by itself: a mailing comes from as many links as it has readers, and
whoever sits behind one address with all of them is kept from nothing. An open link (`/a/`, `/w/`, `/r/`) is bounded by
the address that sends, for that survey or that link.
"""

from __future__ import annotations

from datetime import datetime
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.rules.outcomes import State
from nineplus.stages.capture import Outcome
from nineplus.stages.govern.visitors import Visitors, neighbourhood
from nineplus.web.access import View
from nineplus.web.survey import sent, showing

VISITORS = Visitors()
A_LINK = 60
"""Posts a minute at one personal link: each press saves, and so does each pause in writing."""
_LINK_LENGTH = 27
"""Letters of a sealed link (rules.links); public ids are shorter."""


def wait(where: str, which: str, *, peer: str, forwarded: str, now: datetime) -> int:
    """Seconds until `/<where>/<which>/` takes something more from this visitor; 0: now, and it is counted."""
    if where not in ("a", "w", "r") or len(which) >= _LINK_LENGTH:
        return VISITORS.wait(where, which, limit=A_LINK, now=now)
    limit: int = settings.NINEPLUS.visitor_limit
    address = neighbourhood(_address(peer, forwarded)) if limit else ""
    return VISITORS.wait(which, address, limit=limit, now=now) if address else 0


def _address(peer: str, forwarded: str) -> str:
    """Where it came from. Behind a proxy of ours only its last word counts; when it says nothing, nobody knows."""
    if settings.NINEPLUS.public_url:
        return forwarded.rpartition(",")[2].strip()
    return peer


def of(request: HttpRequest) -> int:
    """The same of a request that Django has."""
    _, where, which, *_ = request.path.split("/", 3)
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    return wait(where, which, peer=peer, forwarded=forwarded, now=timezone.now())


def not_too_often(view: View) -> View:
    """Posts that come too often are not read: 429, and when to come again."""

    @wraps(view)
    def bounded(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        seconds = of(request) if request.method == "POST" else 0
        if not seconds:
            return view(request, *args, **named)
        if sent.by_script(request):
            refused = sent.reply(request, Outcome(State.TOO_OFTEN), then="")
        else:
            words = showing.words_for(request, showing.nobodys())
            refused = showing.state_page(request, words, State.TOO_OFTEN)
        refused["Retry-After"] = str(seconds)
        return refused

    return bounded
