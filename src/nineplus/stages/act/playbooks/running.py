"""A playbook on a case: taken up by hand or by a rule, its steps ticked one by one, each written in the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from nineplus.rules import cases as rules
from nineplus.rules.playbooks import PlayStep, read
from nineplus.stages.act.cases import history, policy
from nineplus.stages.act.playbooks import keeping
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Case, CasePlaybook, CaseStep, User
from nineplus.store.models.cases import CaseEntryKind, CaseState


@dataclass(frozen=True, slots=True)
class Shown:
    """A playbook on a case with its steps: (the row, what the playbook says of it, is it late)."""

    taken_up: CasePlaybook
    steps: Sequence[tuple[CaseStep, PlayStep, bool]]

    @property
    def done(self) -> int:
        return sum(1 for row, _, _ in self.steps if row.done_at)


def start(case: int, playbook: int, *, by: User | None, now: datetime) -> CasePlaybook:
    """Take it up on that case; one that was taken up already is given back. Raises NotPossible, NotFound."""
    kept = keeping.one(playbook)
    with transaction.atomic():
        row = history.hold(case)
        known = CasePlaybook.objects.filter(case=row, playbook=kept.playbook).first()
        if known is not None:
            return known
        if row.state == CaseState.CLOSED:
            raise NotPossible("The case is closed.")
        try:
            with transaction.atomic():
                made = CasePlaybook.objects.create(
                    case=row, playbook=kept.playbook, version=kept.version, by=by, started_at=now
                )
        except IntegrityError:  # somebody else at the same moment
            return CasePlaybook.objects.get(case=row, playbook=kept.playbook)
        people = {user.email.lower(): user for user in User.objects.filter(is_active=True)}
        CaseStep.objects.bulk_create(
            CaseStep(
                taken_up=made,
                place=place,
                title=step.title,
                owner=people.get(step.owner.lower()) if step.owner else None,
                due_at=_due(row, step, now=now),
            )
            for place, step in enumerate(kept.steps, start=1)
        )
        data = {"playbook": kept.playbook.pk, "version": kept.version.number}
        data |= {"did": "took_up", "name": kept.playbook.name}
        history.write(row, CaseEntryKind.NOTE, now=now, by=by, data=data)
        history.tell(row, "case.changed", now=now, what="playbook")
    return made


def tick(
    step: int, *, case: int | None = None, by: User | None, note: str = "", left_out: bool = False, now: datetime
) -> CaseStep:
    """This step is done, or left out with a reason. What was ticked before stays as it was. Raises NotPossible."""
    note = note.strip()[:500]
    if left_out and not note:
        raise NotPossible("Say why the step is left out.")
    with transaction.atomic():
        row = _step(step, case)
        held = history.hold(row.taken_up.case_id)
        mine = CaseStep.objects.filter(pk=row.pk, done_at=None)
        if mine.update(done_at=now, done_by=by, left_out=left_out, note=note):
            did = _did(row, "left_out" if left_out else "done")
            history.write(held, CaseEntryKind.NOTE, now=now, by=by, text=note, data=did)
            history.put(held)
            _settle(row.taken_up, now=now)
        row.refresh_from_db()
    return row


def untick(step: int, *, case: int | None = None, by: User | None, now: datetime) -> CaseStep:
    """It is not done after all."""
    with transaction.atomic():
        row = _step(step, case)
        held = history.hold(row.taken_up.case_id)
        if CaseStep.objects.filter(pk=row.pk, done_at__isnull=False).update(
            done_at=None, done_by=None, left_out=False, note=""
        ):
            history.write(held, CaseEntryKind.NOTE, now=now, by=by, data=_did(row, "undone"))
            history.put(held)
            _settle(row.taken_up, now=now)
        row.refresh_from_db()
    return row


def of_case(case: Case, *, now: datetime) -> Sequence[Shown]:
    """The playbooks of a case, the oldest first."""
    rows = CasePlaybook.objects.filter(case=case).select_related("playbook", "version").order_by("pk")
    shown = []
    for row in rows.prefetch_related("steps__owner", "steps__done_by"):
        steps = read(row.version.steps)
        told = sorted(row.steps.all(), key=lambda one: one.place)
        shown.append(Shown(row, [(one, steps[one.place - 1], _is_late(one, now)) for one in told]))
    return shown


def _did(row: CaseStep, did: str) -> dict[str, Any]:
    """What the line of the history is made of."""
    return {"step": row.pk, "did": did, "place": row.place, "title": row.title, "name": row.taken_up.playbook.name}


def _is_late(row: CaseStep, now: datetime) -> bool:
    return row.done_at is None and row.due_at is not None and row.due_at < now


def _due(case: Case, step: PlayStep, *, now: datetime) -> datetime | None:
    if step.minutes is None:
        return None
    return rules.due_time(start=now, minutes=step.minutes, calendar=policy.calendar(case.calendar))


def _step(pk: int, case: int | None) -> CaseStep:
    row = CaseStep.objects.select_related("taken_up__playbook").filter(pk=pk).first()
    if row is None or (case is not None and row.taken_up.case_id != case):
        raise NotFound("There is no such step.")
    return row


def _settle(taken_up: CasePlaybook, *, now: datetime) -> None:
    waits = CaseStep.objects.filter(taken_up=taken_up, done_at=None).exists()
    CasePlaybook.objects.filter(pk=taken_up.pk).update(ended_at=None if waits else now)
