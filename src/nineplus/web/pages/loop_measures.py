"""Loop, Measures: how soon customers hear from us, whether they come back, and whether passives move.

The numbers are those of the analyses: command line and API say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.render import result_html
from nineplus.stages import analyze
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv
from nineplus.web.page import filters_for, page, reads

_CUT: Mapping[str, str] = {"team": "Team", "priority": "Priority", "cause": "Root cause", "reason": "Reason"}
_OF_TICKETS = "ticket_"
"""So begin attributes that an answer has from its ticket; a case has none of them."""
_SHOWN = ("follow-up-time", "follow-up-sla", "recovery", "passives-moved")


@reads("agent")
def measures(request: HttpRequest) -> HttpResponse:
    """All the numbers of the loop on one page, the open cases counted and what would have come anyway taken out."""
    now, chosen = timezone.now(), filter_bar.read(request.GET)
    by = request.GET.get("by") or "team"
    filters = filters_for(request, chosen, keep=[("by", by)])
    own = [(one.slug, one.label) for one in filters["offer"].choices if not one.slug.startswith(_OF_TICKETS)]
    found = []
    for name in _SHOWN:
        told = {"by": by} if name != "passives-moved" else {}
        result = analyze.run(name, filter=chosen, options=told, now=now)
        # the sentence says the estimate; large, it would be called one of answers
        found.append(result_html(replace(result, estimate=None), level=2, csv=to_csv(result, told)))
    return page(
        request,
        "loop/measures.html",
        title="Measures",
        found=found,
        by=by,
        cuts=[*_CUT.items(), *own],
        **filters,
    )
