"""What an advocate does, from asked to done: stages, quotes, value, and the customer's own word on their page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nineplus.rules.links import unseal
from nineplus.stages.act.advocates import ledger, limits, programmes
from nineplus.stages.act.advocates.asking import advocate_of
from nineplus.stages.act.advocates.choosing import wants_no_part
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Act, ActEntry, Advocate, Contact, User
from nineplus.store.models.advocates import ActStage
from nineplus.store.models.govern import Role

OPEN = limits.OPEN
STAGES = (*OPEN, ActStage.DONE, ActStage.DECLINED)
_LONGEST = 2_000


def begin(
    programme: int,
    *,
    contact: int,
    stage: str = ActStage.AGREED,
    note: str = "",
    owner: User | None = None,
    by: User | None,
    now: datetime,
) -> Act:
    """Note by hand what somebody does for us, such as one who was asked in a talk: no letter is written.

    Raises NotFound, NotPossible, Conflict when they are in it already, want no part, or reached the quarter's limit.
    """
    of = programmes.one(programme)
    _check_stage(stage)
    with transaction.atomic():
        who = Contact.objects.select_for_update().filter(pk=contact, erased_at=None).first()
        if who is None:
            raise NotFound("There is no such person.")
        if Advocate.objects.filter(contact=who).exclude(opted_out_at=None).exists():
            raise Conflict("They want no part in programmes.")
        slot = _slot(of.pk, who.pk) if stage in OPEN else ""
        if slot and Act.objects.filter(programme=of, contact=who, stage__in=OPEN).exists():
            raise Conflict("They are in this programme already.")
        if stage != ActStage.DECLINED:
            limits.check(who, kind=of.kind, now=now)
        act = Act.objects.create(
            programme=of,
            contact=who,
            account=who.account,
            stage=stage,
            slot=slot,
            owner=owner or of.owner,
            asked_at=now,
            changed_at=now,
            done_at=now if stage == ActStage.DONE else None,
        )
        ActEntry.objects.create(act=act, at=now, by=by, stage=stage, text=_clean(note))
        _reward(act, by=by, now=now)
    return act


def move(pk: int, *, stage: str, note: str = "", by: User | None, now: datetime) -> Act:
    """Put it into another stage; done brings its points once. Raises NotFound, NotPossible, Conflict."""
    _check_stage(stage)
    with transaction.atomic():
        of = Act.objects.filter(pk=pk).values_list("contact", flat=True).first()
        if of is not None:  # always before the act: who asks anew waits here as well
            Contact.objects.select_for_update().filter(pk=of).first()
        rows = Act.objects.select_for_update(of=("self",)).select_related("programme", "contact")
        act = rows.filter(pk=pk).first()
        if act is None:
            raise NotFound("There is no such act.")
        if act.stage == ActStage.SKIPPED or act.contact is None or act.contact.erased_at:
            raise Conflict("They were not asked, or are no longer known.")
        others = Act.objects.filter(programme=act.programme_id, contact=act.contact_id, stage__in=OPEN)
        if stage in OPEN and others.exclude(pk=pk).exists():
            raise Conflict("They were asked anew meanwhile.")
        anew = stage in OPEN or (stage == ActStage.DONE and act.done_at is None)
        if anew and not limits.counting(act.programme.kind, now=now).filter(pk=pk).exists():
            limits.check(act.contact, kind=act.programme.kind, besides=pk, now=now)
        act.stage, act.changed_at = stage, now
        act.slot = _slot(act.programme_id, act.contact.pk) if stage in OPEN else ""
        if stage == ActStage.DONE:
            act.done_at = act.done_at or now
        act.save(update_fields=["stage", "changed_at", "slot", "done_at"])
        ActEntry.objects.create(act=act, at=now, by=by, stage=stage, text=_clean(note))
        _reward(act, by=by, now=now)
    return act


def give_to(pk: int, *, owner: User | None, by: User | None, now: datetime) -> Act:
    """Who looks after it; None: nobody. Raises NotFound, NotPossible for somebody who may not work on it."""
    if owner is not None and not (owner.is_active and owner.may(Role.AGENT)):
        raise NotPossible("They may not work on acts: give them the role agent first.")
    with transaction.atomic():
        act = Act.objects.select_for_update(of=("self",)).select_related("programme", "contact").filter(pk=pk).first()
        if act is None:
            raise NotFound("There is no such act.")
        if act.owner_id != (owner.pk if owner else None):
            act.owner, act.changed_at = owner, now
            act.save(update_fields=["owner", "changed_at"])
            text = f"Given to {owner.name or owner.email}." if owner else "Given to nobody."
            ActEntry.objects.create(act=act, at=now, by=by, stage=act.stage, text=text)
    return act


def one(pk: int) -> Act:
    """That act, with its programme and owner. Raises NotFound."""
    found = Act.objects.select_related("programme", "owner", "contact").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such act.")
    return found


def _check_stage(stage: str) -> None:
    if stage not in STAGES:
        raise NotPossible(f"Choose a stage: {', '.join(STAGES)}.")


def _slot(programme: int, contact: int) -> str:
    return f"{programme}-{contact}"


def _reward(act: Act, *, by: User | None, now: datetime) -> None:
    """The points of an act that is done; a referral brings them when it is won."""
    points = act.programme.points
    if act.stage == ActStage.DONE and points and act.programme.kind != "referral" and act.contact is not None:
        advocate = advocate_of(act.contact, now=now)
        ledger.give(advocate, points=points, why=act.programme.name, key=f"act-{act.pk}", by=by, now=now)


def worth(pk: int, *, value_minor: int | None, currency: str, now: datetime) -> None:
    """Say what the deal was worth that it helped to win, in minor units. Raises NotFound, NotPossible."""
    check_money(value_minor, currency)
    if not Act.objects.filter(pk=pk).update(value_minor=value_minor, currency=currency.upper(), changed_at=now):
        raise NotFound("There is no such act.")


def check_money(value_minor: int | None, currency: str) -> None:
    """Raises NotPossible when that is no amount."""
    three_letters = len(currency) == 3 and currency.isascii() and currency.isalpha()
    if value_minor is not None and (not 0 <= value_minor < 2**53 or not three_letters):
        raise NotPossible("Give an amount and a currency of three letters, such as EUR.")


# -- the customer's page ------------------------------------------------------------------------------------------


def advocate_by(token: str) -> Advocate | None:
    """Whose page it is; None when the link is not genuine, or they were erased."""
    link = unseal(token, purpose="advocate", key=links_key())
    if link is None or link.number >= 2**63:
        return None
    rows = Advocate.objects.select_related("contact__account").filter(pk=link.number, contact__erased_at=None)
    return rows.first()


def say(advocate: Advocate, *, act: int, wants: bool, quote: str = "", now: datetime) -> None:
    """They agree or not; the words they let us quote are kept, or taken back. Raises NotFound, NotPossible."""
    with transaction.atomic():  # words that they let us quote are kept with their yes, or not at all
        Contact.objects.select_for_update().filter(pk=advocate.contact_id).first()
        mine = Act.objects.select_related("programme").exclude(stage=ActStage.SKIPPED)
        found = mine.filter(pk=act, contact=advocate.contact).first()
        if found is None:
            raise NotFound("That is not asked of you.")
        if wants and wants_no_part(advocate.contact_id):
            raise Conflict("You take no part in programmes at present.")
        if wants and found.programme.kind == "quote" and not _clean(quote):
            raise NotPossible("Please write what we may quote.")
        Act.objects.filter(pk=act).update(quote=_clean(quote) if wants else "")
        if not wants:
            move(act, stage=ActStage.DECLINED, note="Said by the customer.", by=None, now=now)
        elif found.stage in (ActStage.ASKED, ActStage.DECLINED):
            move(act, stage=ActStage.AGREED, note="Said by the customer.", by=None, now=now)


def leave(advocate: Advocate, *, now: datetime) -> None:
    """They want no part in any programme: all that is open ends, quotes are taken back, nobody asks again."""
    with transaction.atomic():
        Contact.objects.select_for_update().filter(pk=advocate.contact_id).first()  # first, as everywhere
        Advocate.objects.filter(contact=advocate.contact, opted_out_at=None).update(opted_out_at=now)
        for pk in Act.objects.filter(contact=advocate.contact, stage__in=OPEN).values_list("pk", flat=True):
            move(pk, stage=ActStage.DECLINED, note="They want no part in programmes.", by=None, now=now)
        Act.objects.filter(contact=advocate.contact).update(quote="")


def come_back(advocate: Advocate) -> None:
    """They may be asked again."""
    Advocate.objects.filter(contact=advocate.contact).update(opted_out_at=None)


def title_of(act: Act) -> str:
    """What kind of help it is."""
    return KINDS[act.programme.kind].title


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:_LONGEST]
