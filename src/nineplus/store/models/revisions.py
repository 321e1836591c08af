"""What changed since the mart last looked.

Every row that the mart reads carries the revision of the transaction that last wrote it. The one counter row
is locked until its transaction ends, so revisions become visible in the order of their numbers and a reader
that remembers the highest it saw misses nothing, on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction
from django.db.models.functions import Now

_NEXT = "UPDATE nineplus_revision SET number = number + 1 WHERE id = 1 RETURNING number"


class Revision(models.Model):
    """One row, id 1: the last revision handed out, and up to which one removals are no longer known."""

    number = models.BigIntegerField(default=0)
    forgotten = models.BigIntegerField(default=0, db_default=0)

    @classmethod
    def next(cls) -> int:
        """The revision for this transaction's rows. Must be called inside one; writers queue here."""
        assert transaction.get_connection().in_atomic_block, "a revision belongs to a transaction"
        with transaction.get_connection().cursor() as cursor:
            cursor.execute(_NEXT)
            if (row := cursor.fetchone()) is None:
                cls.objects.get_or_create(pk=1)
                cursor.execute(_NEXT)
                row = cursor.fetchone()
        return int(row[0])

    @classmethod
    def last(cls) -> int:
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0


class Removal(models.Model):
    """A row that was deleted (an import undone, a person erased): the mart must forget it too.

    `table` is the model's name in lower case. Kept until every mart has seen it (stages/analyze/removals.py).
    """

    table = models.CharField(max_length=40)
    row = models.BigIntegerField()
    revision = models.BigIntegerField(db_index=True)
    at = models.DateTimeField(db_default=Now())

    @classmethod
    def record(cls, *, model: type[models.Model], rows: Iterable[int], revision: int) -> None:
        """These rows go, in the transaction of that revision."""
        name = model._meta.model_name
        cls.objects.bulk_create((cls(table=name, row=row, revision=revision) for row in rows), batch_size=5_000)


class Revised(models.Model):
    """A row the mart reads."""

    revision = models.BigIntegerField(db_index=True)

    class Meta:
        abstract = True
