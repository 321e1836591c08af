"""Cases: the follow-up that was owed, and how far it came."""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.model.cases import OUTCOMES
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, Step, named, newest
from nineplus.store.models import Case
from nineplus.store.models.cases import CaseState


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = of.of(Case.objects.filter(merged_into=None).select_related("contact", "owner"))
    return [_entry(row) for row in newest(rows, "opened_at", bound, limit)]


def _entry(row: Case) -> Entry:
    steps: list[Step] = []
    if row.contacted_at:
        steps.append(Step(row.contacted_at, "First contact"))
    if row.closed_at:
        steps.append(Step(row.closed_at, f"Closed: {OUTCOMES.get(row.outcome, row.outcome).lower()}"))
    still = "" if row.state == CaseState.CLOSED else f", {CaseState(row.state).label.lower()}"
    facts = [("owner", row.owner.name or row.owner.email)] if row.owner else []
    if row.promise:
        facts.append(("promised", row.promise[:120]))
    return Entry(
        at=row.opened_at,
        id=row.pk,
        title=f"Case {row.pk} opened{still}",
        text=row.about,
        tone="good" if row.outcome == "solved" else "bad" if row.outcome == "lost" else "",
        address=f"/loop/{row.pk}/",
        contact=named(row.contact),
        facts=tuple(facts),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


SOURCE = Source(name="cases", title="Cases", icon="loop", read=read, place=2)
