"""The sample company in the store: told apart by its source, taken away whole.

It is written and removed in steps of a fraction of a second, so that answers of others need not wait. Until the last
step it counts as asked for, or as being removed; what a killed load or removal left is cleared by the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from nineplus.stages.errors import Conflict
from nineplus.stages.govern.sample import state
from nineplus.stages.govern.sample.clearing import clear
from nineplus.stages.govern.sample.state import SOURCE, Progress, SampleStatus, Work, status
from nineplus.store.models import Event, Note, Revision, Survey
from nineplus.store.models.events import EventState

__all__ = ["SOURCE", "Progress", "SampleStatus", "ask", "ask_removal", "load", "mixed", "remove", "rules", "status"]


def mixed() -> bool:
    """Are the made-up answers in one number with your own?"""
    return status().state in ("loaded", "removing") and Survey.objects.exclude(source=SOURCE).exists()


def ask(*, now: datetime) -> None:
    """Have the worker load it. Raises Conflict when it is there already, on its way, or being removed."""
    with transaction.atomic():
        there = status().state
        if there == "removing":
            raise Conflict("The sample company is being taken away. Load it when it is gone.")
        if there == "loaded" or _under_way("sample.asked"):
            raise Conflict("The sample company is already here, or on its way.")
        state.keep(**state.kept() | {"state": "asked", "doing": "Waiting for the worker", "share": 0.0})
        Event.publish(kind="sample.asked", now=now)


def ask_removal(*, now: datetime) -> None:
    """Have the worker take it away; a load of it gives way. Asking twice changes nothing.

    Raises Conflict when it is not here.
    """
    with transaction.atomic():
        if status().state == "absent":
            raise Conflict("The sample company is not here.")
        if _under_way("sample.unwanted"):
            return
        Work.begin("removing").note(doing="Waiting for the worker")
        Event.publish(kind="sample.unwanted", now=now)


def load(*, now: datetime, progress: Progress | None = None) -> None:
    """Load it, ending yesterday. Loading it twice changes nothing.

    Raises Conflict when somebody else begins to load it, or removes it, meanwhile.
    """
    if status().state == "loaded":
        return
    # The generator needs NumPy and Arrow: not in the web process's start-up.
    from nineplus.sample.company import company
    from nineplus.stages.govern.sample.writing import write

    work = Work.begin("asked", progress=progress)
    clear(work, until=0.05)
    work.tell("Making up the company", 0.05)
    made = company(until=now.date())
    write(made, work, now=now)
    with transaction.atomic():
        known = work.check()
        notes = [Note.objects.get_or_create(at=marker.at, label=marker.label) for marker in made.markers]
        fresh = [note.pk for note, new in notes if new]
        state.keep(**known | {"state": "loaded", "share": 1.0, "doing": "", "notes": fresh})
        Event.publish(kind="mart.stale", now=now)
    work.progress("Done", 1.0)


def remove(
    *, now: datetime, progress: Progress | None = None, stopping: Callable[[], bool] | None = None
) -> SampleStatus:
    """Take it away whole. Your own data stay as they are, with those of its rows that they refer to.

    `stopping` is asked between steps: when it says yes, the state stays `removing`, and the next call goes on.
    Raises Conflict when somebody else begins to remove or load it meanwhile.
    """
    work = Work.begin("removing", progress=progress, stopping=stopping)
    if not clear(work):
        return status()
    with transaction.atomic():
        Revision.next()
        work.check()
        state.forget()
        Event.publish(kind="mart.stale", now=now)
    work.progress("Done", 1.0)
    return status()


def rules() -> list[int]:
    """The rules that came with it, off."""
    return list(state.kept().get("set_up", {}).get("workflow", ()))


def _under_way(kind: str) -> bool:
    return Event.objects.filter(kind=kind, state__in=(EventState.WAITING, EventState.CLAIMED)).exists()
