"""Taking a merge back: two rows again.

What one merge changed is put back exactly, as far as nobody changed it since; what was changed is told and stays as
it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction

from nineplus.stages.connect.bulk import pieces
from nineplus.stages.connect.identity import advocacy
from nineplus.stages.connect.identity.keys import MODELS
from nineplus.stages.connect.identity.merging import revised, said, written
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Alias, Event, Invitation, Match, Membership, Merge, Revision
from nineplus.store.models.capture import Fate
from nineplus.store.models.identity import MatchState


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back came to: rows that went back, and those that were changed since and stay, by table."""

    merge: Merge
    back: int = 0
    left: Mapping[str, int] = field(default_factory=dict)


def undo(merge: int, *, by: int | None = None, now: datetime) -> Undone:
    """Take a merge back: two rows again, each with what it had. The pair is not suggested or joined again.

    Raises NotFound, Conflict when it was taken back already, NotPossible with the reason.
    """
    with transaction.atomic():
        revision = Revision.next()
        one = Merge.objects.filter(pk=merge).first()
        if one is None:
            raise NotFound("There is no such merge.")
        if one.undone_at:
            raise Conflict("It was taken back already.")
        if not one.journal:
            raise NotPossible("The person was erased since: there is nothing left to put back.")
        back, left = _put_back(one, revision=revision)
        one.undone_at, one.undone_by_id = now, by
        one.save(update_fields=["undone_at", "undone_by"])
        said(one.table, one.kept, one.gone, state=MatchState.DIFFERENT, reason=one.reason, by=by, now=now)
        Event.publish_once(kind="mart.stale", now=now)
    return Undone(merge=one, back=back, left=left)


def _put_back(one: Merge, *, revision: int) -> tuple[int, dict[str, int]]:
    journal, left = one.journal, {}
    if one.table != "works":
        model = MODELS[one.table]
        winner = model._default_manager.select_for_update().filter(pk=one.kept).first()
        if winner is None:
            raise NotPossible(
                "What it was merged into is not there any more: was that merged too? Take that back first."
            )
        if getattr(winner, "erased_at", None):
            raise NotPossible("The person was erased since: there is nothing left to put back.")
        _remake(model, journal["row"], revision=revision)
        if changed := _unfill(winner, journal["filled"], revision=revision):
            left["columns"] = changed
        Alias.objects.filter(pk__in=journal["made"]).delete()
        Alias.objects.filter(pk__in=journal["aliases"], row=one.kept).update(row=one.gone)
        Match.objects.filter(pk__in=journal["refusals"]).delete()
    back = 0
    for name, ids in journal["moved"].items():
        table, column = name.split(".")
        theirs = apps.get_model("nineplus", table)
        to = None if one.table == "works" else one.gone
        moved = 0
        for piece in pieces(ids):
            rows = theirs._default_manager.filter(pk__in=piece, **{column: one.kept})
            moved += rows.update(**{column: to}, **revised(theirs, revision))
        back += moved
        if moved < len(ids):
            left[table] = left.get(table, 0) + len(ids) - moved
    for row in journal.get("dropped", ()):
        _remake(Membership, row, revision=revision)
    skipped = Invitation.objects.filter(pk__in=journal.get("skipped", ()), fate=Fate.SKIPPED, reason="same_person")
    skipped.update(fate=Fate.PLANNED, reason="", revision=revision)
    advocacy.part(journal.get("acts", ()), kept=one.kept, gone=one.gone)
    return back, left


def _unfill(winner: Any, filled: Mapping[str, list[Any]], *, revision: int) -> int:
    """Columns get back what they had, unless they were changed since; how many were."""
    now, changed = written(winner), 0
    for name, (before, after) in filled.items():
        if now[name] == after:
            setattr(winner, name, _read(type(winner), name, before))
        else:
            changed += 1
    winner.revision = revision
    winner.save()
    return changed


def _remake(model: type[models.Model], row: Mapping[str, Any], *, revision: int) -> None:
    """A row as the journal has it, under its own number. To what is gone since it refers no more."""
    values = {name: _read(model, name, value) for name, value in row.items()}
    for column in model._meta.concrete_fields:
        if isinstance(column, models.ForeignKey) and values[column.attname] is not None:
            there = column.related_model._default_manager.filter(pk=values[column.attname]).exists()
            if not there and not column.null:
                return
            values[column.attname] = values[column.attname] if there else None
    if "external_id" in values:
        taken = model._default_manager.filter(source=values["source"], external_id=values["external_id"])
        if taken.exists():
            raise NotPossible(
                "Another row has come under its id since. Merge that one instead, or take its import back."
            )
    values |= revised(model, revision)
    model._default_manager.bulk_create([model(**values)])


def _read(model: type[models.Model], name: str, value: Any) -> Any:
    column = next(one for one in model._meta.concrete_fields if one.attname == name)
    return column.to_python(value) if isinstance(column, models.DateTimeField) else value
