"""Answers: the score, what was said, and what colleagues wrote beside it."""

from __future__ import annotations

from collections.abc import Sequence

from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, Step, named, newest
from nineplus.stats import scale
from nineplus.store.models import Response


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = of.of(Response.objects.select_related("survey", "contact").defer("raw", "comment_raw", "attributes"))
    return [_entry(row) for row in newest(rows, "answered_at", bound, limit)]


def _entry(row: Response) -> Entry:
    earlier = [str(one["score"]) for one in row.signals.get("earlier", ()) if "score" in one]
    facts = (("before it was changed", ", ".join(earlier)),) if earlier else ()
    return Entry(
        at=row.answered_at,
        id=row.pk,
        title=f"Answered {row.score} to {row.survey.name}",
        text=row.comment,
        language=row.language,
        score=row.score,
        tone={"promoter": "good", "detractor": "bad"}.get(scale.group_of(row.score), ""),
        address=f"/responses/{row.pk}/",
        contact=named(row.contact),
        facts=facts,
        steps=tuple(Step(row.answered_at, f"Note: {note['text']}") for note in row.notes or () if note.get("text")),
    )


SOURCE = Source(name="answers", title="Answers", icon="responses", read=read, place=1)
