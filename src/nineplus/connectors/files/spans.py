"""A subscription with start and end is two movements: what it brought, and what was lost with it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import dates
from nineplus.connectors.files.reader import Reader


def spread(
    reader: Reader, rows: pa.RecordBatch, extra: pa.RecordBatch, key: pa.Array, lines: np.ndarray
) -> tuple[pa.RecordBatch, pa.RecordBatch, pa.Array, np.ndarray]:
    """The rows kept, what goes beside them, their ids and lines; for spans, with the movements that end them."""
    found = reader.column("ended_at")
    if reader.kind != "movements" or reader.column("kind") or not found:
        return rows, extra, key, lines
    ended, _ = dates.instants(reader.at[found[0]], order=found[1].order, zone=reader.mapping.zone)
    ended = ended.filter(pa.array(reader.fault == 0))
    over = ended.is_valid()
    begun, lost = {name: rows.column(name) for name in rows.schema.names}, {}
    for name, column in begun.items():
        lost[name] = column.filter(over)
    begun["movement"] = pc.binary_join_element_wise(key, "new", ":")
    lost["movement"] = pc.binary_join_element_wise(key.filter(over), "churn", ":")
    lost["at"] = ended.filter(over)
    lost["kind"] = pa.array(["churn"] * len(lost["at"]), pa.string())
    lost["amount_minor"] = pc.negate(lost["amount_minor"])
    both = [pa.concat_arrays([begun[name], lost[name]]) for name in rows.schema.names]
    beside = [pa.concat_arrays([column, column.filter(over)]) for column in extra.columns]
    return (
        pa.RecordBatch.from_arrays(both, schema=rows.schema),
        pa.RecordBatch.from_arrays(beside, schema=extra.schema),
        pa.concat_arrays([begun["movement"], lost["movement"]]),
        np.concatenate([lines, lines[np.asarray(over)]]),
    )
