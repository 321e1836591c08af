"""Changing an answer that a program or colleague brought: earlier scores stay known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from nineplus.stages.capture.answering.amending import said
from nineplus.stages.capture.answering.answers import changed_attributes
from nineplus.stages.capture.answering.keeping import with_earlier
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stats import scale
from nineplus.store.models import Event, Response, Revision

_FIELDS = ("score", "comment", "comment_raw", "attributes", "tags", "notes", "signals")


def revise(
    *,
    response_id: int,
    survey: int | None = None,
    score: int | None = None,
    comment: str | None = None,
    attributes: Mapping[str, str | None] | None = None,
    tags: Sequence[str] | None = None,
    notes: Sequence[Mapping[str, str]] | None = None,
    now: datetime,
) -> Response:
    """Change these parts of an answer; None leaves one as it is, an attribute of None is taken away.

    Another score keeps the one before among the signals. `notes` are {id, text, by, at}. `survey`: only an answer to
    that one. Raises NotFound, NotPossible for a score off the scale.
    """
    with transaction.atomic():
        revision = Revision.next()
        rows = Response.objects.filter(pk=response_id, **({"survey": survey} if survey else {}))
        response = rows.first() if 0 < response_id < 2**63 else None
        if response is None:
            raise NotFound("There is no such response.")
        before = _parts(response)
        if score is not None and score != response.score:
            _on_the_scale(score)
            response.signals = with_earlier(response.signals, score=response.score, now=now)
            response.score = score
        if comment is not None:
            response.comment, response.comment_raw = said(comment), comment
        if attributes:
            merged = changed_attributes(response.attributes, attributes, now=now)
            response.attributes = {slug: text for slug, text in merged.items() if text != ""}
        if tags is not None:
            response.tags = list(dict.fromkeys(tags))
        if notes is not None:
            response.notes = [dict(note) for note in notes] or None
        if _parts(response) != before:
            response.revision = revision
            response.changed_at = now
            response.save(update_fields=[*_FIELDS, "revision", "changed_at"])
            Event.publish(kind="response.changed", data={"response": response.pk}, now=now)
    return response


def _on_the_scale(score: int) -> None:
    try:
        scale.group_of(score)
    except (ValueError, TypeError):
        raise NotPossible(f"A score is a whole number from 0 to 10, not {score!r}.") from None


def _parts(response: Response) -> list[Any]:
    return [getattr(response, name) for name in _FIELDS]
