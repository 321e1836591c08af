"""Comments of a file tagged in portions: by several processes, in order, and going on where it was stopped."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nineplus.text.reading import Reading
    from nineplus.text.tagging import Reader
    from nineplus.text.taxonomy import Taxonomy

Portion = list[tuple[int, str]]
HEAD = ["line", "text", "language", "sentiment", "themes", "evidence"]
_reader: Reader | None = None  # of this process


@dataclass(frozen=True, slots=True)
class Asked:
    """How to read, and what to write."""

    taxonomy: Taxonomy
    mode: str
    expected: str
    as_json: bool


def tagged(portions: Iterable[Portion], *, asked: Asked, processes: int) -> Iterator[tuple[Portion, str]]:
    """The portions in order, each with the lines written of it. No more than two portions per process are in memory.

    Lines are made where comments are read: to hand readings from process to process costs half as much as reading.
    """
    if processes < 2:
        _begin(asked)
        for portion in portions:
            yield portion, _tag(portion, asked.expected, asked.as_json)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(asked,)) as pool:
        waiting: deque[tuple[Portion, Future[str]]] = deque()
        for portion in portions:
            waiting.append((portion, pool.submit(_tag, portion, asked.expected, asked.as_json)))
            if len(waiting) >= 2 * processes:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()


def _begin(asked: Asked) -> None:
    from nineplus.text.tagging import Reader

    global _reader
    _reader = Reader(taxonomy=asked.taxonomy, mode=asked.mode)


def _tag(portion: Portion, expected: str, as_json: bool) -> str:
    assert _reader is not None
    readings = _reader.read([comment for _, comment in portion], expected=expected)
    read = zip(portion, readings, strict=True)
    if as_json:
        return "".join(json.dumps(_told(line, text, one), ensure_ascii=False) + "\n" for (line, text), one in read)
    return rows(_cells(line, text, one) for (line, text), one in read)


def rows(cells: Iterable[list[Any]]) -> str:
    """Lines of a CSV that no spreadsheet takes for formulas."""
    from nineplus.connectors.files import safe_cell

    made = io.StringIO(newline="")
    csv.writer(made).writerows([safe_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in cells)
    return made.getvalue()


def _cells(line: int, comment: str, reading: Reading) -> list[Any]:
    said = "; ".join(mention.span.of(comment) for mention in reading.mentions)
    return [line, comment, reading.language, reading.sentiment.label, ";".join(reading.themes), said]


def _told(line: int, comment: str, reading: Reading) -> dict[str, Any]:
    return {
        "line": line,
        "text": comment,
        "language": reading.language,
        "nothing": reading.nothing,
        "sentiment": {
            "label": reading.sentiment.label,
            "score": reading.sentiment.score,
            "sure": reading.sentiment.sure,
        },
        "themes": [
            {
                "theme": mention.theme,
                "sentiment": mention.sentiment.label,
                "sure": mention.sure,
                "salience": mention.salience,
                "start": mention.span.start,
                "end": mention.span.end,
                "why": [str(reason) for reason in mention.reasons],
            }
            for mention in reading.mentions
        ],
    }


class Output:
    """A file written portion by portion. Beside it `.progress` says how far it is sure; it is gone when all is done.

    `asked` is what was asked for: a file that was begun with anything else is not gone on with but begun anew.
    """

    def __init__(self, path: Path, *, asked: dict[str, Any]) -> None:
        self._path, self._asked = path, asked
        self._progress = path.with_name(path.name + ".progress")
        self.done = 0  # comments
        sure = 0
        try:
            kept = json.loads(self._progress.read_text(encoding="utf-8"))
            if kept["asked"] == asked and path.stat().st_size >= kept["bytes"]:
                self.done, sure = int(kept["comments"]), int(kept["bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        path.touch()
        self._file = path.open("r+b")
        self._file.truncate(sure)
        self._file.seek(sure)

    def write(self, text: str, *, comments: int) -> None:
        """Write a portion of so many comments; from then on it is not read again."""
        self._file.write(text.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done += comments
        kept = {"asked": self._asked, "comments": self.done, "bytes": self._file.tell()}
        new = self._progress.with_name(self._progress.name + ".new")
        new.write_text(json.dumps(kept), encoding="utf-8")
        new.replace(self._progress)

    def close(self) -> None:
        self._file.close()

    def finish(self) -> None:
        self.close()
        self._progress.unlink(missing_ok=True)


def after(portions: Iterable[Portion], done: int) -> Iterator[Portion]:
    """The portions without the first `done` comments."""
    for portion in portions:
        if done >= len(portion):
            done -= len(portion)
            continue
        yield portion[done:]
        done = 0
