"""Acts of two people who are one: nobody is in a programme twice, and all of it can be taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nineplus.rules.advocates import AGAIN
from nineplus.store.models import Act
from nineplus.store.models.advocates import ActStage

_FAR = (ActStage.ASKED, ActStage.AGREED, ActStage.DOING)  # from the least to the furthest
_SAME = "same_person"


def join(*, kept: int, gone: int) -> list[dict[str, Any]]:
    """Of two open acts in one programme the further one stays, the other was not asked; so is one that is open beside
    one that is done. The acts that this changed, as they were. What was done twice stays done twice.

    In the caller's transaction, before what refers to the one refers to the other.
    """
    acts = Act.objects.select_for_update(of=("self",)).select_related("programme").filter(contact__in=(kept, gone))
    by_programme: dict[int, list[Act]] = {}
    for act in acts.filter(stage__in=(*_FAR, ActStage.DONE)).order_by("pk"):
        by_programme.setdefault(act.programme_id, []).append(act)
    changed = []
    for programme, there in by_programme.items():
        still = [act for act in there if act.stage in _FAR]
        once = there[0].programme.kind not in AGAIN
        ended = once and len(still) < len(there)
        stays = None if ended or not still else max(still, key=lambda act: (_FAR.index(ActStage(act.stage)), -act.pk))
        for act in still:
            slot = f"{programme}-{kept}" if act is stays else ""
            if act is stays and act.slot == slot:
                continue
            changed.append({"act": act.pk, "stage": act.stage, "why": act.why})
            if act is not stays:
                act.stage, act.why = ActStage.SKIPPED, _SAME
            act.slot = slot
        for act in sorted(still, key=lambda act: act is stays):  # what gives a slot away comes first
            act.save(update_fields=["stage", "why", "slot"])
    return changed


def part(acts: Iterable[Mapping[str, Any]], *, kept: int, gone: int) -> None:
    """Acts as they were before, as far as nobody changed them since. After they went back to whose they were."""
    for was in acts:
        act = Act.objects.filter(pk=was["act"], contact__in=(kept, gone)).first()
        if act is None:
            continue
        if act.stage == ActStage.SKIPPED and act.why == _SAME:
            act.stage, act.why = was["stage"], was["why"]
        if act.stage in _FAR:
            act.slot = f"{act.programme_id}-{act.contact_id}"
            if Act.objects.filter(slot=act.slot).exclude(pk=act.pk).exists():
                act.stage, act.why, act.slot = ActStage.SKIPPED, _SAME, ""
        act.save(update_fields=["stage", "why", "slot"])
