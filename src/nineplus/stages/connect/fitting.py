"""Which rows of a batch are written at all, and under which id.

Events of tickets that are not there are refused, whoever was erased or merged away does not come back with an old file,
and an answer that came in before keeps the id by which the store knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import Batch, Refused
from nineplus.connectors.files import Mapping as ColumnMapping
from nineplus.stages.connect import bulk, identity
from nineplus.stages.connect.erased import Erased, nobodys, refusals
from nineplus.stages.connect.holding import Holding
from nineplus.stages.connect.references import References, ids


@dataclass(slots=True)
class Fitting:
    """Fits one batch; `refused` and `same` say what was left out of it."""

    holding: Holding
    references: References
    erased: Erased
    refused: list[Refused] = field(default_factory=list)
    same: int = 0

    @property
    def mapping(self) -> ColumnMapping:
        return self.holding.mapping

    def fit(self, batch: Batch) -> Batch:
        """The rows that are to be written, each under the id by which the store knows it."""
        placed = self._unmerged(self._placed(batch))
        return self._as_before(self._unerased(placed))

    def _as_before(self, batch: Batch) -> Batch:
        """Answers of a tool that came in before under its bare ids keep those: the same one is not there twice.

        Another tool may count the same numbers: only the same score at the same moment is the same answer.
        """
        column = self.mapping.of("response") if self.mapping.kind == "responses" else ()
        prefix = column[0][1].prefix if column else ""
        if not prefix or not len(batch.rows):
            return batch
        keys = batch.keys.to_pylist()
        places = {key.removeprefix(prefix): place for place, key in enumerate(keys) if key.startswith(prefix)}
        told = batch.rows.select(["score", "answered_at"]).to_pylist()
        for piece in bulk.pieces(list(places)):
            rows = self.holding.target.model.objects.filter(source=self.holding.source, external_id__in=piece)
            for bare, score, at in rows.values_list("external_id", "score", "answered_at"):
                if told[places[bare]] == {"score": score, "answered_at": at}:
                    keys[places[bare]] = bare
        return replace(batch, keys=pa.array(keys, pa.string()))

    def _placed(self, batch: Batch) -> Batch:
        """Ticket events belong to a ticket that is there; the others are refused."""
        if self.mapping.kind != "ticket_events" or not len(batch.rows):
            return batch
        keys = batch.rows.column("ticket")
        found = ids(keys, self.references.tickets(keys))
        if not found.null_count:
            return batch
        column = self.mapping.column("ticket") or ""
        for position in np.flatnonzero(np.asarray(found.is_null())).tolist():
            key = keys[position].as_py()
            row = {"ticket": key, "kind": batch.rows.column("kind")[position].as_py()}
            reason = f"There is no ticket {key!r}. Import the tickets first."
            self.refused.append(Refused(int(batch.lines[position]), column, "ticket_unknown", reason, row))
        return _only(batch, found.is_valid())

    def _unmerged(self, batch: Batch) -> Batch:
        """What was merged into another row here does not come back with a file, and changes nothing of the other."""
        if self.mapping.kind not in ("accounts", "contacts") or not len(batch.rows):
            return batch
        merged = identity.aliases(self.mapping.kind, batch.keys.to_pylist(), source=self.holding.source)
        if not merged:
            return batch
        keep = pc.invert(pc.is_in(batch.keys, pa.array(list(merged), pa.string())))
        self.same += len(batch.rows) - pc.sum(keep).as_py()
        return _only(batch, keep)

    def _unerased(self, batch: Batch) -> Batch:
        """Whoever was erased does not come back: their new answers and contacts stay out, tickets are nobody's."""
        marked = self.erased.rows(batch, people=self.mapping.kind == "contacts")
        if not marked.any():
            return batch
        if self.mapping.kind not in ("responses", "contacts"):
            return nobodys(batch, marked)
        held: dict[str, Any] = {}
        if self.mapping.kind == "responses":  # what they said before stays counted, as it was left when they went
            held = self.holding.rows(batch.keys.filter(pa.array(marked)))
        refused = refusals(batch, marked, held=held)
        self.refused += refused
        self.same += int(marked.sum()) - len(refused)
        return _only(batch, pa.array(~marked))


def _only(batch: Batch, keep: pa.Array) -> Batch:
    """Those rows of the batch that `keep` marks."""
    return replace(
        batch,
        rows=batch.rows.filter(keep),
        extra=batch.extra.filter(keep),
        keys=batch.keys.filter(keep),
        lines=batch.lines[np.asarray(keep)],
    )
