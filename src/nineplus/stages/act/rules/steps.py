"""The steps of a run, each taken once.

Steps that change the store are taken in one transaction with their row. Steps that reach outside are tried until they
are taken, always under the same key. Steps that call somebody are taken in that receiver's line (`calls`): here they
are only put there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from nineplus.model.workflows import Act, Branch, Rule, Step, Wait
from nineplus.plugs import Action
from nineplus.rules import workflows as rules
from nineplus.stages.act.actions import actions
from nineplus.stages.act.rules import facts, happenings, reasons
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.act.rules.hearing import read
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Receiver, Workflow, WorkflowRun, WorkflowStep
from nineplus.store.models.workflows import RunState

LEASE = timedelta(minutes=2)
"""So long a run belongs to whoever has it in hand."""
_MOST_ATTEMPTS = 8
_PORTION = 200


def stays_inside(rule: Rule) -> bool:
    """Are all its steps such that change the store, one straight after the other?"""
    known = actions()
    return all(isinstance(one, Act) and one.do in known and not known[one.do].outside for one in rule.steps)


def due(now: datetime) -> bool:
    """Is any step to be taken by now that calls nobody? One cheap look."""
    return waiting(None, now).exists()


def waiting(receiver: int | None, now: datetime) -> QuerySet[WorkflowRun]:
    """The runs whose next step is due in that receiver's line; None: it calls nobody."""
    return WorkflowRun.objects.filter(state=RunState.GOING, receiver=receiver, due_at__lte=now).order_by("due_at", "pk")


def advance_due(*, clock: Callable[[], datetime]) -> int:
    """Take the steps that are due; of how many runs.

    The lease of each begins when it is taken up: those before it may have taken longer than a lease.
    """
    pks = list(waiting(None, clock()).values_list("pk", flat=True)[:_PORTION])
    for pk in pks:
        advance(pk, now=clock())
    return len(pks)


def advance(pk: int, *, calling: int | None = None, now: datetime) -> bool:
    """Take the steps of this run that can be taken now; False when one failed and is to be tried again.

    `calling`: the receiver in whose line it is, and who may be called once. Whoever else has it in hand is not
    disturbed.
    """
    if not waiting(calling, now).filter(pk=pk).update(due_at=now + LEASE):
        return True
    run = WorkflowRun.objects.select_related(
        "workflow", "version", "response__survey", "response__contact__account", "account", "contact", "case"
    ).get(pk=pk)
    rule = read(json.dumps(run.version.document))
    return go_on(run, rule, {step.place: step for step in run.steps.order_by("pk")}, calling=calling, now=now)


def take_all(run: WorkflowRun, rule: Rule, *, now: datetime) -> None:
    """All steps of a run that is new, within the caller's transaction. Raises when one cannot be taken."""
    rows: list[WorkflowStep] = []
    case = run.case_id
    for number, step in enumerate(rule.steps, start=1):
        assert isinstance(step, Act)
        plug, doing = _doing(run, str(number), step, case, now=now)
        did: Did = plug.run(doing, dict(step.settings))
        case = did.case.pk if did.case else case
        rows.append(WorkflowStep(run=run, place=str(number), what=step.do, at=now, says=did.says[:500], made=did.case))
    WorkflowStep.objects.bulk_create(rows)


def go_on(
    run: WorkflowRun, rule: Rule, taken: dict[str, WorkflowStep], *, calling: int | None = None, now: datetime
) -> bool:
    """Take the steps of a run that is in hand until its lease ends; False when one failed and is to be tried again."""
    while True:
        found = _next(rule.steps, taken, "", now)
        if found is None:
            failed = any(not step.done for step in taken.values())
            _put(run, state=RunState.FAILED if failed else RunState.DONE, due_at=None, receiver=None)
            return True
        if isinstance(found, datetime):
            _put(run, due_at=found, receiver=None)
            return True
        place, step = found
        if name := _called(step):
            receiver = _receiver(name)
            if receiver != calling:
                _put(run, due_at=now, receiver=receiver)
                return True
            calling = None  # a lease lasts for one call; the next one waits in its line again
        row = _take(run, rule, place, step, taken, now=now)
        if row is None:
            return False
        taken[place] = row


def _called(step: Step) -> str:
    """Whom this step calls, by name."""
    plug = actions().get(step.do) if isinstance(step, Act) else None
    if plug is None or not plug.outside:
        return ""
    return plug.receiver(dict(step.settings)) if plug.receiver else f"action {plug.name}"


@read_once
def _receiver(name: str) -> int:
    return Receiver.objects.get_or_create(name=name)[0].pk


