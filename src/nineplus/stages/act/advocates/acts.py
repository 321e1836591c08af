"""What an advocate does, from asked to done: stages, quotes, value, and the customer's own word on their page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nineplus.rules.links import unseal
from nineplus.stages.act.advocates import ledger
from nineplus.stages.act.advocates.asking import advocate_of
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Act, ActEntry, Advocate, User
from nineplus.store.models.advocates import ActStage

OPEN = (ActStage.ASKED, ActStage.AGREED, ActStage.DOING)
_LONGEST = 2_000


def move(pk: int, *, stage: str, note: str = "", by: User | None, now: datetime) -> Act:
    """Put it into another stage; done brings its points once. Raises NotFound, NotPossible, Conflict."""
    if stage not in (*OPEN, ActStage.DONE, ActStage.DECLINED):
        raise NotPossible("Choose a stage.")
    with transaction.atomic():
        rows = Act.objects.select_for_update(of=("self",)).select_related("programme", "contact")
        act = rows.filter(pk=pk).first()
        if act is None:
            raise NotFound("There is no such act.")
        if act.stage == ActStage.SKIPPED or act.contact is None or act.contact.erased_at:
            raise Conflict("They were not asked, or are no longer known.")
        slot = f"{act.programme_id}-{act.contact_id}" if stage in OPEN else ""
        if slot and Act.objects.filter(slot=slot).exclude(pk=pk).exists():
            raise Conflict("They were asked anew meanwhile.")
        act.stage, act.changed_at, act.slot = stage, now, slot
        if stage == ActStage.DONE:
            act.done_at = act.done_at or now
            if act.programme.points and act.programme.kind != "referral":  # a referral brings them when it is won
                ledger.give(
                    advocate_of(act.contact, now=now),
                    points=act.programme.points,
                    why=act.programme.name,
                    key=f"act-{act.pk}",
                    by=by,
                    now=now,
                )
        act.save(update_fields=["stage", "changed_at", "slot", "done_at"])
        ActEntry.objects.create(act=act, at=now, by=by, stage=stage, text=_clean(note))
    return act


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
    mine = Act.objects.select_related("programme").exclude(stage=ActStage.SKIPPED)
    found = mine.filter(pk=act, contact=advocate.contact).first()
    if found is None:
        raise NotFound("That is not asked of you.")
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
