"""Taking the sample company away, in steps that may be killed between any two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from nineplus.stages.govern.sample import state
from nineplus.stages.govern.sample.state import SOURCE, Work
from nineplus.store.models import (
    Account,
    Act,
    Advocate,
    Attribute,
    Case,
    Change,
    ChangeNews,
    Code,
    Contact,
    Import,
    Invitation,
    Message,
    Movement,
    Note,
    PersonalLetter,
    Playbook,
    Programme,
    Redemption,
    Removal,
    Response,
    Revision,
    Reward,
    Subscription,
    Survey,
    Ticket,
    TicketEvent,
    Workflow,
)
from nineplus.store.referring import take_away, unreferred

_IN_ORDER: tuple[type[models.Model], ...] = (
    *(Movement, Subscription, Response, Invitation, Survey, TicketEvent, Ticket, Contact, Account),
)
"""Children first: who still refers to a row then is not of the sample."""
_WITH_ATTRIBUTES: tuple[type[models.Model], ...] = (Account, Contact, Ticket, Invitation, Response)


_REMEMBERED = ("notes", "attributes", "set_up", "kept_as")


def clear(work: Work, *, until: float = 1.0) -> bool:
    """Its rows, notes and attributes go; one that a row of another source refers to is kept under its own source.

    False when it was told to stop before the end; called again, it goes on. `until`: which share of the work it is.
    """
    _forget_cases()
    _forget_letters_and_acts()
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


def _forget_letters_and_acts() -> None:
    """Letters to its people, what they did in programmes, and news that they were told; also what was tried out."""
    theirs = {"contact__source": SOURCE}
    with transaction.atomic():
        letters = list(PersonalLetter.objects.filter(**theirs).values_list("pk", "message"))
        Removal.record(model=PersonalLetter, rows=[letter for letter, _ in letters], revision=Revision.next())
        messages = {message for _, message in letters}
        messages |= set(ChangeNews.objects.filter(message__isnull=False, **theirs).values_list("message", flat=True))
        _give_back_rewards()
        for model in (ChangeNews, Act, Advocate):  # leads, points and redemptions are their advocate's
            model._default_manager.filter(**theirs).delete()
        Message.objects.filter(pk__in=messages).delete()


def _give_back_rewards() -> None:
    """What its people asked for of one's own rewards costs nothing, and the codes that they had can be given."""
    theirs = Redemption.objects.filter(advocate__contact__source=SOURCE).exclude(state=Redemption.State.REFUSED)
    held = theirs.select_for_update(of=("self",)).order_by("reward", "pk")
    for reward, pool, cost, code in held.values_list("reward", "reward__pool", "cost_minor", "code"):
        Reward.objects.filter(pk=reward).update(spent_minor=F("spent_minor") - cost)
        if pool and code:
            Code.objects.filter(pool=pool, code=code, response=None).update(given_at=None)


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
        _forget_set_up(known.get("set_up", {}))
        state.keep(**{name: value for name, value in known.items() if name not in _REMEMBERED})


def _used(slugs: Collection[str], *, after: int) -> set[str]:
    """Those that a row written after that revision has, or that an import which was not undone brought."""
    reports = Import.objects.exclude(state=Import.State.UNDONE).values_list("report", flat=True)
    used = {slug for report in reports for slug in report.get("attributes", ())} & set(slugs)
    for model in _WITH_ATTRIBUTES:
        rows = model._default_manager.filter(revision__gt=after)
        used |= {slug for slug in set(slugs) - used if rows.filter(attributes__has_key=slug).exists()}
    return used


def _forget_set_up(made: Mapping[str, Any]) -> None:
    """What was set up goes, but for what somebody has made their own: changed, switched on, or used."""
    Change.objects.filter(pk__in=made.get("change", ()), news=None).delete()
    rules = Workflow.objects.filter(pk__in=made.get("workflow", ()), on=False, runs=None)
    rules.exclude(versions__number__gt=1).delete()
    plays = Playbook.objects.filter(pk__in=made.get("playbook", ()), taken_up=None)
    plays.exclude(versions__number__gt=1).delete()
    Reward.objects.filter(pk__in=made.get("reward", ()), redemptions=None).delete()
    unused = Programme.objects.filter(pk__in=made.get("programme", ()), on=False, acts=None, leads=None)
    unused.filter(rewards=None, redemptions=None).delete()
