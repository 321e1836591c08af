"""Search by meaning: the vectors of what customers wrote, beside the mart, kept by the worker as it reads."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from nineplus.stages.errors import NotPossible
from nineplus.store.models import CommentReading, Response

if TYPE_CHECKING:
    import numpy as np

    from nineplus.text.near import Near

FOUND = 100
"""So many answers a search finds, the nearest first."""
_PORTION = 500


def folder() -> Path:
    """Where the vectors lie. They can always be made anew from the comments."""
    return Path(settings.HOME) / "meaning"


def search(text: str, *, most: int = FOUND) -> list[int]:
    """The answers whose comments mean most nearly the same as `text`, the nearest first.

    Raises NotPossible while no comment has been read by meaning.
    """
    from nineplus.text.vectors import vectors

    index = _opened()
    if index is None or not len(index):
        raise NotPossible("No comment has been read by meaning yet: the worker does it soon after comments come.")
    [vector] = vectors([text])
    return [found.number for found in index.search(vector, count=most)]


def put(rows: Mapping[int, np.ndarray], *, gone: Sequence[int] = ()) -> None:
    """Keep the vectors of these answers' clauses instead of what was kept of them, and forget those of `gone`."""
    if not rows and not gone:
        return
    with _writing() as index:
        if index is None:
            return
        if len(index):
            index.forget({*rows, *gone})
        numbers = [pk for pk, each in rows.items() for _ in each]
        if numbers:
            import numpy as np

            index.add(numbers, np.vstack(list(rows.values())))


def lost() -> bool:
    """Were comments read and their vectors are gone: a restored backup, a deleted folder, another encoder?"""
    index = _opened()
    if _begun().exists():  # `rebuild` was stopped
        return True
    return (index is None or not len(index)) and CommentReading.objects.filter(empty_because="").exists()


def rebuild(*, stopping: Callable[[], bool] = lambda: False) -> int:
    """Make the vectors of all comments anew; how many comments. Stopped or killed, it goes on where it was."""
    from nineplus.text.vectors import vectors

    if not _begun().exists() or _opened() is None:
        folder().mkdir(parents=True, exist_ok=True)
        _begun().write_text("0", encoding="utf-8")
        for name in ("index.json", "rows.f16", "numbers.i64"):
            (folder() / name).unlink(missing_ok=True)
    told = _begun().read_text(encoding="utf-8")
    last, done = int(told) if told.isdecimal() else 0, 0
    while not stopping():
        rows = CommentReading.objects.filter(version__current=True, empty_because="", response__gt=last)
        some = list(rows.order_by("response").values_list("response", "response__comment", "clauses")[:_PORTION])
        if not some:
            _begun().unlink()
            break
        texts = [
            (pk, comment[start:stop])
            for pk, comment, clauses in some
            for start, stop, *_ in clauses or [(0, len(comment))]
        ]
        made = vectors([text for _, text in texts])
        each: dict[int, list[int]] = {}
        for place, (pk, _) in enumerate(texts):
            each.setdefault(pk, []).append(place)
        put({pk: made[places] for pk, places in each.items()})
        last, done = some[-1][0], done + len(some)
        _begun().write_text(str(last), encoding="utf-8")
    return done


def tidy() -> None:
    """Forget what belongs to answers that are gone, and give back the room."""
    import numpy as np

    index = _opened()
    if index is None or not len(index):
        return
    known = np.unique(np.fromfile(folder() / "numbers.i64", dtype="<i8"))
    numbers = known[known >= 0].tolist()
    gone: set[int] = set()
    for start in range(0, len(numbers), _PORTION):
        some = numbers[start : start + _PORTION]
        gone |= set(some) - set(Response.objects.filter(pk__in=some).values_list("pk", flat=True))
    with _writing() as writable:
        if writable is not None and (writable.forget(gone) if gone else 0) + int((known < 0).any()):
            writable.compact()


def _begun() -> Path:
    """There while the vectors are made anew: up to which answer they are."""
    return folder() / "rebuilding"


def _opened() -> Near | None:
    from nineplus.text.near import Near, WrongIndex

    if not (folder() / "index.json").exists():
        return None
    try:
        return Near(folder())
    except WrongIndex:
        return None


@contextmanager
def _writing() -> Iterator[Near | None]:
    """The index, held by one writer at a time; nothing when it is of another encoder and must be made anew."""
    from nineplus.text.near import Near, WrongIndex

    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "writing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            index = Near(folder())
            index.mend()
        except WrongIndex:
            index = None
        yield index
