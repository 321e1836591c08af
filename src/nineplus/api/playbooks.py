"""/api/playbooks: steps of a good follow-up, kept, taken up on cases, ticked and measured; and what the loop brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema, Status

from nineplus.api.door import Key, asker
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.api.shapes import Id, text
from nineplus.model import Filter, Grade, Result
from nineplus.stages import analyze
from nineplus.stages.act.playbooks import keeping, running
from nineplus.stages.act.playbooks import measuring as playbook_measuring
from nineplus.stages.errors import NotFound
from nineplus.stats.recovery import Recovery
from nineplus.stats.survival import Survival
from nineplus.store.models import Case, CaseStep

router = Router(tags=["Playbooks"], auth=Key("cases:read"))
_WRITES = Key("cases:write")
_LOOP = ("follow-up-time", "follow-up-sla", "recovery", "passives-moved")
_KEEPS = Key("rules:write")  # whoever may write rules writes playbooks
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}


class Step(Schema):
    """One thing to do, due `minutes` of working time after the playbook was taken up. No owner: the case's."""

    model_config = {"extra": "forbid"}

    title: str
    help: str = ""
    link: str = ""
    owner: str = Field("", description="A colleague's e-mail address.")
    minutes: int | None = None


class NewPlaybook(Schema):
    """A playbook under a name of its own."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"name": "Call", "steps": [{"title": "Call them", "minutes": 480}]}]},
    }

    name: text(200, 1)  # type: ignore[valid-type]
    steps: list[Step]


class OnePlaybook(Schema):
    """A playbook with its newest steps."""

    id: int
    name: str
    version: int
    steps: list[Step]

    @classmethod
    def of(cls, kept: keeping.Kept) -> OnePlaybook:
        steps = [Step(**step.to_dict()) for step in kept.steps]
        return cls(id=kept.playbook.pk, name=kept.playbook.name, version=kept.version.number, steps=steps)


class Playbooks(Schema):
    """All playbooks by name."""

    items: list[OnePlaybook]


class TakenStep(Schema):
    """One step on one case. Done or left out when `done_at` is set."""

    id: int
    title: str
    owner: str | None
    due_at: datetime | None
    done_at: datetime | None
    left_out: bool
    note: str

    @classmethod
    def of(cls, row: CaseStep) -> TakenStep:
        same = {name: getattr(row, name) for name in ("title", "due_at", "done_at", "left_out", "note")}
        return cls(id=row.pk, owner=row.owner.email if row.owner else None, **same)


class TakenUp(Schema):
    """A playbook on a case."""

    playbook: int
    name: str
    version: int
    started_at: datetime
    ended_at: datetime | None
    steps: list[TakenStep]


class OfCase(Schema):
    """The playbooks of a case, the oldest first."""

    items: list[TakenUp]


class TakeUp(Schema):
    """Which playbook."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"playbook": 1}]}}

    playbook: Id


class Ticked(Schema):
    """Done, left out (with a note that says why), or not done after all (`done` false)."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"done": True, "note": "They were glad."}]}}

    done: bool = True
    left_out: bool = False
    note: text(500) = ""  # type: ignore[valid-type]


class Hours(Schema):
    """Half of them within so many hours, with the 95 % range; null where it is not known yet."""

    n: int
    done: int
    median: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, curve: Survival | None) -> Hours | None:
        if curve is None:
            return None
        low, high = curve.median_interval
        return cls(n=curve.n, done=curve.events, median=curve.median, low=low, high=high)


class Lift(Schema):
    """What came of those followed up, what was to be expected of others with the same score, and the difference."""

    n: int
    others: int
    observed: float
    expected: float
    difference: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Recovery | None) -> Lift | None:
        if found is None:
            return None
        lift = found.lift
        parts = {"observed": found.observed, "expected": found.expected, "difference": lift.value}
        return cls(n=found.compared, others=found.others, low=lift.low, high=lift.high, **parts)

    @classmethod
    def told(cls, found: Result, table_row: int = 0) -> Lift | None:
        """What an analysis says in a row of its outcomes."""
        if found.refused:
            return None
        row, n = found.table("outcomes").rows[table_row], found.figures
        lift = row["lift"]
        parts = {"observed": row["observed"], "expected": row["expected"], "difference": lift.value}
        return cls(n=n["compared"], others=n["others"], low=lift.low, high=lift.high, **parts)


class StepMeasure(Schema):
    """One step: cases, done, left out, late, and hours until it was done with open ones counted."""

    title: str
    cases: int
    done: int
    left_out: int
    late: int
    hours: Hours | None


class PlaybookMeasures(Schema):
    """Of the cases that took it up in 180 days."""

    cases: int
    going: int
    complete: int
    ended: int
    hours: Hours | None
    steps: list[StepMeasure]
    recovered: Lift | None


class Kept(Schema):
    """Of so many first contacts that were due, so many in time; the share's 95 % range."""

    team: str
    kept: int
    due: int
    low: float | None
    high: float | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Kept:
        low, high = (None if end is None else end / 100 for end in (row["share"].low, row["share"].high))
        return cls(team=row["value"], kept=row["kept"], due=row["due"], low=low, high=high)


class LoopMeasures(Schema):
    """How soon customers hear from us (open cases counted), promises kept, and what it brings (evidence grade C)."""

    says: str
    cases: int
    contacted: int
    waiting: int
    hours: Hours | None
    kept: list[Kept]
    recovered: Lift | None
    nps: Lift | None
    passives_moved: Lift | None
    grade: str


