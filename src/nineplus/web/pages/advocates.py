"""Advocates: programmes, who is asked, how far each act is, referrals, rewards and what it was all worth."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.rules.advocates import REASONS
from nineplus.stages.act.advocates import acts, asking, leads, programmes, rewards
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Act, Lead, Redemption, Reward
from nineplus.store.models.advocates import ActStage
from nineplus.store.models.asking import CodePool
from nineplus.web.page import carried_out, page, reads, writes

_MOST = 200
_STAGES = [one for one in ActStage if one != ActStage.SKIPPED]


@reads("agent")
def advocates(request: HttpRequest) -> HttpResponse:
    """The board, the programmes with what they bring, referrals, and rewards that wait."""
    rows = Act.objects.select_related("contact__account", "programme").order_by("-changed_at", "-pk")
    return page(
        request,
        "advocates/list.html",
        title="Advocates",
        standings=programmes.every(),
        board=[(one.label, rows.filter(stage=one).count(), rows.filter(stage=one)[:_MOST]) for one in _STAGES],
        leads=Lead.objects.select_related("advocate__contact").order_by("-pk")[:_MOST],
        waiting=Redemption.objects.select_related("reward", "advocate__contact").filter(state="waiting"),
        rewards=Reward.objects.order_by("name"),
        pools=CodePool.objects.order_by("name"),
        kinds=KINDS.values(),
    )


@reads("agent")
def advocates_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One programme: who would be asked now, and who was."""
    programme = programmes.one(pk)
    rows = Act.objects.select_related("contact__account").filter(programme=programme)
    shown = asking.preview(programme, now=timezone.now())
    return page(
        request,
        "advocates/one.html",
        title=programme.name,
        programme=programme,
        kind=KINDS[programme.kind],
        standing=programmes.standing(programme),
        letter=programme.words[programme.language],
        preview=shown,
        refused=[(asking.REASONS[why], number) for why, number in shown.refused.items()],
        acts=[(one, asking.REASONS.get(one.why, "")) for one in rows.order_by("-changed_at", "-pk")[:_MOST]],
        stages=[(one.value, one.label) for one in _STAGES],
        reasons=REASONS,
    )


@writes("analyst")
def advocates_create(request: HttpRequest) -> HttpResponse:
    given = request.POST

    def act() -> None:
        name = given.get("attribute", "").strip()
        programmes.save(
            programmes.Drawn(
                kind=given.get("kind", ""),
                name=given.get("name", ""),
                subject=given.get("subject", ""),
                text=given.get("text", "").replace("\r\n", "\n"),
                audience=({"attribute": name, "values": [given.get("value", "")]},) if name else (),
                least_score=_number(given.get("least_score", "")),
                cool_off_days=_number(given.get("cool_off_days", "")) or 0,
                asks_in_90_days=_number(given.get("asks_in_90_days", "")) or 1,
                link=given.get("link", ""),
                points=_number(given.get("points", "")) or 0,
            ),
            by=request.user,
            now=timezone.now(),
        )

    return carried_out(request, act, done="Kept. Nobody is asked before you switch it on and ask.", then="advocates")


@writes("analyst")
def advocates_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    return carried_out(request, lambda: programmes.switch(pk, on=on), done="", then="advocates-one", pk=pk)


@writes("analyst")
def advocates_ask(request: HttpRequest, pk: int) -> HttpResponse:
    done = "They are being written to; the worker sends the letters."
    return carried_out(request, lambda: asking.begin(pk, now=timezone.now()), done=done, then="advocates-one", pk=pk)


@writes("agent")
def advocates_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one act into another stage, with what the deal was worth that it helped to win."""
    given = request.POST

    def act() -> None:
        minor = _minor(given.get("value", ""))
        if minor is not None:
            acts.worth(pk, value_minor=minor, currency=given.get("currency", ""), now=timezone.now())
        stage, note = given.get("stage", ""), given.get("note", "")
        acts.move(pk, stage=stage, note=note, by=request.user, now=timezone.now())

    programme = Act.objects.filter(pk=pk).values_list("programme", flat=True).first()
    then = "advocates-one" if programme else "advocates"
    return carried_out(request, act, done="Kept.", then=then, pk=programme)


@writes("agent")
def advocates_lead(request: HttpRequest, pk: int) -> HttpResponse:
    given = request.POST

    def act() -> None:
        won, minor = given.get("won") == "yes", _minor(given.get("value", ""))
        leads.settle(
            pk,
            won=won,
            value_minor=minor if won else None,
            currency=given.get("currency", ""),
            by=request.user,
            now=timezone.now(),
        )

    return carried_out(request, act, done="Kept.", then="advocates")


@writes("analyst")
def advocates_reward(request: HttpRequest) -> HttpResponse:
    given = request.POST

    def act() -> None:
        rewards.offer(
            name=given.get("name", ""),
            points=_number(given.get("points", "")) or 0,
            cost_minor=_minor(given.get("cost", "")) or 0,
            currency=given.get("currency", ""),
            budget_minor=_minor(given.get("budget", "")) or 0,
            pool=_number(given.get("pool", "")),
        )

    return carried_out(request, act, done="The reward is offered.", then="advocates")


@writes("analyst")
def advocates_redemption(request: HttpRequest, pk: int) -> HttpResponse:
    given = request.POST
    give = given.get("give") == "yes"
    action: Callable[[], object] = lambda: rewards.settle(  # noqa: E731
        pk, give=give, why=given.get("why", ""), code=given.get("code", ""), by=request.user, now=timezone.now()
    )
    return carried_out(request, action, done="Kept.", then="advocates")


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise NotPossible(f"{text[:40]!r} is not a whole number.")
    return int(text)


def _minor(text: str) -> int | None:
    """An amount with at most two decimals, in minor units."""
    text = text.strip()
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdecimal()) or len(whole) > 12 or len(part) > 2:
        raise NotPossible(f"{text[:40]!r} is not an amount. Write it as 1200.50.")
    if part and not (part.isascii() and part.isdecimal()):
        raise NotPossible(f"{text[:40]!r} is not an amount. Write it as 1200.50.")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)
