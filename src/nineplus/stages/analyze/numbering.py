"""Cases and letters get their revision here, not where they change.

Whoever works on a case would have to hold the one counter of revisions while holding the case, and answers wait for
that counter. So a change only takes the number away, and the mart's refresh gives a new one before it looks.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from nineplus.store.models import Case, PersonalLetter, Revision
from nineplus.store.models.asking import MessageState

_PORTION = 5_000


def wanted() -> bool:
    """Did anything change that has no revision yet? Two cheap looks."""
    return any(rows.exists() for _, rows in _changed())


def number() -> int:
    """Give a revision to all that changed; how many. What somebody holds at the moment is left for the next time."""
    done = 0
    for model, rows in _changed():
        while rows.exists():
            with transaction.atomic():
                revision = Revision.next()
                held = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
                portion = list(held.values_list("pk", flat=True)[:_PORTION])
                done += model._default_manager.filter(pk__in=portion).update(revision=revision)
            if not portion:
                break
    return done


def _changed() -> tuple[tuple[type[Model], QuerySet[Any]], ...]:
    sent = PersonalLetter.objects.filter(revision=0, message__state=MessageState.SENT)
    return (Case, Case.objects.filter(revision=0)), (PersonalLetter, sent)