@router.get("", response={200: Playbooks, **ERRORS}, summary="All playbooks")
def every(request: HttpRequest) -> Playbooks:
    return Playbooks(items=[OnePlaybook.of(one) for one in keeping.every()])


@router.get("/loop", response={200: LoopMeasures, **ERRORS}, summary="What following up brings")
def loop(request: HttpRequest) -> LoopMeasures:
    """The numbers of Loop, Measures, of all time. The analyses behind them are cut and narrowed under /api/analyses."""
    now = timezone.now()
    soon, promised, back, moved = (analyze.run(name, filter=Filter(), now=now) for name in _LOOP)
    told = soon.figures
    hours = None
    if not soon.refused:
        ends = {"median": told["median_hours"], "low": told["median_low"], "high": told["median_high"]}
        hours = Hours(n=told["n"], done=told["contacted"], **ends)
    teams = [] if promised.refused else promised.table("by_value").rows
    return LoopMeasures(
        says=soon.refusal or soon.says,
        cases=told.get("n", 0),
        contacted=told.get("contacted", 0),
        waiting=told.get("waiting", 0),
        hours=hours,
        kept=[Kept.of(row) for row in teams],
        recovered=Lift.told(back),
        nps=Lift.told(back, 1),
        passives_moved=Lift.told(moved),
        grade=Grade.C.value,
    )


@router.get("/{id}", response={200: OnePlaybook, **ERRORS, 404: Problem}, summary="One playbook")
def one(request: HttpRequest, id: _Id) -> OnePlaybook:
    return OnePlaybook.of(keeping.one(id))


@router.get("/{id}/measures", response={200: PlaybookMeasures, **ERRORS, 404: Problem}, summary="How a playbook goes")
def measures(request: HttpRequest, id: _Id) -> PlaybookMeasures:
    found = playbook_measuring.measured(keeping.one(id).playbook, now=timezone.now())
    same = {name: getattr(found, name) for name in ("cases", "going", "complete", "ended")}
    counted = ("title", "cases", "done", "left_out", "late")
    steps = [
        StepMeasure(**{name: getattr(step, name) for name in counted}, hours=Hours.of(step.curve))
        for step in found.steps
    ]
    return PlaybookMeasures(**same, hours=Hours.of(found.curve), steps=steps, recovered=Lift.of(found.recovered))


@router.post("", auth=_KEEPS, response={201: OnePlaybook, **_ACTS}, summary="Make a playbook")
def create(request: HttpRequest, given: NewPlaybook) -> Status:
    made = keeping.save(given.name, _steps(given), by=asker(request).created_by, now=timezone.now())
    return Status(201, OnePlaybook.of(made))


@router.put("/{id}", auth=_KEEPS, response={200: OnePlaybook, **_ACTS}, summary="Change a playbook")
def change(request: HttpRequest, id: _Id, given: NewPlaybook) -> OnePlaybook:
    """A new version; cases that took up an earlier one go on by that."""
    by, now = asker(request).created_by, timezone.now()
    return OnePlaybook.of(keeping.save(given.name, _steps(given), pk=id, by=by, now=now))


@router.delete("/{id}", auth=_KEEPS, response={204: None, **_ACTS}, summary="Remove a playbook")
def remove(request: HttpRequest, id: _Id) -> Status:
    keeping.remove(id, now=timezone.now())
    return Status(204, None)


@router.get("/cases/{case}", response={200: OfCase, **ERRORS, 404: Problem}, summary="The playbooks of a case")
def of_case(request: HttpRequest, case: _Id) -> OfCase:
    return _of_case(case)


@router.post("/cases/{case}", auth=_WRITES, response={200: OfCase, **_ACTS}, summary="Take up a playbook on a case")
def take_up(request: HttpRequest, case: _Id, given: TakeUp) -> OfCase:
    """Safe to repeat: a playbook is taken up once."""
    running.start(case, given.playbook, by=asker(request).created_by, now=timezone.now())
    return _of_case(case)


@router.post("/steps/{step}", auth=_WRITES, response={200: TakenStep, **_ACTS}, summary="Tick a step")
def tick(request: HttpRequest, step: _Id, given: Ticked) -> TakenStep:
    by, now = asker(request).created_by, timezone.now()
    if given.done or given.left_out:
        return TakenStep.of(running.tick(step, by=by, note=given.note, left_out=given.left_out, now=now))
    return TakenStep.of(running.untick(step, by=by, now=now))


def _steps(given: NewPlaybook) -> list[dict[str, Any]]:
    return [step.model_dump(exclude_defaults=True) for step in given.steps]


def _of_case(pk: int) -> OfCase:
    case = Case.objects.filter(pk=pk).first()
    if case is None:
        raise NotFound("There is no such case.")
    return OfCase(
        items=[
            TakenUp(
                playbook=shown.taken_up.playbook_id,
                name=shown.taken_up.playbook.name,
                version=shown.taken_up.version.number,
                started_at=shown.taken_up.started_at,
                ended_at=shown.taken_up.ended_at,
                steps=[TakenStep.of(row) for row, _, _ in shown.steps],
            )
            for shown in running.of_case(case, now=timezone.now())
        ]
    )
