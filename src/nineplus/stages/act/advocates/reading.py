"""Who speaks for us: each customer once, with what they did, brought and have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from nineplus.rules.advocates import level
from nineplus.stages.act.advocates.ledger import LEVELS
from nineplus.stages.errors import NotFound
from nineplus.store.models import Act, Advocate, Lead, Points
from nineplus.store.models.advocates import ActStage, LeadState


@dataclass(frozen=True, slots=True)
class Profile:
    """An advocate: `points` they have, `earned` in all (whatever was spent), the `level` that reaches.

    `acts`: how many are in which stage. `referrals`: how many are in which state. Both of all their records.
    """

    advocate: Advocate
    points: int
    earned: int
    level: str
    acts: Mapping[str, int]
    referrals: Mapping[str, int]


def everybody() -> QuerySet[Advocate]:
    """Each customer who is an advocate once, by their oldest record; whoever was erased is not shown."""
    older = Advocate.objects.filter(contact=OuterRef("contact"), pk__lt=OuterRef("pk"))
    rows = Advocate.objects.select_related("contact__account").filter(contact__erased_at=None)
    return rows.filter(~Exists(older))


def one(pk: int) -> Profile:
    """That advocate. Raises NotFound."""
    found = Advocate.objects.select_related("contact__account").filter(pk=pk, contact__erased_at=None).first()
    if found is None:
        raise NotFound("There is no such advocate.")
    return profiles([found])[0]


def profiles(rows: Collection[Advocate]) -> Sequence[Profile]:
    """These advocates with what they did, in the order given. Four queries, however many."""
    people = {one.contact_id for one in rows}
    spent = Q(key__startswith="reward-")
    ledger = Points.objects.filter(advocate__contact__in=people).order_by().values_list("advocate__contact")
    sums = {
        contact: (total, earned or 0)
        for contact, total, earned in ledger.annotate(all=Sum("points"), earned=Sum("points", filter=~spent))
    }
    acts = Act.objects.filter(contact__in=people).exclude(stage=ActStage.SKIPPED).order_by()
    leads = Lead.objects.filter(advocate__contact__in=people).order_by()
    in_stages = _counted(acts.values_list("contact", "stage").annotate(n=Count("pk")))
    in_states = _counted(leads.values_list("advocate__contact", "state").annotate(n=Count("pk")))
    found = []
    for one in rows:
        points, earned = sums.get(one.contact_id, (0, 0))
        of = (in_stages.get(one.contact_id, {}), in_states.get(one.contact_id, {}))
        found.append(Profile(one, points, earned, level(earned, LEVELS), *of))
    return found


def referrals() -> QuerySet[Lead]:
    """All referrals with whoever brought them."""
    return Lead.objects.select_related("advocate__contact", "programme", "deal")


def won() -> Mapping[str, int]:
    """What all referrals that were won are worth, in minor units by currency; of erased people too."""
    rows = Lead.objects.filter(state=LeadState.WON, value_minor__isnull=False).order_by()
    return dict(rows.values_list("currency").annotate(sum=Sum("value_minor")))


def _counted(rows: Iterable[tuple[int, str, int]]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for contact, name, n in rows:
        found.setdefault(contact, {})[name] = n
    return found
