"""How much of one kind of help somebody gives in a quarter: at most two reference calls, say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from nineplus.rules import advocates
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Act, Contact, KindLimit
from nineplus.store.models.advocates import ActStage

OPEN = (ActStage.ASKED, ActStage.AGREED, ActStage.DOING)
_MOST = 100


def limits() -> Mapping[str, int]:
    """The acts of one person in a calendar quarter (UTC) at most, by kind; a kind without a limit is not in it."""
    return dict(KindLimit.objects.order_by("kind").values_list("kind", "in_quarter"))


def set_limit(kind: str, in_quarter: int | None) -> None:
    """Limit that kind, or lift its limit (None). What is begun already stays. Raises NotPossible."""
    if kind not in KINDS:
        raise NotPossible(f"There is no kind {kind!r}. There are: {', '.join(KINDS)}.")
    if in_quarter is None:
        KindLimit.objects.filter(kind=kind).delete()
        return
    if not 1 <= in_quarter <= _MOST:
        raise NotPossible(f"A limit is 1 to {_MOST} acts in a quarter.")
    KindLimit.objects.update_or_create(kind=kind, defaults={"in_quarter": in_quarter})


def set_all(given: Mapping[str, int]) -> None:
    """Exactly these limits, all or nothing. Raises NotPossible."""
    with transaction.atomic():
        for kind in KINDS:
            set_limit(kind, given.get(kind))
        for strange in given.keys() - KINDS.keys():
            set_limit(strange, None)


def used(contact: Contact, *, kind: str, now: datetime) -> int:
    """Acts of that kind that this person has open, or did in this quarter."""
    return counting(kind, now=now).filter(contact=contact).count()


def counting(kind: str, *, now: datetime) -> QuerySet[Act]:
    """The acts that count towards the limit now, of everybody."""
    since, _ = advocates.period("quarter", now)
    counts = Q(stage__in=OPEN) | Q(stage=ActStage.DONE, done_at__gte=since)
    return Act.objects.filter(counts, programme__kind=kind)


def check(contact: Contact, *, kind: str, besides: int | None = None, now: datetime) -> None:
    """May they take on one more? `besides`: that act is not counted. Raises Conflict.

    The caller holds the contact's row, so that two who ask at once come one after the other.
    """
    most = limits().get(kind)
    if most is None:
        return
    there = counting(kind, now=now).filter(contact=contact).exclude(pk=besides).count()
    if there >= most:
        raise Conflict(f"{KINDS[kind].title}: they have {there} this quarter, and at most {most} was settled.")
