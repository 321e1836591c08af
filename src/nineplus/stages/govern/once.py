"""Doing once what a program asks for twice: results by idempotency key, each program's its own, kept for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from nineplus.stages.errors import Conflict
from nineplus.store.models import Done

KEPT = timedelta(days=1)
Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request that may come again: whose it is, under which key (empty: none), and what it asks for."""

    asker: str
    key: str
    what: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.what.encode()).hexdigest()


def once(request: Request, work: Callable[[], Result], *, now: datetime) -> tuple[Result, bool]:
    """The result of `work`, and whether this call did it. Result and work are committed together or not at all.

    Two that come at once wait for each other. What fails is not remembered. `work` returns ids, no personal data.
    Raises Conflict when the key came before with another request.
    """
    if not request.key:
        return work(), True
    with transaction.atomic():
        row = _begun(request, now=now)
        if row.result is not None:
            return row.result, False
        result = work()
        Done.objects.filter(pk=row.pk).update(result=dict(result))
        return result, True


@contextmanager
def same(request: Request, *, now: datetime) -> Iterator[None]:
    """For work that is idempotent by itself and commits as it goes: look only that the key means the same as before.

    What fails is not remembered. Raises Conflict.
    """
    if not request.key:
        yield
        return
    with transaction.atomic():
        row = _begun(request, now=now)
        before = row.result is not None
        Done.objects.filter(pk=row.pk).update(result={})
    try:
        yield
    except Exception:
        if not before:
            Done.objects.filter(pk=row.pk).delete()
        raise


def _begun(request: Request, *, now: datetime) -> Done:
    Done.objects.filter(at__lt=now - KEPT).delete()
    Done.objects.bulk_create(
        [Done(asker=request.asker, key=request.key, fingerprint=request.fingerprint, at=now)], ignore_conflicts=True
    )
    row = Done.objects.select_for_update().get(asker=request.asker, key=request.key)
    if row.fingerprint != request.fingerprint:
        raise Conflict("This key was used for another request. Use a new key for a new request.")
    return row
