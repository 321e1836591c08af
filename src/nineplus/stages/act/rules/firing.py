"""Something happened: does a rule hold for it, and may it fire?

A run is written before anything is done, one for each rule and thing that happened; so an event that comes twice, or a
worker that dies, fires nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from nineplus.model.workflows import Rule
from nineplus.rules import workflows as rules
from nineplus.stages.act.rules import facts, happenings, reasons, steps
from nineplus.stages.act.rules.hearing import Waiting, asked_at, waiting
from nineplus.stages.govern import sample
from nineplus.store.models import (
    Case,
    CaseAnswer,
    CommentReading,
    Event,
    Response,
    Revision,
    Workflow,
    WorkflowRun,
    WorkflowStep,
)
from nineplus.store.models.workflows import RunState
from nineplus.store.questions import Question, instant, integer

log = logging.getLogger(__name__)

steps.LEASE = timedelta(minutes=2)
_COMMENT_WAITS, _MOST_LOOKS = timedelta(seconds=5), 120
_MOST_ATTEMPTS = 8
_PORTION = 200
_OF_COMMENT = rules.READ_FROM_COMMENT | {"commented"}
_LATER = rules.READ_FROM_COMMENT | {"tags", "open_cases"} | facts.OF_CASE


_ANSWER = Question(
    lambda: Response.objects.select_related("account", "contact__account", "survey").filter(pk=integer("pk"))
)


def look(data: Mapping[str, Any], *, now: datetime) -> int:
    """Look at one thing that happened with every rule that waits for such; how many fired."""
    event, case = data["on"], None
    if data.get("case"):
        case = Case.objects.filter(pk=data["case"]).first()
        newest = CaseAnswer.objects.filter(case=case).order_by("-response__answered_at", "-response")
        pk = newest.values_list("response", flat=True).first()
    else:
        pk = data["response"]
    response = _ANSWER.first(pk=pk) if pk else None
    if response is None and case is None:
        return 0
    wanting = [
        one
        for one in waiting(asked_at(event), only=data.get("only"))
        if not _is_history(one.workflow, response, case) and not _came_before(one.rule, event)
    ]
    fields = frozenset[str]().union(*(one.rule.fields() for one in wanting))
    known = facts.facts_of(response.pk if response else None, fields, case=case.pk if case else None, now=now)
    return sum(_looked(one, data, response, case, known or {}, now=now) for one in wanting)


def watched(now: datetime) -> bool:
    """Does any rule wait for what happens without an answer? One cheap look."""
    return Workflow.objects.filter(on=True, event__in=happenings.KINDS).exists()


def watch(*, clock: Callable[[], datetime]) -> int:
    """Look what happened without an answer: how many rules fired. Safe to repeat."""
    fired = 0
    for one in waiting(happenings.KINDS):
        if one.workflow.switched_at is not None:
            now, revision = clock(), Revision.last()  # before it looks: what is written meanwhile is newer
            fired += _watched(one, now, clock)
            Workflow.objects.filter(pk=one.workflow.pk).update(watched_at=now, watched_revision=revision)
    return fired


def _watched(one: Waiting, now: datetime, clock: Callable[[], datetime]) -> int:
    fired = 0
    for found in _new(one.workflow, happenings.new(one.workflow, one.rule.event, one.rule.fields(), now=now)):
        held, verdicts = rules.holds(one.rule.when, found.facts)
        if not held:
            continue
        why = reasons.in_words(verdicts, account=found.account, now=now)
        whose = (found.account, found.contact)
        at = clock()  # its lease begins now, not when the look began
        run = _fired(one.workflow, one.version, one.rule, found.subject, None, None, why, whose=whose, now=at)
        if run is not None and run.state == RunState.GOING:
            steps.go_on(run, one.rule, {}, now=at)
            fired += 1
    return fired


def _new(of: Workflow, happened: Iterator[happenings.Happening]) -> Iterator[happenings.Happening]:
    """Those without a run of that rule, however long ago: a ticket that was breached when it was opened, say, is met
    again when it is resolved."""
    while some := list(islice(happened, _PORTION)):
        named = {one.subject for one in some} | {one.formerly for one in some}
        runs = WorkflowRun.objects.filter(workflow=of, subject__in=named)
        known = dict(runs.values_list("subject", "at"))
        for found in some:
            before = known.get(found.formerly)
            if found.subject not in known and (before is None or before < found.at):
                yield found


def _came_before(rule: Rule, event: str) -> bool:
    """A comment came after the score: only who asks for comments looks again."""
    return event == "response.changed" and rule.event == "response.scored" and not rule.fields() & _OF_COMMENT


def _looked(
    one: Waiting,
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
    of = response or case
    why = reasons.in_words(verdicts, account=of.account_id if of else None, now=now)
    # One transaction for all of it where nothing reaches outside: each waits for whoever else writes. A worker that
    # dies leaves nothing then, and the look is taken again.
    inside = steps.stays_inside(rule)
    if inside:
        try:
            with transaction.atomic():
                run = _fired(
                    one.workflow, one.version, rule, subject, response, case, why, state=RunState.DONE, now=now
                )
                if run is None or run.state != RunState.DONE:
                    return 0
                steps.take_all(run, rule, now=now)
                return 1
        except Exception:  # one step cannot be taken: the others are, one by one, and that one's fault is told
            log.info("rule_step_by_step", extra={"rule": one.workflow.pk})
    with transaction.atomic() if inside else nullcontext():
        run = _fired(one.workflow, one.version, rule, subject, response, case, why, now=now)
        if run is None or run.state != RunState.GOING:
            return 0
        steps.go_on(run, rule, {}, now=now)
    return 1


def _subject(event: str, data: Mapping[str, Any], response: Response | None) -> str:
    """Names the occasion for ever: a case is closed, opened again and late more than once."""
    if data.get("case"):
        occasion = "".join(f":{name}:{data[name]}" for name in ("level", "version") if data.get(name))
        return f"case:{data['case']}{occasion}"
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


_HOLD = Question(lambda: Workflow.objects.select_for_update().filter(pk=integer("pk")))


def _fired(
    row: Workflow,
    version: int,
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
        held = _HOLD.first(pk=row.pk)
        if held is None or not held.on:
            return None
        row = held
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
                    version_id=version,
                    subject=subject,
                    response=response,
                    case=case,
                    **_customer(of, account, contact),
                    at=now,
                    state=RunState.HELD if stopped else state,
                    why=[*why, stopped] if stopped else why,
                    path=path,
                    # its steps are taken at once by whoever wrote it
                    due_at=None if stopped or state == RunState.DONE else now + steps.LEASE,
                )
        except IntegrityError:  # another worker was quicker
            return None


def _customer(of: Case | Response | None, account: int | None, contact: int | None) -> dict[str, Any]:
    """Whose run it is: the rows, where they were read already, else their ids."""
    if isinstance(of, Response):
        return {"account": of.account, "contact": of.contact}
    return {"account_id": account, "contact_id": contact}


def _lately(row: Workflow, rule: Rule, account: int | None, contact: int | None, *, now: datetime) -> rules.Fired:
    by_account = rule.limits.per == "account"
    whose = account if by_account else contact
    since = now - timedelta(days=rule.limits.days)
    mine = (_FIRED_FOR_ACCOUNT if by_account else _FIRED_FOR_CONTACT) if rule.limits.per and whose else None

    def fired(hours: int) -> int:
        return _FIRED.first(rule=row.pk, since=now - timedelta(hours=hours), now=now) or 0

    return rules.Fired(
        hour=fired(1),
        day=fired(24) if rule.limits.per_day is not None else 0,
        customer=(mine.first(rule=row.pk, whose=whose, since=since, now=now) or 0) if mine else 0,
    )


def _fired_lately(**whose: Any) -> QuerySet[WorkflowRun, int]:
    runs = WorkflowRun.objects.filter(
        workflow=integer("rule"), at__gt=instant("since"), at__lte=instant("now"), **whose
    ).exclude(state=RunState.HELD)
    return runs.order_by().values("workflow").annotate(n=Count("pk")).values_list("n", flat=True)


_FIRED = Question(_fired_lately)
_FIRED_FOR_ACCOUNT = Question(lambda: _fired_lately(account=integer("whose")))
_FIRED_FOR_CONTACT = Question(lambda: _fired_lately(contact=integer("whose")))


def _path(case: Case | None) -> list[int]:
    """The rules that this case follows from, the first one first."""
    if case is None:
        return []
    step = WorkflowStep.objects.filter(made=case).select_related("run").order_by("-pk").first()
    return [*step.run.path, step.run.workflow_id] if step else []
