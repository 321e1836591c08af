"""Pools of codes that are given as a thank-you: filled by people, emptied by answers ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Code, CodePool

LONGEST_CODE = 120
MOST_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Filled:
    """How many codes were added, were there already, and could not be used."""

    added: int
    known: int
    refused: int


def pools() -> list[CodePool]:
    """Every pool with `codes_in_all` and `codes_left`, by name."""
    left = Count("codes", filter=Q(codes__given_at__isnull=True))
    return list(CodePool.objects.annotate(codes_in_all=Count("codes"), codes_left=left).order_by("name"))


def create_pool(*, name: str, worth: str = "", now: datetime) -> CodePool:
    """A new, empty pool. `worth` says in words what a code is good for."""
    name = name.strip()
    if not name or len(name) > 200 or len(worth.strip()) > 200:
        raise NotPossible("A pool needs a name; name and worth may have at most 200 characters each.")
    if CodePool.objects.filter(name=name).exists():
        raise NotPossible(f"There is a pool named {name!r} already.")
    return CodePool.objects.create(name=name, worth=worth.strip(), created_at=now)


def fill(*, pool_id: int, lines: Iterable[str]) -> Filled:
    """Add codes, one a line. A code that is there, given or not, is not added again: nobody gets it twice."""
    pool = CodePool.objects.filter(pk=pool_id).first()
    if pool is None:
        raise NotFound("There is no such pool of codes.")
    given = [line.strip().strip(",;\"'") for line in lines]
    wanted = dict.fromkeys(code for code in given if code)
    usable = [code for code in wanted if len(code) <= LONGEST_CODE and code.isprintable()]
    if len(usable) > MOST_AT_ONCE:
        raise NotPossible(f"At most {MOST_AT_ONCE:,} codes can be added at once.")
    with transaction.atomic():
        before = pool.codes.count()
        Code.objects.bulk_create(
            (Code(pool=pool, code=code) for code in usable), batch_size=5_000, ignore_conflicts=True
        )
        added = pool.codes.count() - before
    return Filled(added=added, known=len(usable) - added, refused=len(wanted) - len(usable))


def remove_pool(*, pool_id: int) -> None:
    """Take a pool away that never gave a code; one that did is kept, so that it can be told who got which."""
    pool = CodePool.objects.filter(pk=pool_id).first()
    if pool is None:
        raise NotFound("There is no such pool of codes.")
    if pool.codes.filter(given_at__isnull=False).exists():
        raise NotPossible("Codes of this pool were given to customers: it is kept as the record of that.")
    pool.delete()
