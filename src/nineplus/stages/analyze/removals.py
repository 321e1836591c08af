"""Removals, which tell the mart what to forget, are themselves forgotten when every mart has seen them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from nineplus.stages.mart import folder
from nineplus.store.models import Removal, Revision

KEPT = timedelta(days=7)
"""How long they stay in any case: a mart on another machine, or in a backup, may be behind by that much."""
_PORTION = 10_000


def prune(*, now: datetime) -> int:
    """Take away removals that are older than KEPT and that every snapshot here has seen; how many.

    A mart that is further behind, elsewhere, is made anew by its next refresh (`known_since`).
    """
    gone, seen = 0, _seen_by_all()
    while True:
        with transaction.atomic():
            old = Removal.objects.filter(at__lt=now - KEPT, revision__lte=seen).order_by("revision", "pk")
            portion = list(old.values_list("pk", "revision")[:_PORTION])
            if not portion:
                return gone
            Removal.objects.filter(pk__in=[pk for pk, _ in portion]).delete()
            Revision.objects.filter(pk=1).update(forgotten=Greatest(F("forgotten"), portion[-1][1]))
        gone += len(portion)


def known_since() -> int:
    """The revision from which on every removal is still known. A mart that is older cannot follow row by row."""
    return Revision.objects.filter(pk=1).values_list("forgotten", flat=True).first() or 0


def _seen_by_all() -> int:
    from nineplus.mart import delta

    revisions = [Revision.last()]
    for path in delta.manifests(folder()):
        try:
            revisions.append(delta.load(path).revision)
        except delta.MartDamaged:  # nobody can read it any more, so nobody goes on from it
            continue
    return min(revisions)
