"""Rules that are written, tried and switched on, and things that happen while the worker hears of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.rules import calls, keeping, trying
from nineplus.store.models import Event, Workflow
from tests.stages.act.world import HOUR, NOW

DAY = timedelta(days=1)


def document(*conditions: dict, then: list | None = None, when: str = "response.scored", **more) -> dict:
    steps = then or [{"do": "open_case", "with": {"reason": "rule"}}]
    named = {"name": more.pop("name", "Call them"), "when": when, "then": steps, **more}
    return named | ({"if": {"all": list(conditions)}} if conditions else {})


def asks(field: str, how: str, value: object = None) -> dict:
    return {"field": field, "is": how} | ({} if value is None else {"value": value})


UNHAPPY = asks("score", "at_most", 6)


def switched_on(made: dict) -> Workflow:
    kept = keeping.save(made, by=None, now=NOW - DAY)
    keeping.tried(kept.version, trying.dry_run(kept.rule, now=NOW).to_dict())
    return keeping.switch(kept.workflow.pk, on=True, now=NOW - HOUR).workflow


def happen(kind: str, data: dict, *, now: datetime = NOW) -> None:
    """The worker hands on an event of that kind, takes the looks that come of it, and calls whoever is to be called."""
    for handle in HANDLERS[kind]:
        handle(data, now=now, stopping=lambda: False)
    for one in Event.objects.filter(kind="rules.look", state="waiting", due_at__lte=now).order_by("pk"):
        Event.objects.filter(pk=one.pk).update(state="done")
        HANDLERS["rules.look"][0](one.data, now=now, stopping=lambda: False)
    calls.call_due(clock=lambda: now)
