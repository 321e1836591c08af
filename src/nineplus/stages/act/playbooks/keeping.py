"""The playbooks of a company: written, changed into a new version, removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from nineplus.rules.playbooks import BadPlaybook, PlayStep, read
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Playbook, PlaybookVersion, User


@dataclass(frozen=True, slots=True)
class Kept:
    """A playbook as it stands: its newest version and that version's steps."""

    playbook: Playbook
    version: PlaybookVersion
    steps: tuple[PlayStep, ...]


def every() -> Sequence[Kept]:
    """All playbooks by name."""
    return [_kept(row) for row in Playbook.objects.filter(removed_at=None).order_by("name")]


def one(pk: int) -> Kept:
    """Raises NotFound."""
    row = Playbook.objects.filter(pk=pk, removed_at=None).first()
    if row is None:
        raise NotFound("There is no such playbook.")
    return _kept(row)


def named(name: str) -> Kept:
    """Raises NotFound."""
    row = Playbook.objects.filter(name__iexact=name.strip(), removed_at=None).first()
    if row is None:
        raise NotFound(f"There is no playbook {name!r}.{_there_are()}")
    return _kept(row)


def found(text: str) -> Kept:
    """The playbook of that name, or else of that number. Raises NotFound, which says which playbooks there are."""
    try:
        return named(text)
    except NotFound:
        row = Playbook.objects.filter(pk=int(text), removed_at=None).first() if text.isdecimal() else None
        if row is None:
            raise
    return _kept(row)


def _there_are() -> str:
    rows = Playbook.objects.filter(removed_at=None).order_by("name").values_list("pk", "name")
    return f" There are: {', '.join(f'{name} ({pk})' for pk, name in rows)}." if rows else " There are none yet."


def save(name: str, steps: Any, *, pk: int | None = None, by: User | None, now: datetime) -> Kept:
    """Keep a new playbook, or a new version of one; cases go on by the version that they began with.

    The same again changes nothing. Raises NotPossible.
    """
    name = name.strip()
    if not name or len(name) > 200 or "\x00" in name:
        raise NotPossible("A playbook has a name of at most 200 characters.")
    try:
        clean = [step.to_dict() for step in read(steps)]
    except BadPlaybook as problem:
        raise NotPossible(str(problem)) from None
    for number, step in enumerate(clean, start=1):
        if step.get("owner") and not User.objects.filter(email__iexact=step["owner"], is_active=True).exists():
            raise NotPossible(f"Step {number}: there is no colleague {step['owner']}.")
    with transaction.atomic():
        if Playbook.objects.filter(name__iexact=name).exclude(pk=pk or 0).exists():
            raise NotPossible(f"There is a playbook {name!r} already, or there was: choose another name.")
        if pk is None:
            row, number = Playbook.objects.create(name=name, created_at=now), 1
        else:
            row = Playbook.objects.select_for_update().get(pk=one(pk).playbook.pk)
            last = _newest(row)
            Playbook.objects.filter(pk=row.pk).update(name=name)
            row.name, number = name, last.number + 1
            if last.steps == clean:
                return _kept(row)
        PlaybookVersion.objects.create(playbook=row, number=number, steps=clean, by=by, at=now)
    return _kept(row)


def remove(pk: int, *, now: datetime) -> None:
    """Nobody takes it up any more; cases that have begun it go on, and what was done stays."""
    row = one(pk).playbook
    gone = f"{row.name[:150]} (removed {now:%Y-%m-%d %H:%M:%S})"
    Playbook.objects.filter(pk=pk).update(removed_at=now, name=gone)


def _newest(row: Playbook) -> PlaybookVersion:
    version = PlaybookVersion.objects.filter(playbook=row).order_by("-number").first()
    assert version is not None, "a playbook is made with its first version"
    return version


def _kept(row: Playbook) -> Kept:
    version = _newest(row)
    return Kept(row, version, read(version.steps))
