"""Which rows others build on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef

Row = TypeVar("Row", bound=models.Model)


def unreferred(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Those of the rows that no other row refers to, but for what was made of them (`made_of_row`): they can go."""
    for relation in _referring(rows.model):
        if not _goes_along(relation):
            using = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(using))
    return rows


def take_away(model: type[models.Model], ids: Collection[int]) -> None:
    """Delete `unreferred` rows, and with them what was made of them."""
    for relation in _referring(model):
        if _goes_along(relation):
            relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": ids}).delete()
    rows = model._default_manager.filter(pk__in=ids)
    rows._raw_delete(rows.db)


def _referring(model: type[models.Model]) -> Iterator[Any]:
    for relation in model._meta.related_objects:
        if isinstance(relation, models.ManyToOneRel) and relation.field.concrete:
            yield relation


def _goes_along(relation: Any) -> bool:
    """A model says so of itself: its rows are nothing without the one they were made of."""
    return bool(getattr(relation.related_model, "made_of_row", False))
