"""Events of connect: files and systems that are read, and told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from nineplus.jobs.lanes import NotFinished
from nineplus.store.models.imports import ImportState


def run_import(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect import imports

    if imports.run(data["import"], now=now, stopping=stopping).state == ImportState.WAITING:
        raise NotFinished


def undo_import(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect import imports

    imports.undo(data["import"], now=now)


def write_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.answered(response=data["response"], now=now)


def answers_written(responses: Collection[int]) -> Collection[int]:
    from nineplus.stages.connect.syncing import back

    return responses if back.anything_written() else ()


def write_history_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.backfill(data["connection"], now=now, stopping=stopping)
    if stopping():  # it may have stopped amidst: from the beginning again, what is queued already stays as it is
        raise NotFinished


def read_connections(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import running

    running.sync_due(clock=timezone.now, stopping=stopping)


def connections_due(now: datetime) -> bool:
    from nineplus.stages.connect.syncing import running

    return running.due(now)


def deliver_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.deliver_due(clock=timezone.now, stopping=stopping)


def back_due(now: datetime) -> bool:
    from nineplus.stages.connect.syncing import back

    return back.due(now)


def look_who(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.identity import looking

    looking.look(now=now, stopping=stopping)


def somebody_new(now: datetime) -> bool:
    from nineplus.stages.connect.identity import looking

    return looking.wanted(now)
