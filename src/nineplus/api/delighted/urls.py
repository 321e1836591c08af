"""The addresses; to be included under `v1/`. Each is served with and without `.json`."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from nineplus.api.delighted import metrics, people, responses
from nineplus.api.delighted.door import View, call, wrong_address


def _at(pattern: str, view: View, name: str) -> URLPattern:
    return re_path(rf"^{pattern}(?:\.json)?/?$", view, name=f"delighted-{name}")


urlpatterns = [
    _at(
        "people",
        call(get=("agent", people.listed), post=("agent", people.created), put=("agent", people.changed)),
        "people",
    ),
    # An address in it may hold a slash.
    _at(r"people/(?P<who>.+?)/survey_requests/pending", call(delete=("agent", people.withdrawn)), "pending"),
    _at(r"people/(?P<who>.+?)", call(delete=("analyst", people.erased)), "person"),
    _at(
        "survey_responses",
        call(get=("agent", responses.listed), post=("agent", responses.created), put=("agent", responses.changed)),
        "responses",
    ),
    _at(
        r"survey_responses/(?P<pk>[^/]+?)",
        call(get=("agent", responses.one), put=("agent", responses.changed)),
        "response",
    ),
    _at("metrics", call(get=("viewer", metrics.read)), "metrics"),
    re_path("", wrong_address, name="delighted-none"),
]
