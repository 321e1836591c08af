"""Advocates: who speaks for us and what it was worth; referrals, and rewards that wait for a look."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.render import numbers
from nineplus.stages.act.advocates import budgets, conversion, leads, limits, programmes, reading, rewards
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Act, Reward
from nineplus.store.models.advocates import ActStage
from nineplus.store.models.asking import CodePool
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.pages.programmes import amount, number

_MOST = 50
_IN_HAND = (ActStage.AGREED, ActStage.DOING)


@reads("agent")
def advocates(request: HttpRequest) -> HttpResponse:
    """How many promoters do something for us, the programmes, what is in hand and with whom, referrals and rewards."""
    now = timezone.now()
    rows = Act.objects.select_related("contact__account", "programme", "owner").filter(stage__in=_IN_HAND)
    converted = conversion.conversion(now=now)
    standings = programmes.every()
    return page(
        request,
        "advocates/list.html",
        title="Advocates",
        says=_says(converted),
        standings=[(one, budgets.budget(one.programme, now=now)) for one in standings],
        in_hand=rows.order_by("changed_at", "pk")[:_MOST],
        in_hand_all=rows.count(),
        mine=rows.filter(owner=request.user).count(),
        leads=reading.referrals().order_by("-pk")[:_MOST],
        waiting=rewards.requests(),
        rewards=Reward.objects.order_by("name"),
        pools=CodePool.objects.order_by("name"),
        kinds=KINDS.values(),
        limits=[(kind, limits.limits().get(kind.name)) for kind in KINDS.values()],
        converted=converted,
        currency=preferences().currency,
        all_programmes=[one.programme for one in standings],
    )


def _says(converted: conversion.Conversion) -> str:
    """The share of promoters who did something, in a sentence; empty while nobody is known."""
    share = converted.all
    if share.value is None or share.low is None or share.high is None:
        return ""
    late = f"; {numbers.number(share.not_known)} more answered too lately to know" if share.not_known else ""
    one = share.known == 1
    return (
        f"{numbers.number(share.did)} of the {numbers.number(share.known)} promoter{'' if one else 's'} of "
        f"{converted.year} did something for you within 90 days: {numbers.share(share.value)} "
        f"({numbers.share(share.low)} to {numbers.share(share.high)}){late}."
    )


@writes("agent")
def advocates_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """A referral was won or lost, or is open again."""
    given, now = request.POST, timezone.now()

    def act() -> None:
        if given.get("won") == "open":
            leads.reopen(pk, by=request.user, now=now)
            return
        currency = given.get("currency", "") or preferences().currency
        won, minor = given.get("won") == "yes", amount(given.get("value", ""), currency)
        leads.settle(pk, won=won, value_minor=minor if won else None, currency=currency, by=request.user, now=now)

    return carried_out(request, act, done="Kept.", then="advocates")


@writes("analyst")
def advocates_reward(request: HttpRequest) -> HttpResponse:
    given = request.POST

    def act() -> None:
        rewards.offer(
            name=given.get("name", ""),
            points=number(given.get("points", "")) or 0,
            cost_minor=amount(given.get("cost", ""), given.get("currency", "")) or 0,
            currency=given.get("currency", ""),
            budget_minor=amount(given.get("budget", ""), given.get("currency", "")) or 0,
            pool=number(given.get("pool", "")),
            programme=number(given.get("programme", "")),
        )

    return carried_out(request, act, done="The reward is offered.", then="advocates")


@writes("analyst")
def advocates_limits(request: HttpRequest) -> HttpResponse:
    """How much of each kind one person does in a quarter at most."""

    def act() -> None:
        given = {name: number(request.POST.get(name, "")) for name in KINDS}
        limits.set_all({name: most for name, most in given.items() if most is not None})

    return carried_out(request, act, done="Kept.", then="advocates")


@writes("analyst")
def advocates_redemption(request: HttpRequest, pk: int) -> HttpResponse:
    given = request.POST
    give = given.get("give") == "yes"
    action: Callable[[], object] = lambda: rewards.settle(  # noqa: E731
        pk, give=give, why=given.get("why", ""), code=given.get("code", ""), by=request.user, now=timezone.now()
    )
    return carried_out(request, action, done="Kept.", then="advocates")
