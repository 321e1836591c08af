"""Are the links right? A random sample of them is judged by people, and says how many of all are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max

from nineplus.mart.errors import MartDamaged, NoMart
from nineplus.mart.schema import PRIMARY
from nineplus.model.attribution import Judged
from nineplus.stages import mart
from nineplus.stages.connect.attribution import current
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stats.linking import ENOUGH
from nineplus.store.models import LinkCheck, Response, Ticket, User
from nineplus.store.models.attribution import Verdict

if TYPE_CHECKING:
    from ibis.expr import types as ir

FEWEST_OF_A_TIER = 30
ACCOUNTS_ONLY = 20
"""T3 links in a sample: they are looked at to compare, and do not count to the hundred."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How far the judging of one version of the rule is. `open`: drawn and not yet judged; `needed`: of T1 and T2."""

    version: int
    drawn: int
    open: int
    judged: int
    unsure: int
    needed: int = ENOUGH

    @property
    def enough(self) -> bool:
        return self.judged >= self.needed


@dataclass(frozen=True, slots=True)
class Case:
    """One link to be judged, with what a person must see."""

    check: LinkCheck
    response: Response
    ticket: Ticket
    place: int


def judged() -> tuple[Judged, ...]:
    """What people said of links of the rule in force, by tier."""
    found: dict[str, dict[str, int]] = {}
    rows = LinkCheck.objects.filter(rule_version=current().version).exclude(verdict="")
    for row in rows.values("tier", "verdict").annotate(n=Count("pk")):
        found.setdefault(row["tier"], {})[row["verdict"]] = row["n"]
    return tuple(
        Judged(tier, said.get(Verdict.YES, 0), said.get(Verdict.NO, 0), said.get(Verdict.UNSURE, 0))
        for tier, said in sorted(found.items())
    )


def audit() -> Audit:
    """How far it is."""
    version = current().version
    checks = LinkCheck.objects.filter(rule_version=version)
    main = checks.filter(tier__in=PRIMARY)
    return Audit(
        version=version,
        drawn=checks.count(),
        open=checks.filter(verdict="").count(),
        judged=main.filter(verdict__in=(Verdict.YES, Verdict.NO)).count(),
        unsure=main.filter(verdict=Verdict.UNSURE).count(),
    )


def draw(*, now: datetime) -> int:
    """Draw links at random, stratified by tier, until a hundred of T1 and T2 can be judged; how many came.

    The same snapshot and version draw the same links in the same order. Raises NotPossible without links.
    """
    rule = current()
    try:
        data = mart.newest()
    except (NoMart, MartDamaged):
        raise NotPossible("There are no links yet: bring answers and tickets first.") from None
    if data.response_ticket is None or data.rule is None or data.rule.version != rule.version:
        raise NotPossible("The answers are being linked anew: try again when that is done.")
    links = data.response_ticket.filter(data.response_ticket.primary)
    counted = links.group_by("tier").agg(n=links.count()).to_pyarrow().to_pylist()
    there = {row["tier"]: row["n"] for row in counted}
    if not any(there.get(tier) for tier in PRIMARY):
        raise NotPossible("No answer is tied to a ticket yet: there is nothing to judge.")
    with transaction.atomic():
        mine = LinkCheck.objects.filter(rule_version=rule.version)
        have = {row["tier"]: row["n"] for row in mine.values("tier").annotate(n=Count("pk"))}
        unsure = mine.filter(tier__in=PRIMARY, verdict=Verdict.UNSURE).count()
        wanted = _shares(there, total=ENOUGH + unsure) | {"T3": ACCOUNTS_ONLY}
        fresh = []
        for tier, number in wanted.items():
            if number > have.get(tier, 0) and there.get(tier):
                fresh += _some(links, tier, number, seed=rule.version, but=set(mine.values_list("response", "ticket")))
        # in the order of their lot, so that who stops early has judged a sample of all tiers
        fresh.sort(key=lambda row: row["lot"])
        last = mine.aggregate(last=Max("place"))["last"] or 0
        drawn = [
            LinkCheck(rule_version=rule.version, place=last + 1 + i, tier=row["tier"],
                      response=int(row["response"]), ticket=int(row["ticket"]))
            for i, row in enumerate(fresh)
        ]  # fmt: skip
        LinkCheck.objects.bulk_create(drawn, ignore_conflicts=True)  # who draws at the same time draws the same
    return len(fresh)


def _shares(there: Mapping[str, int], *, total: int) -> dict[str, int]:
    """How many of T1 and of T2: as many as their share, and at least FEWEST_OF_A_TIER where there are so many."""
    sizes = {tier: there.get(tier, 0) for tier in PRIMARY if there.get(tier)}
    everything = sum(sizes.values())
    found = {tier: max(FEWEST_OF_A_TIER, round(total * size / everything)) for tier, size in sizes.items()}
    largest = max(sizes, key=lambda tier: sizes[tier])
    found[largest] -= sum(found.values()) - total
    return {tier: min(number, sizes[tier]) for tier, number in found.items()}


def _some(links: ir.Table, tier: str, number: int, *, seed: int, but: set[tuple[int, int]]) -> list[dict]:
    lot = (links.response + ":" + links.ticket + f":{seed}").hash()
    rows = links.filter(links.tier == tier).select("tier", "response", "ticket", lot=lot)
    found = rows.order_by("lot").limit(number).to_pyarrow().to_pylist()
    return [row for row in found if (int(row["response"]), int(row["ticket"])) not in but]


def upcoming(*, check: int | None = None) -> Case | None:
    """The link to be judged next, or that one again; None when all are. Links whose answer is gone are passed over."""
    checks = LinkCheck.objects.filter(rule_version=current().version).order_by("place")
    checks = checks.filter(pk=check) if check else checks.filter(verdict="")
    for one in checks.iterator(chunk_size=50):
        response = Response.objects.select_related("survey", "account", "contact").filter(pk=one.response).first()
        ticket = Ticket.objects.select_related("account", "contact").filter(pk=one.ticket).first()
        if response and ticket:
            return Case(one, response, ticket, one.place)
        LinkCheck.objects.filter(pk=one.pk, verdict="").update(verdict=Verdict.UNSURE)
    return None


def judge(*, check: int, verdict: str, by: User | None, now: datetime) -> LinkCheck:
    """Did that ticket make that answer? A later word of the same or another person replaces it.

    Raises NotFound, NotPossible for a word that is not yes, no or unsure.
    """
    if verdict not in Verdict.values:
        raise NotPossible("Say yes, no or unsure.")
    changed = LinkCheck.objects.filter(pk=check).update(verdict=verdict, judged_by=by, judged_at=now)
    if not changed:
        raise NotFound("There is no such link to be judged.")
    return LinkCheck.objects.get(pk=check)
