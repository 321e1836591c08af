"""Every row has an external id: its own, or one made from what it says; ids given twice are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files.fields import ATTRIBUTE, BESIDE, IGNORE, fields
from nineplus.connectors.files.reader import Reader
from nineplus.connectors.files.repeats import Repeats

KEYS = {
    "accounts": "account",
    "contacts": "contact",
    "tickets": "ticket",
    "ticket_events": "",
    "invitations": "invitation",
    "responses": "response",
    "movements": "movement",
}
"""The column that identifies a row. A ticket event has none: its id is made from its content."""


@dataclass(slots=True)
class Memory:
    """What is remembered from batch to batch: ids given, and contents for which ids were made."""

    ids: Repeats = field(default_factory=Repeats)
    contents: Repeats = field(default_factory=Repeats)


def identify(rows: Reader, made: dict[str, pa.Array], memory: Memory) -> tuple[dict[str, pa.Array], pa.Array]:
    """Every row's external id: its own, or one made from what it says and how often that was said before."""
    name = KEYS[rows.kind]
    key = made[name] if name else rows.blank
    joined = pc.binary_join_element_wise(*_telling(rows), "\x1f", null_handling="replace", null_replacement="")
    if key.null_count:
        key = _made_ids(rows, key, joined, memory)
    if key.null_count < len(key) and (name and made[name].null_count < len(key)):
        everything = pc.binary_join_element_wise(
            *rows.raw.columns, "\x1f", null_handling="replace", null_replacement=""
        )
        keys = _hashes(pc.fill_null(key, ""))
        fit = rows.fault == 0
        same, other = np.zeros(rows.size, bool), np.zeros(rows.size, bool)
        same[fit], other[fit] = memory.ids.repeated(keys[fit], _hashes(everything)[fit])
        rows.refuse(other, "id_repeated", rows.mapping.column(name) or "")
        rows.fault[same & (rows.fault == 0)] = -1
        rows.notes["rows_repeated"] += int(same.sum())
    if name:
        made[name] = key
    return made, key


def _telling(rows: Reader) -> list[pa.Array]:
    """The columns that make a row what it is; attributes may come and go without making it another row."""
    telling = [
        pc.utf8_trim_whitespace(rows.at[column])
        for column, meaning in rows.mapping.columns.items()
        if meaning.field not in (ATTRIBUTE, IGNORE, "group", *BESIDE) and meaning.field in fields(rows.kind)
    ]
    return telling or list(rows.raw.columns)


def _made_ids(rows: Reader, key: pa.Array, joined: pa.Array, memory: Memory) -> pa.Array:
    missing = np.asarray(key.is_null())
    texts = joined.filter(pa.array(missing)).to_pylist()
    before = memory.contents.occurrences(np.fromiter(map(hash, texts), np.int64, len(texts)))
    made = [
        f"~{blake2b(text.encode(), digest_size=12).hexdigest()}{f'-{n + 1}' if n else ''}"
        for text, n in zip(texts, before.tolist(), strict=True)
    ]
    rows.notes["id_made"] += len(made) if KEYS[rows.kind] else 0
    full = np.empty(rows.size, object)
    full[missing] = made
    return pc.coalesce(key, pa.array(full, pa.string()))


def _hashes(text: pa.Array) -> np.ndarray:
    return np.fromiter(map(hash, text.to_pylist()), np.int64, len(text))
