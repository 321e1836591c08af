"""Something happened: which rules does it concern, and their steps, each taken once.

A run is written before anything is done, one for each rule and thing that happened; so an event that comes twice, or a
worker that dies, fires nothing twice. Steps that change the store are taken in one transaction with their row. Steps
that reach outside are tried until they are taken, always under the same key.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, Subquery

from nineplus.model.workflows import Act, Branch, Rule, Step, Wait
from nineplus.plugs import Action
from nineplus.rules import workflows as rules
from nineplus.rules import workflows_document as documents
from nineplus.stages.act.actions import actions
from nineplus.stages.act.rules import facts, happenings
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import sample
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import (
    Case,
    CaseAnswer,
    CommentReading,
    Event,
    Response,
    Workflow,
    WorkflowRun,
    WorkflowStep,
    WorkflowVersion,
)
from nineplus.store.models.workflows import RunState

log = logging.getLogger(__name__)

_LEASE = timedelta(minutes=2)
_COMMENT_WAITS, _MOST_LOOKS = timedelta(seconds=5), 120
_MOST_ATTEMPTS = 8
_PORTION = 200
_OF_COMMENT = rules.READ_FROM_COMMENT | {"commented"}
_LATER = rules.READ_FROM_COMMENT | {"tags", "open_cases"} | facts.OF_CASE


def worth_a_look(responses: Collection[int], *, now: datetime) -> Mapping[int, Sequence[int]]:
    """Those of these new answers for which a rule may hold, with the ids of those rules: most answers concern none.

    Asked in one go. A rule that asks what a comment says, of tags and themes, or of the case that is opened for the
    answer, may hold for each of them: it is looked at later, one by one.
    """
    found = _waiting(("response.changed", "response.scored"))
    later = [one.workflow.pk for one in found if one.rule.fields() & _LATER]
    now_known = [one for one in found if not one.rule.fields() & _LATER]
    may = dict.fromkeys(responses, later) if later else {}
    if not now_known:
        return may
    fields = frozenset[str]().union(*(one.rule.fields() for one in now_known))
    for pk, told in facts.facts_of_many(responses, fields, now=now).items():
        if held := [one.workflow.pk for one in now_known if rules.is_met(one.rule.when, told)]:
            may[pk] = [*later, *held]
    return may


@dataclass(frozen=True, slots=True)
class _Waiting:
    workflow: Workflow
    version: WorkflowVersion
    rule: Rule


def _waiting(events: Collection[str], only: int | Collection[int] | None = None) -> Sequence[_Waiting]:
    """The rules that are on and wait for one of these; `only` that one or those."""
    found = _on(tuple(events))
    if only:
        wanted = {only} if isinstance(only, int) else set(only)
        return [one for one in found if one.workflow.pk in wanted]
    return found


@read_once  # whoever fires looks again whether it is on
def _on(events: tuple[str, ...]) -> Sequence[_Waiting]:
    rows = Workflow.objects.filter(on=True, event__in=events)
    last = WorkflowVersion.objects.filter(workflow=OuterRef("pk")).order_by("-number").values("pk")[:1]
    by_version = {row.last: row for row in rows.annotate(last=Subquery(last)).order_by("pk")}
    versions = WorkflowVersion.objects.in_bulk(list(by_version)) if by_version else {}
    return [_Waiting(row, versions[pk], _read(json.dumps(versions[pk].document))) for pk, row in by_version.items()]


@lru_cache(maxsize=500)
def _read(document: str) -> Rule:
    return documents.read(json.loads(document))


def heard(
    event: str,
    *,
    response: int | None = None,
    case: int | None = None,
    level: int = 0,
    only: Collection[int] = (),
    now: datetime,
) -> bool:
    """Have the rules look at what happened, if there are any for it; `only` those, when it is known which may hold.

    Safe to repeat.
    """
    asked = ("response.changed", "response.scored") if event == "response.changed" else (event,)
    if not only and not Workflow.objects.filter(on=True, event__in=asked).exists():
        return False
    data = {"on": event, "response": response, "case": case, "level": level}
    if only:
        data["only"] = list(only)
    with transaction.atomic():
        Event.publish(kind="rules.look", data=data, now=now)
    return True


def look(data: Mapping[str, Any], *, now: datetime) -> int:
    """Look at one thing that happened with every rule that waits for such; how many fired."""
    event, case = data["on"], None
    if data.get("case"):
        case = Case.objects.filter(pk=data["case"]).first()
        newest = CaseAnswer.objects.filter(case=case).order_by("-response__answered_at", "-response")
        pk = newest.values_list("response", flat=True).first()
    else:
        pk = data["response"]
    response = (
        Response.objects.select_related("account", "contact__account", "survey").filter(pk=pk).first() if pk else None
    )
    if response is None and case is None:
        return 0
    events = ("response.changed", "response.scored") if event == "response.changed" else (event,)
    waiting = [
        one
        for one in _waiting(events, only=data.get("only"))
        if not _is_history(one.workflow, response, case) and not _came_before(one.rule, event)
    ]
    fields = frozenset[str]().union(*(one.rule.fields() for one in waiting))
    known = facts.facts_of(response.pk if response else None, fields, case=case.pk if case else None, now=now)
    return sum(_looked(one, data, response, case, known or {}, now=now) for one in waiting)


def watched(now: datetime) -> bool:
    """Does any rule wait for what happens without an answer? One cheap look."""
    return Workflow.objects.filter(on=True, event__in=happenings.KINDS).exists()


def watch(*, now: datetime) -> int:
    """Look what happened without an answer: how many rules fired. Safe to repeat."""
    fired = 0
    for one in _waiting(happenings.KINDS):
        if one.workflow.switched_at is None:
            continue
        since = max(one.workflow.switched_at, now - happenings.BACK)
        happened = happenings.happened(one.rule.event, one.rule.fields(), since=since, until=now, now=now)
        for found in _new(one.workflow, happened):
            held, verdicts = rules.holds(one.rule.when, found.facts)
            if not held:
                continue
            why = [verdict.says for verdict in verdicts]
            whose = (found.account, found.contact)
            run = _fired(one.workflow, one.version, one.rule, found.subject, None, None, why, whose=whose, now=now)
            if run is not None and run.state == RunState.GOING:
                _advance(run, one.rule, {}, now=now)
                fired += 1
    return fired


def _new(of: Workflow, happened: Iterator[happenings.Happening]) -> Iterator[happenings.Happening]:
    """Those without a run of that rule, however long ago: a ticket that was breached when it was opened, say, is met
    again when it is resolved."""
    while some := list(islice(happened, _PORTION)):
        runs = WorkflowRun.objects.filter(workflow=of, subject__in=[found.subject for found in some])
        known = set(runs.values_list("subject", flat=True))
        yield from (found for found in some if found.subject not in known)


def _came_before(rule: Rule, event: str) -> bool:
    """A comment came after the score: only who asks for comments looks again."""
    return event == "response.changed" and rule.event == "response.scored" and not rule.fields() & _OF_COMMENT


def _looked(
    one: _Waiting,
    data: Mapping[str, Any],
    response: Response | None,
    case: Case | None,
    known: Mapping[str, Any],
    *,
    now: datetime,
) -> int:
    rule, looks = one.rule, data.get("looks", 0)
    reads = response is not None and rule.fields() & rules.READ_FROM_COMMENT
    held, verdicts = rules.holds(rule.when, known)
    if not held and (not reads or looks >= _MOST_LOOKS):
        return 0
    subject = _subject(rule.event, data, response)
    if response is not None and reads and looks < _MOST_LOOKS and not _is_read(response):
        if WorkflowRun.objects.filter(workflow=one.workflow, subject=subject).exists():
            return 0
        again = {**data, "only": one.workflow.pk, "looks": looks + 1}
        with transaction.atomic():
            Event.publish(kind="rules.look", data=again, now=now, due_at=now + _COMMENT_WAITS)
        return 0
    if not held:
        return 0
    why = [verdict.says for verdict in verdicts]
    # One transaction for all of it where nothing reaches outside: each waits for whoever else writes. A worker that
    # dies leaves nothing then, and the look is taken again.
    inside = _stays_inside(rule)
    if inside:
        try:
            with transaction.atomic():
                run = _fired(
                    one.workflow, one.version, rule, subject, response, case, why, state=RunState.DONE, now=now
                )
                if run is None or run.state != RunState.DONE:
                    return 0
                _take_all(run, rule, now=now)
                return 1
        except Exception:  # one step cannot be taken: the others are, one by one, and that one's fault is told
            log.info("rule_step_by_step", extra={"rule": one.workflow.pk})
    with transaction.atomic() if inside else nullcontext():
        run = _fired(one.workflow, one.version, rule, subject, response, case, why, now=now)
        if run is None or run.state != RunState.GOING:
            return 0
        _advance(run, rule, {}, now=now)
    return 1


def _stays_inside(rule: Rule) -> bool:
    """Are all its steps such that change the store, one straight after the other?"""
    known = actions()
    return all(isinstance(one, Act) and one.do in known and not known[one.do].outside for one in rule.steps)


def _subject(event: str, data: Mapping[str, Any], response: Response | None) -> str:
    if data.get("case"):
        return f"case:{data['case']}" + (f":level:{data['level']}" if data.get("level") else "")
    assert response is not None
    if event == "response.changed" and response.changed_at:
        return f"response:{response.pk}:{response.changed_at.isoformat()}"
    return f"response:{response.pk}"


def _is_history(row: Workflow, response: Response | None, case: Case | None) -> bool:
    """What came with a file, the sample company, and what was before the rule was switched on concern no rule."""
    if response is not None and (response.added_by_id is not None or response.source == sample.SOURCE):
        return True
    if row.switched_at is None or case is not None:
        return row.switched_at is None
    at = response.changed_at or response.answered_at if response else None
    return at is not None and at < row.switched_at


def _is_read(response: Response) -> bool:
    if not response.comment:
        return True
    read = CommentReading.objects.filter(response=response, version__current=True)
    if response.changed_at is None:
        return read.exists()
    from nineplus.stages.analyze.comments.reading import digest

    return read.filter(digest=digest(response.comment)).exists()


def _fired(
    row: Workflow,
    version: Any,
    rule: Rule,
    subject: str,
    response: Response | None,
    case: Case | None,
    why: list[str],
    *,
    whose: tuple[int | None, int | None] = (None, None),
    state: RunState = RunState.GOING,
    now: datetime,
) -> WorkflowRun | None:
    """The run, in that state or held back; None when the rule is off by now or has it already."""
    with transaction.atomic(savepoint=False):
        row = Workflow.objects.select_for_update().get(pk=row.pk)
        if not row.on:
            return None
        of = case or response
        account, contact = (of.account_id, of.contact_id) if of else whose
        lately = _lately(row, rule, account, contact, now=now)
        path = _path(case)
        if rules.is_storm(rule, lately):
            words = f"It fired {lately.hour} times within an hour, which is more than anybody meant."
            Workflow.objects.filter(pk=row.pk).update(on=False, paused_because=words, fault=words, fault_at=now)
            log.warning("rule_paused", extra={"rule": row.pk})
            return None
        stopped = rules.held_back(rule, lately, depth=len(path), chain=path, me=row.pk)
        try:
            with transaction.atomic():
                return WorkflowRun.objects.create(
                    workflow=row,
                    version=version,
                    subject=subject,
                    response=response,
                    case=case,
                    **_customer(of, account, contact),
                    at=now,
                    state=RunState.HELD if stopped else state,
                    why=[*why, stopped] if stopped else why,
                    path=path,
                    # its steps are taken at once by whoever wrote it
                    due_at=None if stopped or state == RunState.DONE else now + _LEASE,
                )
        except IntegrityError:  # another worker was quicker
            return None


def _customer(of: Case | Response | None, account: int | None, contact: int | None) -> dict[str, Any]:
    """Whose run it is: the rows, where they were read already, else their ids."""
    if isinstance(of, Response):
        return {"account": of.account, "contact": of.contact}
    return {"account_id": account, "contact_id": contact}


def _lately(row: Workflow, rule: Rule, account: int | None, contact: int | None, *, now: datetime) -> rules.Fired:
    runs = WorkflowRun.objects.filter(workflow=row, at__lte=now).exclude(state=RunState.HELD)
    whose = Q(account=account) if rule.limits.per == "account" else Q(contact=contact)
    known = (account if rule.limits.per == "account" else contact) is not None
    limited = bool(rule.limits.per) and known
    since = now - timedelta(days=rule.limits.days)
    return rules.Fired(
        hour=runs.filter(at__gt=now - timedelta(hours=1)).count(),
        day=runs.filter(at__gt=now - timedelta(days=1)).count() if rule.limits.per_day is not None else 0,
        customer=runs.filter(whose, at__gt=since).count() if limited else 0,
    )


def _path(case: Case | None) -> list[int]:
    """The rules that this case follows from, the first one first."""
    if case is None:
        return []
    step = WorkflowStep.objects.filter(made=case).select_related("run").order_by("-pk").first()
    return [*step.run.path, step.run.workflow_id] if step else []


# --- taking steps


def due(now: datetime) -> bool:
    """Is any step to be taken by now? One cheap look."""
    return WorkflowRun.objects.filter(state=RunState.GOING, due_at__lte=now).exists()


def advance_due(*, now: datetime) -> int:
    """Take the steps that are due; of how many runs."""
    waiting = WorkflowRun.objects.filter(state=RunState.GOING, due_at__lte=now).order_by("due_at", "pk")
    pks = list(waiting.values_list("pk", flat=True)[:_PORTION])
    for pk in pks:
        advance(pk, now=now)
    return len(pks)


def advance(pk: int, *, now: datetime) -> None:
    """Take the steps of this run that can be taken now. Whoever else has it in hand is not disturbed."""
    mine = WorkflowRun.objects.filter(pk=pk, state=RunState.GOING, due_at__lte=now)
    if not mine.update(due_at=now + _LEASE):
        return
    run = WorkflowRun.objects.select_related(
        "workflow", "version", "response__survey", "response__contact__account", "account", "contact", "case"
    ).get(pk=pk)
    rule = _read(json.dumps(run.version.document))
    _advance(run, rule, {step.place: step for step in run.steps.order_by("pk")}, now=now)


def _take_all(run: WorkflowRun, rule: Rule, *, now: datetime) -> None:
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


def _advance(run: WorkflowRun, rule: Rule, taken: dict[str, WorkflowStep], *, now: datetime) -> None:
    """Take the steps of a run that is in hand until its lease ends."""
    while True:
        found = _next(rule.steps, taken, "", now)
        if found is None:
            failed = any(not step.done for step in taken.values())
            _put(run, state=RunState.FAILED if failed else RunState.DONE, due_at=None)
            return
        if isinstance(found, datetime):
            _put(run, due_at=found)
            return
        place, step = found
        row = _take(run, rule, place, step, taken, now=now)
        if row is None:
            return
        taken[place] = row


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
        held, verdicts = rules.holds(step.when, facts.facts_of(run.response_id, fields, case=case, now=now) or {})
        said = "; ".join(one.says for one in verdicts)
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
