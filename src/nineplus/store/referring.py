"""Which rows others build on."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import Exists, OuterRef

Row = TypeVar("Row", bound=models.Model)


def unreferred(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Those of the rows that no other row refers to: they can go without taking anything along."""
    for relation in rows.model._meta.related_objects:
        if isinstance(relation, models.ManyToOneRel) and relation.field.concrete:
            using = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(using))
    return rows
