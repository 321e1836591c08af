"""Dated notes drawn on every time axis: a change of survey, of service, of price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from nineplus.model import Marker
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Note, User


def add(*, at: date, label: str, created_by: User | None = None) -> Note:
    """Note what happened that day. Raises NotPossible when nothing is said or too much (200 characters)."""
    label = label.strip()
    if not label:
        raise NotPossible("Say what happened that day.")
    if len(label) > 200:
        raise NotPossible("Say it in at most 200 characters.")
    return Note.objects.create(at=at, label=label, created_by=created_by)


def remove(*, note_id: int) -> None:
    """Take a note back. Raises NotFound."""
    gone, _ = Note.objects.filter(pk=note_id).delete()
    if not gone:
        raise NotFound("There is no such note.")


def notes() -> Sequence[Note]:
    """All notes in order of their days."""
    return list(Note.objects.order_by("at", "pk"))


def markers() -> tuple[Marker, ...]:
    """The same as the values that analyses draw."""
    return tuple(
        Marker(at=at, label=label) for at, label in Note.objects.order_by("at", "pk").values_list("at", "label")
    )
