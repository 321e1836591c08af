"""An act goes through its stages: asked, agreed, under way, done; or declined."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from nineplus.stages.act.advocates import points
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Act, ActEntry, Advocate, User
from nineplus.store.models.advocates import ActStage

NEXT: dict[str, tuple[str, ...]] = {
    ActStage.ASKED: (ActStage.AGREED, ActStage.DECLINED),
    ActStage.AGREED: (ActStage.DOING, ActStage.DONE, ActStage.DECLINED),
    ActStage.DOING: (ActStage.DONE, ActStage.DECLINED),
}
"""Where an act can go from each stage; from the others nowhere."""
_LONGEST = 5_000


def one(pk: int, *, hold: bool = False) -> Act:
    """That act. Raises NotFound."""
    rows = Act.objects.select_for_update(of=("self",)) if hold else Act.objects.all()
    found = rows.select_related("programme", "contact", "account", "owner").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such act.")
    return found


def move(pk: int, *, to: str, text: str = "", by: User | None, now: datetime) -> Act:
    """Go on to that stage, with what is to be said of it. Done gives the programme's points, once.

    Raises NotFound; Conflict when it cannot go there from where it is.
    """
    text = text.replace("\x00", "").strip()[:_LONGEST]
    with transaction.atomic():
        act = one(pk, hold=True)
        if to not in NEXT.get(act.stage, ()):
            raise Conflict(f"It is “{act.get_stage_display()}”: it cannot become “{to}” from there.")
        act.stage, act.changed_at = to, now
        if to in (ActStage.DONE, ActStage.DECLINED):
            act.slot = ""
        if to == ActStage.DONE:
            act.done_at = now
        act.save()
        ActEntry.objects.create(act=act, at=now, by=by, stage=to, text=text)
        if to == ActStage.DONE:
            _earned(act, by=by, now=now)
    return act


def give(pk: int, *, to: User | None) -> None:
    """Somebody else looks after it. Raises NotFound."""
    one(pk)
    Act.objects.filter(pk=pk).update(owner=to)


def may_quote(pk: int, *, quote: str, now: datetime) -> None:
    """What they allow us to say of them; empty takes it back. Raises NotFound, NotPossible."""
    quote = quote.replace("\x00", "").strip()
    if len(quote) > _LONGEST:
        raise NotPossible(f"At most {_LONGEST:,} characters, please.")
    one(pk)
    Act.objects.filter(pk=pk).update(quote=quote, changed_at=now)


def worth(pk: int, *, minor: int | None, currency: str) -> None:
    """What the deal was worth that it won or helped to win. Raises NotFound, NotPossible."""
    if minor is not None and (minor < 0 or not (len(currency) == 3 and currency.isupper() and currency.isascii())):
        raise NotPossible("An amount has a currency, such as EUR, and is not negative.")
    one(pk)
    Act.objects.filter(pk=pk).update(value_minor=minor, currency=currency if minor is not None else "")


def history(act: Act) -> Sequence[ActEntry]:
    """What happened to it, the newest first."""
    return list(act.entries.select_related("by").order_by("-at", "-pk"))


def _earned(act: Act, *, by: User | None, now: datetime) -> None:
    programme, contact = act.programme, act.contact
    if contact is None or not programme.points or not KINDS[programme.kind].may_reward:
        return
    advocate = Advocate.objects.filter(contact=contact).order_by("pk").first()
    if advocate is not None:
        points.add(advocate, programme.points, why=programme.name, key=f"act-{act.pk}", by=by, now=now)
