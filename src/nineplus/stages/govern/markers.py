"""What is drawn on every time axis: dated notes (a change of service, of price), and new wordings of surveys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from nineplus.model import Marker
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Note, SurveyVersion, User


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
    """What analyses draw: the notes, and where a survey began to ask in other words.

    A first version is no change, and neither is one that differs from the version before only in its looks.
    """
    marks = [Marker(at=at, label=label) for at, label in Note.objects.order_by("at", "pk").values_list("at", "label")]
    marks += [Marker(at=at, label=f"{survey}: version {number}") for at, survey, number in _rewordings()]
    return tuple(sorted(marks, key=lambda mark: mark.at))


def _rewordings() -> Iterator[tuple[date, str, int]]:
    # What is asked of a few hundred versions at most: told apart here, for JSON has no equality every database knows.
    before: dict[int, object] = {}
    versions = SurveyVersion.objects.select_related("survey").order_by("survey_id", "number")
    for version in versions.filter(survey__versions__number__gt=1).distinct():
        words = {
            part: version.content.get(part) for part in ("product", "texts", "extras", "language", "comment_asked")
        }
        if version.number > 1 and words != before.get(version.survey_id):
            yield version.created_at.date(), version.survey.name, version.number
        before[version.survey_id] = words
