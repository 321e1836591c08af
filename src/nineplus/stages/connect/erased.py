"""Whoever was erased does not come back with a file or from another system.

Their addresses and ids are known by their digests, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import Batch, Refused
from nineplus.connectors.files.refused import REASONS
from nineplus.stages.capture.people import gone, suppression
from nineplus.store.models import Suppression
from nineplus.store.models.asking import SuppressionReason

_TELLING = ("contact", "email", "contact_name")
"""Columns that say whom a row is about."""


@dataclass(slots=True)
class Erased:
    """The erased addresses and ids, looked up once for an import, and what of it is among them.

    `source` is where the import's ids are from.
    """

    source: str
    _digests: frozenset[str] | None = None
    _known: dict[str, bool] = field(default_factory=dict)

    def rows(self, batch: Batch, *, people: bool) -> np.ndarray:
        """Which rows of the batch name an erased person's address or id. `people`: its keys are ids of people."""
        marked = np.zeros(len(batch.rows), bool)
        if not self._all():
            return marked
        for told in (batch.rows, batch.extra):
            for name in ("contact", "email"):
                if name in told.schema.names:
                    marked |= self._among(told.column(name))
        return marked | self._among(batch.keys) if people else marked

    def _among(self, column: pa.Array) -> np.ndarray:
        coded = column.dictionary_encode()
        found = pa.array([self.has(text) for text in coded.dictionary.to_pylist()], pa.bool_()).take(coded.indices)
        return np.asarray(pc.fill_null(found, False))

    def has(self, text: str) -> bool:
        """Is this the e-mail address or the id of somebody who was erased?"""
        if not text or not self._all():
            return False
        if len(self._known) > 300_000:
            self._known.clear()
        if text not in self._known:
            self._known[text] = gone.digest_of(text, source=self.source) in self._all() or (
                "@" in text and suppression.digest_of("email", text) in self._all()
            )
        return self._known[text]

    def _all(self) -> frozenset[str]:
        if self._digests is None:
            known = Suppression.objects.filter(medium="email", reason=SuppressionReason.ERASED)
            self._digests = frozenset([*known.values_list("digest", flat=True), *gone.every()])
        return self._digests


def nobodys(batch: Batch, marked: np.ndarray) -> Batch:
    """The batch with nobody in the marked rows: a ticket stays, whom it was for does not."""
    return replace(batch, rows=_blanked(batch.rows, marked), extra=_blanked(batch.extra, marked))


def refusals(batch: Batch, marked: np.ndarray, *, held: Collection[str]) -> list[Refused]:
    """The marked rows as refused ones, but those whose id is in `held`. Nothing of what they say is kept."""
    keys = batch.keys.to_pylist()
    places = [place for place in np.flatnonzero(marked).tolist() if keys[place] not in held]
    return [Refused(int(batch.lines[place]), "", "erased", REASONS["erased"], {}) for place in places]


def _blanked(rows: pa.RecordBatch, marked: np.ndarray) -> pa.RecordBatch:
    where = pa.array(marked)
    columns = [
        pc.if_else(where, pa.scalar(None, rows.column(name).type), rows.column(name))
        if name in _TELLING
        else rows.column(name)
        for name in rows.schema.names
    ]
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)
