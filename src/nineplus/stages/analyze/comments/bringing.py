"""A large file of labels, taken in by the worker: some lines a step, each step with how far it is in one transaction.

Killed at any moment it goes on after the last complete step. The file lies in the home only until it is done with.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction

from nineplus.stages.analyze.comments import label_files
from nineplus.stages.analyze.comments.label_files import MOST_REFUSED, Line
from nineplus.stages.connect.keeping import keep
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Event, Preference, Revision, User

KIND = "labels.due"
LARGE = 50_000
"""Bytes: a file up to here is taken in while the browser waits, some seconds at most."""
GOING = ("waiting", "running")
_FORGOTTEN = timedelta(days=1)
_KEY = "themes.labels"
_STEP = 50
"""Lines of one transaction: others who write wait for some tenths of a second."""
_TURN = 2_000
"""Lines after which other work of this lane has its turn."""


def folder() -> Path:
    """Where the file lies while it is taken in."""
    return Path(settings.HOME) / "labels"


def found() -> Mapping[str, Any]:
    """The last file: state (waiting, running, done, cancelled, failed), name, done and of (lines), labelled, not_used,
    refused ([line, reason], the first of them), error; or nothing."""
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}


def receive(content: bytes, *, name: str, by: User | None, now: datetime) -> None:
    """Keep the file and ask the worker to take it in.

    Raises NotPossible for a file that cannot be read at all, Conflict while another one is being taken in.
    """
    of = sum(1 for _ in label_files.lines(content))
    file = f"{secrets.token_hex(8)}.csv"
    keep(BytesIO(content), folder() / file)
    value = {
        "state": "waiting", "file": file, "name": name[:255], "by": by.pk if by else None, "at": now.isoformat(),
        "done": 0, "of": of, "labelled": 0, "not_used": 0, "refused": [], "error": "",
    }  # fmt: skip
    try:
        with transaction.atomic():
            Revision.next()
            if found().get("state") in GOING:
                raise Conflict("Another file of labels is being taken in. Wait until it is done, or stop it.")
            Preference.objects.update_or_create(pk=_KEY, defaults={"value": value})
            Event.publish(kind=KIND, now=now)
    except BaseException:
        _drop(value, now=now)
        raise


def stop(*, now: datetime) -> None:
    """Take no further line in; what was taken in stays. Raises Conflict when nothing is being taken in."""
    with transaction.atomic():
        Revision.next()
        one = dict(found())
        if one.get("state") not in GOING:
            raise Conflict("No file of labels is being taken in.")
        _end(one, "cancelled", now=now)
    _drop(one, now=now)


def run(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Take the waiting file in, for one turn: safe to call again, also after a kill. False: the worker is stopping, and
    somebody must go on. What is left after a turn waits as an event behind other work."""
    one = dict(found())
    if one.get("state") not in GOING:
        return True
    try:
        waiting, upto = _rest(one), one["done"] + _TURN
        while not stopping():
            told = list(islice(waiting, _STEP))
            held = _step(one, told, now=now)
            if held is None:
                return True
            one = held
            if one["state"] not in GOING:
                _drop(one, now=now)
                return True
            if one["done"] >= upto:
                Event.publish_once(kind=KIND, now=now)
                return True
    except NotPossible as problem:
        _fail(one, str(problem), now=now)
        return True
    except (OSError, DatabaseError):
        raise  # an outage: tried again
    except Exception as problem:  # a defect: it would fail again, and must not look as if it still went on
        _fail(one, f"It stopped at a fault ({type(problem).__name__}), which is in the log.", now=now)
        raise
    return False


def _rest(one: Mapping[str, Any]) -> Iterator[Line]:
    """The lines that have not been taken in."""
    path = folder() / one["file"]
    if not path.is_file():
        raise NotPossible("The file is no longer kept. Bring it again.")
    return islice(label_files.lines(path.read_bytes()), one["done"], None)


def _step(one: Mapping[str, Any], told: list[Line], *, now: datetime) -> dict[str, Any] | None:
    """These lines and how far it is, in one transaction; none: it is done. None: it was stopped, or somebody else was
    quicker, and nothing was written."""
    where = label_files.places(told)
    with transaction.atomic():
        Revision.next()  # nobody else stops it or goes on with it until this is written
        held = dict(found())
        if (held.get("file"), held.get("done"), held.get("state") in GOING) != (one["file"], one["done"], True):
            return None
        if not told:
            return _end(held, "done", now=now)
        by = User.objects.filter(pk=held["by"]).first()
        came = label_files.take(told, where, by=by, now=now)
        held |= {
            "state": "running",
            "done": held["done"] + len(told),
            "labelled": held["labelled"] + came.labelled,
            "not_used": held["not_used"] + came.not_used,
            "refused": [*held["refused"], *map(list, came.refused)][:MOST_REFUSED],
        }
        Preference.objects.filter(pk=_KEY).update(value=held)
        return held


def _end(one: dict[str, Any], state: str, *, now: datetime, error: str = "") -> dict[str, Any]:
    one |= {"state": state, "error": error, "ended": now.isoformat()}
    Preference.objects.filter(pk=_KEY).update(value=one)
    if one["labelled"]:
        Event.publish(kind="mart.stale", now=now)
    return one


def _fail(one: Mapping[str, Any], sentence: str, *, now: datetime) -> None:
    with transaction.atomic():
        Revision.next()
        held = dict(found())
        if held.get("file") == one["file"] and held["state"] in GOING:
            _end(held, "failed", now=now, error=sentence)
    _drop(one, now=now)


def _drop(one: Mapping[str, Any], *, now: datetime) -> None:
    """Delete the file of one that is over, and whatever a killed upload left behind."""
    for path in folder().glob("*.csv"):
        if path.name == one.get("file") or path.stat().st_mtime < (now - _FORGOTTEN).timestamp():
            path.unlink(missing_ok=True)
