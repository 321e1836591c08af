"""JSON Lines: one object a line; nested objects become columns `outer.inner`. A JSON array of objects is read too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from nineplus.connectors.files.encoding import detect, head_of, lines
from nineplus.connectors.files.source import (
    BATCH,
    EMPTY,
    SAMPLE,
    Broken,
    Raw,
    Source,
    UnreadableFile,
    distinct_names,
    text_columns,
)
from nineplus.plugs import FileFormat

LARGEST_ARRAY = 200 << 20


def claims(path: Path, head: bytes) -> float:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    named = path.suffix.lower() in FORMAT.suffixes
    return 0.9 if start in (b"{", b"[") and named else 0.7 if start == b"{" else 0.4 if named else 0.0


def open_jsonl(path: Path) -> Source:
    head = head_of(path)
    encoding = detect(head)
    array = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    if array and path.stat().st_size > LARGEST_ARRAY:
        raise UnreadableFile(
            "One JSON array this large cannot be read piece by piece. Write one object a line (JSON Lines)."
        )
    read = partial(_array, path, encoding) if array else partial(_lines, path, encoding)
    keys: dict[str, None] = {}
    for _, found, _ in islice(read(Counter()), SAMPLE):
        keys |= dict.fromkeys(found or ())
    if not keys:
        raise UnreadableFile(EMPTY if not head.strip() else "No line of the file is a JSON object.")
    return Source(
        path=path,
        format="jsonl",
        columns=distinct_names(list(keys)),
        labels=("",) * len(keys),
        batches=partial(_batches, read, tuple(keys)),
        encoding=encoding,
        header_rows=0,
    )


def _batches(read: Any, keys: tuple[str, ...]) -> Iterator[Raw]:
    mended: Counter[str] = Counter()
    known = set(keys)
    found = read(mended)
    while chunk := list(islice(found, BATCH)):
        rows, starts, broken = [], [], []
        for line, values, text in chunk:
            if values is None:
                broken.append(Broken(line, "no_json_object", "The line is not one JSON object.", (text[:2_000],)))
                continue
            if values.keys() - known:
                mended["late_columns"] += 1
            rows.append([values.get(key) for key in keys])
            starts.append(line)
        yield Raw(
            text_columns(rows, len(keys)),
            np.array(starts, np.int64),
            chunk[-1][0],
            tuple(broken),
            tuple(mended.items()),
        )
        mended.clear()


def _lines(path: Path, encoding: str, mended: Counter[str]) -> Iterator[tuple[int, dict[str, str | None] | None, str]]:
    for number, line in enumerate(lines(path, encoding, mended), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):  # too deep is no row of a table either
                value = None
            yield number, _flat(value) if isinstance(value, dict) else None, line.rstrip("\r\n")


def _array(path: Path, encoding: str, mended: Counter[str]) -> Iterator[tuple[int, dict[str, str | None] | None, str]]:
    try:
        values = json.loads("".join(lines(path, encoding, mended)))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The JSON is damaged: {error}.") from error
    for number, value in enumerate(values, start=1):
        yield number, _flat(value) if isinstance(value, dict) else None, str(value)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    flat: dict[str, str | None] = {}
    for key, item in value.items():
        if isinstance(item, dict) and f"{prefix}{key}" != "attributes":
            flat |= _flat(item, f"{prefix}{key}.")
        else:
            flat[prefix + key] = _text(item)
    return flat


def _text(item: Any) -> str | None:
    if item is None:
        return None
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, float) and item.is_integer():
        return str(int(item))
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


FORMAT = FileFormat(
    name="jsonl", title="JSON Lines", suffixes=(".jsonl", ".ndjson", ".json"), claims=claims, open=open_jsonl
)
