"""Advocacy: what customers were asked to do for us, and how far it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from nineplus.render import numbers
from nineplus.stages.act.advocates import acts
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, Step, named, newest
from nineplus.store.models import Act, ActEntry
from nineplus.store.models.advocates import ActStage

_TONES = {ActStage.DONE: "good"}


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    asked = Act.objects.exclude(stage=ActStage.SKIPPED).select_related("programme", "contact", "owner")
    rows = newest(of.of(asked), "asked_at", bound, limit)
    happened: dict[int, list[ActEntry]] = defaultdict(list)
    for entry in ActEntry.objects.filter(act__in=[row.pk for row in rows]).order_by("at", "pk"):
        happened[entry.act_id].append(entry)
    return [_entry(row, happened[row.pk]) for row in rows]


def _entry(row: Act, happened: Sequence[ActEntry]) -> Entry:
    facts = [("owner", row.owner.name or row.owner.email)] if row.owner else []
    if row.value_minor is not None and row.currency:
        facts.append(("helped to win", numbers.money(row.value_minor, row.currency)))
    said = [
        (one.at, f"{ActStage(one.stage).label}: {one.text}" if one.text else one.get_stage_display())
        for one in happened
    ]
    return Entry(
        at=row.asked_at,
        id=row.pk,
        title=f"{acts.title_of(row)}, {row.programme.name}: {ActStage(row.stage).label.lower()}",
        text=row.quote,
        tone=_TONES.get(ActStage(row.stage), ""),
        address=f"/loop/advocates/{row.programme_id}/",
        contact=named(row.contact),
        facts=tuple(facts),
        steps=tuple(Step(at, words) for at, words in said[1:]),
    )


SOURCE = Source(name="advocacy", title="Advocacy", icon="loop", read=read, place=3)
