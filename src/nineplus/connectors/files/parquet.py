"""Parquet files, read one row group's batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nineplus.connectors.files.source import BATCH, Raw, Source, UnreadableFile, distinct_names
from nineplus.plugs import FileFormat


def claims(path: Path, head: bytes) -> float:
    return 1.0 if head.startswith(b"PAR1") else 0.0


def open_parquet(path: Path) -> Source:
    try:
        with pq.ParquetFile(path) as file:
            names, rows = file.schema_arrow.names, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile("The Parquet file is damaged or cut short.") from error
    if not rows:
        raise UnreadableFile("The Parquet file has columns but no rows.")
    return Source(
        path=path,
        format="parquet",
        columns=distinct_names(names),
        labels=("",) * len(names),
        batches=partial(_batches, path),
        header_rows=0,
    )


def _batches(path: Path) -> Iterator[Raw]:
    done = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH):
            lines = np.arange(done + 1, done + len(batch) + 1, dtype=np.int64)
            done += len(batch)
            yield Raw(tuple(_text(column) for column in batch.columns), lines, done)


def _text(column: pa.Array) -> pa.Array:
    """Any column as text: instants in ISO form, nested values as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_nested(kind):
        texts = (None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist())
        return pa.array(texts, pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = (None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist())
        column = pa.array(texts, pa.string())
    text = pc.cast(column, pa.string())
    return pc.replace_substring(text, pattern="\0", replacement="")


FORMAT = FileFormat(name="parquet", title="Parquet", suffixes=(".parquet", ".pq"), claims=claims, open=open_parquet)
