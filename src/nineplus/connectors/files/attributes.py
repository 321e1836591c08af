"""What a row can be segmented by, as one JSON object."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files.fields import ATTRIBUTE
from nineplus.connectors.files.reader import Reader, clean


def attributes(rows: Reader) -> pa.Array:
    """One JSON object a row, keys in order, blank values left out."""
    parts = []
    named = [(meaning.slug, column) for column, meaning in rows.mapping.of(ATTRIBUTE)]
    named += [(name, column) for name in rows.mapping.besides for column, _ in rows.mapping.of(name)]
    for slug, column in sorted(named):
        coded = clean(rows.at[column]).dictionary_encode()
        key = json.dumps(slug)
        pieces = [f"{key}: {json.dumps(v, ensure_ascii=False)}" for v in coded.dictionary.to_pylist()]
        parts.append(pa.array(pieces, pa.string()).take(coded.indices))
    given = rows.mapping.of("attributes")
    if given:
        return _given(rows, given[0][0], parts)
    if not parts:
        return pa.array(["{}"] * rows.size, pa.string())
    inside = _joined(parts)
    return pc.binary_join_element_wise("{", inside, "}", "")


def _given(rows: Reader, column: str, parts: list[pa.Array]) -> pa.Array:
    """A column that holds all attributes as one JSON object, with those of other columns added."""
    coded = clean(rows.at[column]).dictionary_encode()
    objects, bad = [], []
    for text in coded.dictionary.to_pylist():
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        bad.append(not isinstance(value, dict))
        value = value if isinstance(value, dict) else {}
        kept = {k: v if isinstance(v, str) else json.dumps(v) for k, v in sorted(value.items()) if v not in (None, "")}
        objects.append(json.dumps(kept, ensure_ascii=False))
    made = pc.fill_null(pa.array(objects, pa.string()).take(coded.indices), "{}")
    rows.refuse(pc.fill_null(pa.array(bad, pa.bool_()).take(coded.indices), False), "json_bad", column)
    if not parts:
        return made
    more = _joined(parts)
    both = pc.binary_join_element_wise(pc.utf8_slice_codeunits(made, 0, -1), more, ", ")
    both = pc.binary_join_element_wise(both, "}", "")
    both = pc.replace_substring_regex(both, r"^\{, ", "{")
    return pc.if_else(pc.equal(more, ""), made, both)


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Pieces with a comma between them. (Arrow's own null_handling="skip" loses rows that are null throughout.)"""
    ended = [pc.fill_null(pc.binary_join_element_wise(part, "", ", "), "") for part in parts]
    return pc.utf8_slice_codeunits(pc.binary_join_element_wise(*ended, ""), 0, -2)
