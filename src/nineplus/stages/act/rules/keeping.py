"""The rules that a company keeps: written, changed into a new version, tried, switched on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q

from nineplus.model.workflows import Rule
from nineplus.rules import workflows as rules
from nineplus.rules import workflows_document as documents
from nineplus.stages.act.actions import actions
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import User, Workflow, WorkflowVersion
from nineplus.store.models.workflows import RunState

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as it stands: its newest version, how often it fired in 30 days and when last."""

    workflow: Workflow
    version: WorkflowVersion
    rule: Rule
    fired: int = 0
    held: int = 0
    last: datetime | None = None

    @property
    def says(self) -> str:
        currency = preferences().currency if "monthly" in self.rule.fields() else ""
        return rules.says(self.rule, currency=currency)


def read(document: Any) -> Rule:
    """The rule of a document, checked also by its actions. Raises NotPossible with the place."""
    known = actions()
    try:
        rule = documents.read(document, actions={name: [f.name for f in one.fields] for name, one in known.items()})
    except documents.BadRule as problem:
        raise NotPossible(str(problem)) from None
    for act in rules.acts(rule.steps):
        plug, given = known[act.do], dict(act.settings)
        for field in plug.fields:
            value = given.get(field.name, "").strip()
            if field.required and not value:
                raise NotPossible(f"{plug.title}: {field.title} is missing.")
            if field.choices and value and value not in field.choices:
                raise NotPossible(f"{plug.title}: {field.title} is one of {', '.join(filter(None, field.choices))}.")
        if plug.check and (wrong := plug.check(given)):
            raise NotPossible(f"{plug.title}: {wrong}")
    return rule


def every(*, now: datetime) -> Sequence[Kept]:
    """All rules by name."""
    lately = Q(runs__at__gte=now - _LATELY)
    held = Q(runs__state=RunState.HELD)
    rows = Workflow.objects.filter(removed_at=None).annotate(
        fired=Count("runs", filter=lately & ~held),
        held=Count("runs", filter=lately & held),
        last=Max("runs__at", filter=~held),
    )
    return [_kept(row, row.fired, row.held, row.last) for row in rows.order_by("name")]


def one(pk: int) -> Kept:
    """Raises NotFound."""
    row = Workflow.objects.filter(pk=pk, removed_at=None).first()
    if row is None:
        raise NotFound("There is no such rule.")
    return _kept(row)


def named(name: str) -> Kept:
    """Raises NotFound."""
    row = Workflow.objects.filter(name__iexact=name.strip(), removed_at=None).first()
    if row is None:
        raise NotFound(f"There is no rule {name!r}.{_there_are()}")
    return _kept(row)


def found(text: str) -> Kept:
    """The rule of that name, or else of that number. Raises NotFound, which says which rules there are."""
    try:
        return named(text)
    except NotFound:
        row = Workflow.objects.filter(pk=int(text), removed_at=None).first() if text.isdecimal() else None
        if row is None:
            raise
    return _kept(row)


def _there_are() -> str:
    rows = Workflow.objects.filter(removed_at=None).order_by("name").values_list("pk", "name")
    return f" There are: {', '.join(f'{name} ({pk})' for pk, name in rows)}." if rows else " There are none yet."


def newest(workflow: Workflow) -> WorkflowVersion:
    version = workflow.versions.order_by("-number").first()
    assert version is not None, "a rule is made with its first version"
    return version


def save(document: Any, *, pk: int | None = None, by: User | None, now: datetime) -> Kept:
    """Keep a new rule (switched off), or a new version of one. A changed rule is off until it was tried again.

    The same document again changes nothing. Raises NotPossible.
    """
    rule = read(document)
    clean = documents.write(rule)
    with transaction.atomic():
        taken = Workflow.objects.filter(name__iexact=rule.name).exclude(pk=pk or 0)
        if taken.exists():
            raise NotPossible(f"There is a rule {rule.name!r} already, or there was: choose another name.")
        if pk is None:
            row = Workflow.objects.create(name=rule.name, event=rule.event, created_at=now)
            number = 1
        else:
            row = Workflow.objects.select_for_update().get(pk=one(pk).workflow.pk)
            last = newest(row)
            if last.document == clean:
                return _kept(row)
            number = last.number + 1
            row.name, row.event, row.on, row.paused_because = rule.name, rule.event, False, ""
            row.save(update_fields=["name", "event", "on", "paused_because"])
        WorkflowVersion.objects.create(workflow=row, number=number, document=clean, by=by, at=now)
    return _kept(row)


def tried(version: WorkflowVersion, found: Mapping[str, Any]) -> None:
    """What the dry run of this version showed: from now on it may be switched on."""
    WorkflowVersion.objects.filter(pk=version.pk).update(tried=dict(found))


def switch(pk: int, *, on: bool, now: datetime) -> Kept:
    """On: only after a dry run of this version was seen. Raises NotFound, NotPossible."""
    with transaction.atomic():
        # held from whoever saves a change: the version that is looked at is the one that is switched on
        row = Workflow.objects.select_for_update().filter(pk=pk, removed_at=None).first()
        if row is None:
            raise NotFound("There is no such rule.")
        if on and newest(row).tried is None:
            raise NotPossible("Try it on the last 90 days first, and look at what it would have done.")
        if row.on != on:
            row.on, row.switched_at = on, now if on else row.switched_at
            row.paused_because, row.fault, row.fault_at = "", "", None
            row.save(update_fields=["on", "switched_at", "paused_because", "fault", "fault_at"])
    return _kept(row)


def remove(pk: int, *, now: datetime) -> None:
    """It does nothing any more; what it did stays written."""
    held = one(pk)
    gone = f"{held.workflow.name[:150]} (removed {now:%Y-%m-%d %H:%M:%S})"
    Workflow.objects.filter(pk=pk).update(on=False, removed_at=now, name=gone)


def _kept(row: Workflow, fired: int = 0, held: int = 0, last: datetime | None = None) -> Kept:
    version = newest(row)
    return Kept(row, version, documents.read(version.document), fired, held, last)
