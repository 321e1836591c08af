"""Taking the sample company away, in steps that may be killed between any two."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models, transaction
from django.db.models import Q

from nineplus.stages.govern.sample import state
from nineplus.stages.govern.sample.state import SOURCE, Work
from nineplus.store.models import (
    Account,
    Attribute,
    Case,
    Contact,
    Import,
    Invitation,
    Movement,
    Note,
    Removal,
    Response,
    Revision,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
)
from nineplus.store.referring import take_away, unreferred

_IN_ORDER: tuple[type[models.Model], ...] = (
    *(Movement, Subscription, Response, Invitation, Survey, TicketEvent, Ticket, Contact, Account),
)
"""Children first: who still refers to a row then is not of the sample."""
_WITH_ATTRIBUTES: tuple[type[models.Model], ...] = (Account, Contact, Ticket, Invitation, Response)


def clear(work: Work, *, until: float = 1.0) -> bool:
    """Its rows, notes and attributes go; one that a row of another source refers to is kept under its own source.

    False when it was told to stop before the end; called again, it goes on. `until`: which share of the work it is.
    """
    _forget_cases()
    for place, model in enumerate(_IN_ORDER):
        last = 0
        while ids := _next(model, after=last):
            if work.stopping():
                return False
            work.tell(f"Taking away {model._meta.verbose_name_plural}", until * place / len(_IN_ORDER))
            _take(model, ids, work)
            last = ids[-1]
    _forget_the_rest(work)
    return True


def _forget_cases() -> None:
    """Cases that somebody opened for its people, to try it out, go with them."""
    tried = Case.objects.filter(Q(account__source=SOURCE) | Q(contact__source=SOURCE))
    with transaction.atomic():
        revision = Revision.next()
        gone = list(tried.values_list("pk", flat=True))
        Removal.record(model=Case, rows=gone, revision=revision)
        Case.objects.filter(pk__in=gone).delete()


def _next(model: type[models.Model], *, after: int) -> list[int]:
    rows = model._default_manager.filter(source=SOURCE, pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[: state.STEP])


def _take(model: type[models.Model], ids: Collection[int], work: Work) -> None:
    with transaction.atomic():
        revision = Revision.next()
        known = work.check()
        rows = model._default_manager.filter(pk__in=ids)
        going = list(unreferred(rows).values_list("pk", flat=True))
        Removal.record(model=model, rows=going, revision=revision)
        if staying := set(ids) - set(going):
            source = f"kept-{known.setdefault('kept_as', revision)}"
            model._default_manager.filter(pk__in=staying).update(source=source, revision=revision)
            state.keep(**known)
        take_away(model, going)


def _forget_the_rest(work: Work) -> None:
    """Notes and attributes that the load made; an attribute that anything else has, or an import brought, stays."""
    made = set(state.kept().get("attributes", ()))
    seen = Revision.last()
    unused = made - _used(made, after=0)
    with transaction.atomic():
        Revision.next()  # nobody else writes until this is done, so only what came meanwhile is looked at again
        known = work.check()
        Attribute.objects.filter(slug__in=unused - _used(unused, after=seen)).delete()
        Note.objects.filter(pk__in=known.get("notes", ())).delete()
        state.keep(**{name: value for name, value in known.items() if name not in ("notes", "attributes", "kept_as")})


def _used(slugs: Collection[str], *, after: int) -> set[str]:
    """Those that a row written after that revision has, or that an import which was not undone brought."""
    reports = Import.objects.exclude(state=Import.State.UNDONE).values_list("report", flat=True)
    used = {slug for report in reports for slug in report.get("attributes", ())} & set(slugs)
    for model in _WITH_ATTRIBUTES:
        rows = model._default_manager.filter(revision__gt=after)
        used |= {slug for slug in set(slugs) - used if rows.filter(attributes__has_key=slug).exists()}
    return used
