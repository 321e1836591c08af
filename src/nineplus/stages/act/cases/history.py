"""Holding a case while it changes, and writing down what happened: no change without its line in the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from nineplus.stages.errors import Conflict, NotFound
from nineplus.store.models import Case, CaseEntry, Event, User
from nineplus.store.models.cases import CaseEntryKind
from nineplus.store.questions import Question, integer, text

_HELD = Question(lambda: Case.objects.select_for_update().filter(pk=integer("pk")))


def hold(pk: int, *, version: int | None = None) -> Case:
    """The case, kept from others until the caller's transaction ends. Raises NotFound; Conflict when it is not the
    `version` any more that somebody looked at.
    """
    assert transaction.get_connection().in_atomic_block, "a case is held by a transaction"
    # Without the owner's row: joined to it, PostgreSQL would show the owner of before the wait for the lock.
    case = _HELD.first(pk=pk)
    if case is None:
        raise NotFound("There is no such case.")
    if version is not None and case.version != version:
        raise Conflict(f"{_last(case)} changed this case meanwhile. Look at it again.")
    return case


def put(case: Case, **changes: Any) -> None:
    """Write these columns. Raises Conflict when somebody else did so at the same moment."""
    mine = Case.objects.filter(pk=case.pk, version=case.version)
    done = mine.update(**changes, version=F("version") + 1, revision=0)
    if not done:
        raise Conflict("Somebody else changed this case at the same moment. Look at it again.")
    for name, value in changes.items():
        setattr(case, name, value)
    case.version, case.revision = case.version + 1, 0


_TOLD = Question(lambda: CaseEntry.objects.filter(case=integer("case"), key=text("key")).values_list("pk")[:1])


def write(
    case: Case,
    kind: CaseEntryKind,
    *,
    now: datetime,
    by: User | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    key: str = "",
) -> bool:
    """One line of its history; False when the thing of that `key` was told already."""
    if key and _TOLD.any(case=case.pk, key=key):
        return False
    CaseEntry.objects.create(case=case, at=now, kind=kind, by=by, text=text, data=dict(data or {}), key=key)
    return True


def begin(case: Case, *, now: datetime, by: User | None, text: str, data: Mapping[str, Any], owner: str) -> None:
    """The first two lines of its history: that it was opened, and whose it is and (`owner`) why."""
    to = {"to": case.owner_id, "from": None, "name": name_of(case.owner) if case.owner else ""}
    opened = CaseEntry(case=case, at=now, kind=CaseEntryKind.OPENED, by=by, text=text, data=dict(data))
    given = CaseEntry(case=case, at=now, kind=CaseEntryKind.OWNER, text=owner, data=to)
    CaseEntry.objects.bulk_create([opened, given])


def tell(case: Case, kind: str, *, now: datetime, **data: Any) -> None:
    """An event of it, for whatever follows: case.opened, case.changed, case.overdue, case.closed.

    `version` tells one occasion from the next, and an event that comes twice from two.
    """
    Event.publish(kind=kind, data={"case": case.pk, "version": case.version, **data}, now=now)


def slot_of(*, account: int | None, contact: int | None, reason: str) -> str:
    """Whom a case is of, and why: what can be open once only."""
    return f"a{account}:{reason}" if account else f"c{contact}:{reason}"


def name_of(user: User | None) -> str:
    return (user.name or user.email) if user else "nineplus"


def _last(case: Case) -> str:
    entry = CaseEntry.objects.filter(case=case).select_related("by").order_by("-pk").first()
    return name_of(entry.by) if entry else "Somebody"
