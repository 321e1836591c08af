"""Comments of a file tagged in portions: by several processes, in order, and going on where it was stopped."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nineplus.text.reading import Reading
    from nineplus.text.tagging import Reader
    from nineplus.text.taxonomy import Taxonomy

Portion = list[tuple[int, str]]
_reader: Reader | None = None  # of this process


def tagged(
    portions: Iterable[Portion], *, taxonomy: Taxonomy, mode: str, expected: str, processes: int
) -> Iterator[tuple[Portion, list[Reading]]]:
    """The portions in order, each with its readings. No more than two portions per process are in memory."""
    if processes < 2:
        _begin(taxonomy, mode)
        for portion in portions:
            yield portion, _read([comment for _, comment in portion], expected)
        return
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(taxonomy, mode)
    ) as pool:
        waiting: deque[tuple[Portion, Future[list[Reading]]]] = deque()
        for portion in portions:
            waiting.append((portion, pool.submit(_read, [comment for _, comment in portion], expected)))
            if len(waiting) >= 2 * processes:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()


def _begin(taxonomy: Taxonomy, mode: str) -> None:
    from nineplus.text.tagging import Reader

    global _reader
    _reader = Reader(taxonomy=taxonomy, mode=mode)


def _read(comments: list[str], expected: str) -> list[Reading]:
    assert _reader is not None
    return _reader.read(comments, expected=expected)


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
