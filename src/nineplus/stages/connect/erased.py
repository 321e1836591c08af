"""Whoever was erased does not come back with a file or from another system.

Their address is known by its digest, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import Batch, Refused
from nineplus.connectors.files.refused import REASONS
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Suppression
from nineplus.store.models.asking import SuppressionReason

_TELLING = ("contact", "email", "contact_name")
"""Columns that say whom a row is about."""


@dataclass(slots=True)
class Erased:
    """The erased addresses, looked up once for an import, and which of its addresses are among them."""

    _digests: frozenset[str] | None = None
    _known: dict[str, bool] = field(default_factory=dict)

    def rows(self, batch: Batch) -> np.ndarray:
        """Which rows of the batch name an erased person's address."""
        marked = np.zeros(len(batch.rows), bool)
        if not self._all():
            return marked
        for told in (batch.rows, batch.extra):
            for name in ("contact", "email"):
                if name in told.schema.names:
                    marked |= self._among(told.column(name))
        return marked

    def _among(self, column: pa.Array) -> np.ndarray:
        coded = column.dictionary_encode()
        found = pa.array([self.has(text) for text in coded.dictionary.to_pylist()], pa.bool_()).take(coded.indices)
        return np.asarray(pc.fill_null(found, False))

    def has(self, address: str) -> bool:
        """Is this the e-mail address of somebody who was erased?"""
        if "@" not in address or not self._all():
            return False
        if len(self._known) > 300_000:
            self._known.clear()
        if address not in self._known:
            self._known[address] = suppression.digest_of("email", address) in self._all()
        return self._known[address]

    def _all(self) -> frozenset[str]:
        if self._digests is None:
            known = Suppression.objects.filter(medium="email", reason=SuppressionReason.ERASED)
            self._digests = frozenset(known.values_list("digest", flat=True))
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
