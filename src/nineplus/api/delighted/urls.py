"""The addresses; to be included under `v1/`. Each is served with and without `.json`.

What a call needs is a scope of the house's keys, and the role that goes with it.
"""

from __future__ import annotations

from django.urls import URLPattern, re_path

from nineplus.api.delighted import autopilot, bounces, metrics, people, responses, unsubscribes
from nineplus.api.delighted.door import View, call, wrong_address

_READS, _WRITES = "responses:read", "responses:write"
_ASKS, _ASKED = "invitations:write", "invitations:read"
_STOPS, _STOPPED = "suppressions:write", "suppressions:read"


def _at(pattern: str, view: View, name: str) -> URLPattern:
    return re_path(rf"^{pattern}(?:\.json)?/?$", view, name=f"delighted-{name}")


urlpatterns = [
    _at(
        "people",
        call(get=(_READS, people.listed), post=(_ASKS, people.created), put=(_ASKS, people.changed)),
        "people",
    ),
    # An address in it may hold a slash.
    _at(r"people/(?P<who>.+?)/survey_requests/pending", call(delete=(_ASKS, people.withdrawn)), "pending"),
    _at(r"people/(?P<who>.+?)", call(get=(_READS, people.one), delete=(people.EVERYONE, people.erased)), "person"),
    _at(
        "survey_responses",
        call(get=(_READS, responses.listed), post=(_WRITES, responses.created), put=(_WRITES, responses.changed)),
        "responses",
    ),
    _at(
        r"survey_responses/(?P<pk>[^/]+?)",
        call(get=(_READS, responses.one), put=(_WRITES, responses.changed)),
        "response",
    ),
    _at("metrics", call(get=("analyses:read", metrics.read)), "metrics"),
    _at("unsubscribes", call(get=(_STOPPED, unsubscribes.listed), post=(_STOPS, unsubscribes.created)), "unsubscribes"),
    _at("bounces", call(get=(_STOPPED, bounces.listed)), "bounces"),
    _at("autopilot/(?P<platform>email|sms)", call(get=(_ASKED, autopilot.configuration)), "autopilot"),
    _at(
        "autopilot/(?P<platform>email|sms)/memberships",
        call(get=(_ASKED, autopilot.listed), post=(_ASKS, autopilot.joined), delete=(_ASKS, autopilot.left)),
        "memberships",
    ),
    re_path("", wrong_address, name="delighted-none"),
]
