"""Why did this happen, and why not? For one answer, and for one rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nineplus.rules import workflows as rules
from nineplus.stages.act.rules import facts, keeping, reasons
from nineplus.store.models import Response, Workflow, WorkflowRun

_MOST = 50


@dataclass(frozen=True, slots=True)
class Why:
    """One rule and one answer: its run, or (None) what did not hold as far as is known now."""

    workflow: Workflow
    run: WorkflowRun | None
    reasons: tuple[str, ...]


def of_answer(response: Response, *, now: datetime) -> Sequence[Why]:
    """What every rule did for this answer, and why others did not."""
    runs = (
        WorkflowRun.objects.filter(response=response).select_related("workflow", "receiver").prefetch_related("steps")
    )
    told = [Why(run.workflow, run, tuple(run.why)) for run in runs.order_by("-at", "-pk")]
    fired = {one.workflow.pk for one in told}
    others = Workflow.objects.filter(on=True, event__startswith="response.").exclude(pk__in=fired).order_by("name")
    for row in others[:_MOST]:
        kept = keeping.one(row.pk)
        held, verdicts = rules.holds(kept.rule.when, facts.facts_of(response.pk, kept.rule.fields(), now=now) or {})
        if held:
            why: tuple[str, ...] = ("Everything holds now; it did not when the answer came, or the rule was off.",)
        else:
            missing = [one for one in verdicts if not one.held]
            why = tuple(reasons.in_words(missing, account=response.account_id, now=now))
        told.append(Why(row, None, why))
    return told


def of_rule(workflow: Workflow, *, limit: int = _MOST) -> Sequence[WorkflowRun]:
    """What it did, the newest first, with every step."""
    runs = WorkflowRun.objects.filter(workflow=workflow).select_related("account", "contact", "response", "receiver")
    return list(runs.prefetch_related("steps").order_by("-at", "-pk")[:limit])