def _next(
    steps: Sequence[Step], taken: Mapping[str, WorkflowStep], before: str, now: datetime
) -> tuple[str, Step] | datetime | None:
    for number, step in enumerate(steps, start=1):
        place = f"{before}{number}"
        row = taken.get(place)
        if row is None:
            return place, step
        if isinstance(step, Wait) and row.until and row.until > now:
            return row.until
        if isinstance(step, Branch):
            arm = step.then if row.what == "then" else step.otherwise
            if (found := _next(arm, taken, f"{place}.{row.what}.", now)) is not None:
                return found
    return None


def _take(
    run: WorkflowRun, rule: Rule, place: str, step: Step, taken: Mapping[str, WorkflowStep], *, now: datetime
) -> WorkflowStep | None:
    """Take one step; None when it is to be tried again later."""
    if isinstance(step, Wait):
        until = now + timedelta(hours=step.hours)
        return _step(run, place, "wait", now=now, says=f"Wait {step.hours:g} hours.", until=until)
    case = _case_of(run, taken)
    if isinstance(step, Branch):
        fields = [one.field for one in step.when.conditions()]
        held, verdicts = rules.holds(step.when, _facts(run, fields, case, now))
        said = "; ".join(reasons.in_words(verdicts, account=run.account_id, now=now))
        return _step(run, place, "then" if held else "else", now=now, says=said)
    try:
        row = _act(run, place, step, case, now=now)
    except NotPossible as problem:
        row = _step(run, place, step.do, now=now, says=str(problem), done=False)
        _fault(run, str(problem), now=now)
    except Exception as problem:  # a fault of the network, the database or an action: again, some time later
        return _later(run, place, step, problem, now=now)
    if run.attempts:
        run.attempts = 0
        _put(run, attempts=0)
    return row


def _facts(run: WorkflowRun, fields: Collection[str], case: int | None, now: datetime) -> Mapping[str, Any]:
    """What a branch asks: of the answer and the newest case, and where there is no answer of what happened."""
    told = facts.facts_of(run.response_id, fields, case=case, now=now) or {}
    if run.response_id is None and run.subject.partition(":")[0] in happenings.KINDS:
        return {**told, **happenings.facts_of(run.subject, fields, now=now)}
    return told


def _doing(run: WorkflowRun, place: str, step: Act, of: int | None, *, now: datetime) -> tuple[Action, Doing]:
    plug = actions().get(step.do)
    if plug is None:
        raise NotPossible(f"There is no action {step.do!r} any more.")
    if run.contact is not None and run.contact.erased_at:
        raise NotPossible("The person was erased.")
    person = run.contact
    account = run.account or (person.account if person else None)
    return plug, Doing(run, f"rule-{run.pk}-{place}", now, run.response, account, person, of)


def _act(run: WorkflowRun, place: str, step: Act, of: int | None, *, now: datetime) -> WorkflowStep:
    plug, doing = _doing(run, place, step, of, now=now)
    settings = dict(step.settings)
    if plug.outside:
        did: Did = plug.run(doing, settings)
        return _step(run, place, step.do, now=now, says=did.says, made=did.case)
    with transaction.atomic():
        done = WorkflowStep.objects.filter(run=run, place=place).first()
        if done is not None:
            return done
        did = plug.run(doing, settings)
        return WorkflowStep.objects.create(
            run=run, place=place, what=step.do, at=now, says=did.says[:500], made=did.case
        )


def _case_of(run: WorkflowRun, taken: Mapping[str, WorkflowStep]) -> int | None:
    """The case that its steps are about: the newest that they made or found, else the one that it began with."""
    made = [step.made_id for step in taken.values() if step.made_id]
    return made[-1] if made else run.case_id


def _later(run: WorkflowRun, place: str, step: Act, problem: Exception, *, now: datetime) -> WorkflowStep | None:
    run.attempts += 1
    words = str(problem)[:300] or type(problem).__name__
    _fault(run, words, now=now)
    if run.attempts >= _MOST_ATTEMPTS:
        row = _step(run, place, step.do, now=now, says=f"Given up after {run.attempts} times: {words}", done=False)
        run.attempts = 0
        _put(run, attempts=0)
        return row
    _put(run, attempts=run.attempts, due_at=now + timedelta(seconds=10 * 4**run.attempts))
    return None


def _step(run: WorkflowRun, place: str, what: str, *, now: datetime, says: str = "", **more: Any) -> WorkflowStep:
    values = {"what": what, "at": now, "says": says[:500], **more}
    return WorkflowStep.objects.get_or_create(run=run, place=place, defaults=values)[0]


def _put(run: WorkflowRun, **changes: Any) -> None:
    WorkflowRun.objects.filter(pk=run.pk).update(**changes)


def _fault(run: WorkflowRun, words: str, *, now: datetime) -> None:
    Workflow.objects.filter(pk=run.workflow_id).update(fault=words[:500], fault_at=now)
