"""Loop, Measures: how soon customers hear from us, whether they come back, and whether passives move.

The numbers are those of the analyses: command line and API say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.model import Result
from nineplus.render import result_html
from nineplus.stages import analyze
from nineplus.stages.act.cases import causes
from nineplus.stages.act.cases.opening import REASONS
from nineplus.store.models.cases import Priority
from nineplus.web import filter_bar
from nineplus.web.linking import to_csv
from nineplus.web.page import filters_for, page, reads

_CUT: Mapping[str, str] = {"team": "Team", "priority": "Priority", "cause": "Root cause", "reason": "Reason"}
_OF_TICKETS = "ticket_"
"""So begin attributes that an answer has from its ticket; a case has none of them."""
_LABELS: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "priority": lambda: {one.value: one.label for one in Priority},
    "cause": causes.every,
    "reason": lambda: REASONS,
}
"""By what name people know the values of such a cut; the analyses know them as they are kept."""
_SHOWN = ("follow-up-time", "follow-up-sla", "recovery", "passives-moved")


@reads("agent")
def measures(request: HttpRequest) -> HttpResponse:
    """All the numbers of the loop on one page, the open cases counted and what would have come anyway taken out."""
    now, chosen = timezone.now(), filter_bar.read(request.GET)
    by = request.GET.get("by") or "team"
    filters = filters_for(request, chosen, keep=[("by", by)])
    own = [(one.slug, one.label) for one in filters["offer"].choices if not one.slug.startswith(_OF_TICKETS)]
    labels = _LABELS[by]() if by in _LABELS else {}
    found = []
    for name in _SHOWN:
        told = {"by": by} if name != "passives-moved" else {}
        result = analyze.run(name, filter=chosen, options=told, now=now)
        # the sentence says the estimate; large, it would be called one of answers
        shown = _named(replace(result, estimate=None), labels)
        found.append(result_html(shown, level=2, csv=to_csv(result, told)))
    return page(
        request,
        "loop/measures.html",
        title="Measures",
        found=found,
        by=by,
        cuts=[*_CUT.items(), *own],
        **filters,
    )


def _named(result: Result, labels: Mapping[str, str]) -> Result:
    """The same with the rows of the cut under the names that people know."""
    if not labels or result.refused:
        return result
    tables = (
        replace(table, rows=tuple({**row, "value": labels.get(str(row["value"]), row["value"])} for row in table.rows))
        if table.name == "by_value"
        else table
        for table in result.tables
    )
    return replace(result, tables=tuple(tables))
