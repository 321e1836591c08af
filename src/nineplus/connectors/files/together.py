"""One or several files of a kind as one table, for work without a database."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from nineplus.connectors.files import words
from nineplus.connectors.files.convert import convert
from nineplus.connectors.files.identity import Memory
from nineplus.connectors.files.mapping import BadMapping, Mapping
from nineplus.connectors.files.opening import open_file
from nineplus.connectors.files.recognise import recognise
from nineplus.connectors.files.source import UnreadableFile
from nineplus.connectors.files.told import merge_notes, refusal_notes
from nineplus.mart.schema import SOURCES
from nineplus.model import Note

PLACES = 5
"""So many lines are named of those left out for one reason."""


def read_all(
    paths: Sequence[Path | str],
    kind: str = "responses",
    mapping: Mapping | None = None,
    *,
    vendor: str = "",
    score: str = "",
    timezone: str = "",
) -> tuple[pa.Table, list[Note], Mapping]:
    """All rows of these files in the canonical form of the kind, what was dropped or assumed, and the mapping used.

    Several files are told apart by what differs in their names: as `channel` when these are channels
    (email, web …) and the files have none, otherwise as attribute `file`. Open questions are answered by
    what is likelier, and said. `vendor`, `score` and `timezone` are as in recognise.

    Raises UnreadableFile and BadMapping, naming the file.
    """
    paths = [Path(path) for path in paths]
    sources = []
    for path in paths:
        try:
            sources.append(open_file(path))
        except UnreadableFile as error:
            raise UnreadableFile(f"{path.name}: {error}") from error
    alike = all(source.columns == sources[0].columns for source in sources)
    try:
        told = {"vendor": vendor, "score": score, "timezone": timezone or "UTC"}
        first = recognise(sources if alike else sources[0], kind, given=mapping, **told)
        mappings = [first] * len(sources) if alike else [first, *(recognise(s, kind, **told) for s in sources[1:])]
        tables, notes, refusals, memory = [], [], Counter(), Memory()
        places: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path, source, used, tag in zip(paths, sources, mappings, _tags(paths), strict=True):
            notes += source.notes
            for batch in convert(source, used, memory=memory):
                rows = batch.rows if len(sources) == 1 else _tagged(batch.rows, tag, _tags(paths))
                tables.append(pa.table(rows))
                notes += batch.notes
                refusals.update(one.code for one in batch.refused)
                for one in batch.refused:
                    if len(places[one.code]) < PLACES:
                        places[one.code].append((path.name if len(paths) > 1 else "", one.line))
    except BadMapping as error:
        raise BadMapping(f"{paths[0].name if len(paths) == 1 else 'These files'}: {error}") from error
    for used in mappings[:1] if alike else mappings:
        notes += used.notes
        notes += [_assumed(question) for question in used.questions if question.setting != "timezone"]
    table = pa.concat_tables(tables) if tables else SOURCES[kind].empty_table()
    return table, [*refusal_notes(refusals, places), *merge_notes(notes)], first


def _assumed(question) -> Note:
    chosen = dict(question.options).get(question.answer, question.answer)
    return Note(f"{question.setting}_assumed", 0, f"{question.text} Assumed: {chosen}.")


def _tags(paths: Sequence[Path]) -> list[str]:
    """The part of each file's name that the others do not share: nps_email, nps_web are email, web."""
    parts = [[part for part in re.split(r"[\s_.\-]+", path.stem) if part] for path in paths]
    if len(paths) < 2:
        return [path.stem for path in paths]
    while all(len(p) > 1 for p in parts) and len({p[0].casefold() for p in parts}) == 1:
        parts = [p[1:] for p in parts]
    while all(len(p) > 1 for p in parts) and len({p[-1].casefold() for p in parts}) == 1:
        parts = [p[:-1] for p in parts]
    tags = [" ".join(part) for part in parts]
    return tags if len(set(tags)) == len(tags) else [path.name for path in paths]


def _tagged(rows: pa.RecordBatch, tag: str, tags: Sequence[str]) -> pa.RecordBatch:
    names = rows.schema.names
    if (
        "channel" in names
        and all(words.meaning(t, words.CHANNELS) for t in tags)
        and rows.column("channel").null_count == len(rows)
    ):
        filled = pa.array([words.meaning(tag, words.CHANNELS)] * len(rows), pa.string())
        return rows.set_column(names.index("channel"), rows.schema.field("channel"), filled)
    if "attributes" not in names or "file" in "".join(rows.column("attributes").slice(0, 1).to_pylist()):
        return rows
    piece = f'{{"file": {json.dumps(tag, ensure_ascii=False)}'
    rest = pc.utf8_slice_codeunits(rows.column("attributes"), 1)
    joined = pc.if_else(pc.equal(rest, "}"), piece + "}", pc.binary_join_element_wise(piece, rest, ", "))
    return rows.set_column(names.index("attributes"), rows.schema.field("attributes"), joined)
