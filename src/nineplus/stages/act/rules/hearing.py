"""Which rules wait for what happened, and for which answers any of them may hold: most answers concern none."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast

from nineplus.model.workflows import Rule
from nineplus.rules import workflows as rules
from nineplus.rules import workflows_document as documents
from nineplus.stages.act.rules import facts
from nineplus.stages.govern.settled import read_once
from nineplus.store.models import Event, Workflow, WorkflowVersion
from nineplus.store.questions import Question

_LATER = rules.READ_FROM_COMMENT | {"tags", "open_cases"} | facts.OF_CASE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A rule that is on, and its newest version."""

    workflow: Workflow
    version: int
    rule: Rule


def worth_a_look(responses: Collection[int], *, now: datetime) -> Mapping[int, Sequence[int]]:
    """Those of these new answers for which a rule may hold, with the ids of those rules: most answers concern none.

    Asked in one go. A rule that asks what a comment says, of tags and themes, or of the case that is opened for the
    answer, may hold for each of them: it is looked at later, one by one.
    """
    found = waiting(("response.changed", "response.scored"))
    later = [one.workflow.pk for one in found if one.rule.fields() & _LATER]
    now_known = [one for one in found if not one.rule.fields() & _LATER]
    may_hold = [(one.workflow.pk, rules.test_of(one.rule.when)) for one in now_known]
    may = dict.fromkeys(responses, later) if later else {}
    if not now_known:
        return may
    fields = frozenset[str]().union(*(one.rule.fields() for one in now_known))
    for pk, told in facts.facts_of_many(responses, fields, now=now).items():
        plain = rules.plain_facts(told)
        if held := [rule for rule, holds in may_hold if holds(plain)]:
            may[pk] = [*later, *held]
    return may


def heard(
    event: str,
    *,
    response: int | None = None,
    case: int | None = None,
    level: int = 0,
    version: int | None = None,
    only: Collection[int] = (),
    now: datetime,
) -> bool:
    """Have the rules look at what happened, if there are any for it; `only` those, when it is known which may hold.

    `version`: of the case when that happened. Safe to repeat.
    """
    if not only and not waiting(asked_at(event)):
        return False
    data: dict[str, object] = {"on": event, "response": response, "case": case, "level": level}
    if version is not None:
        data["version"] = version
    if only:
        data["only"] = list(only)
    with transaction.atomic():
        Event.publish(kind="rules.look", data=data, now=now)
    return True


def asked_at(event: str) -> tuple[str, ...]:
    """The events whose rules look at this one: a changed answer is looked at by who waits for new ones as well."""
    return ("response.changed", "response.scored") if event == "response.changed" else (event,)


def waiting(events: Collection[str], only: int | Collection[int] | None = None) -> Sequence[Waiting]:
    """The rules that are on and wait for one of these; `only` that one or those."""
    found = _on(tuple(events))
    if only:
        wanted = {only} if isinstance(only, int) else set(only)
        return [one for one in found if one.workflow.pk in wanted]
    return found


@read_once  # whoever fires looks again whether it is on
def _on(events: tuple[str, ...]) -> Sequence[Waiting]:
    rows = [row for row in _question(events).all() if row.version is not None]  # type: ignore[attr-defined]
    return [Waiting(row, row.version, read(row.said)) for row in rows]  # type: ignore[attr-defined]


@lru_cache(maxsize=50)
def _question(events: tuple[str, ...]) -> Question[Workflow]:
    newest = WorkflowVersion.objects.filter(workflow=OuterRef("pk")).order_by("-number")
    version = Subquery(newest.values("pk")[:1])
    said = Subquery(newest.annotate(text=Cast("document", TextField())).values("text")[:1])
    on = Workflow.objects.filter(on=True, event__in=events)
    return Question(lambda: on.annotate(version=version, said=said).order_by("pk"))


@lru_cache(maxsize=500)
def read(document: str) -> Rule:
    """The rule that a version's document (JSON) says."""
    return documents.read(json.loads(document))
