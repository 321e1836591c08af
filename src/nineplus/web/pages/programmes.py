"""Programmes: drawn up and changed on a page of their own, who would be asked, asked, and what each person did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.rules.advocates import PERIODS
from nineplus.stages.act.advocates import acts, asking, budgets, choosing, programmes, trying
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.act.cases import owning
from nineplus.stages.act.changes.words import filled
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Act, Contact, Programme, User
from nineplus.store.models.advocates import ActStage
from nineplus.web import typed
from nineplus.web.page import carried_out, page, reads, writes

STAGES = [one for one in ActStage if one != ActStage.SKIPPED]
_ON_A_PAGE = 50
_SHOWN = 20
_FIRST_SCORE = {"review": None}
"""Promoters are asked, but for a review, which everyone is asked for."""


@reads("agent")
def advocates_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One programme: who would be asked now, and who was."""
    programme, now = programmes.one(pk), timezone.now()
    shown = asking.preview(programme, now=now)
    stage = request.GET.get("stage", "")
    rows = Act.objects.select_related("contact__account", "owner").filter(programme=programme)
    rows = rows.filter(stage=stage) if stage in ActStage else rows.exclude(stage=ActStage.SKIPPED)
    some = Paginator(rows.order_by("-changed_at", "-pk"), _ON_A_PAGE).get_page(request.GET.get("page"))
    asked = choosing.chosen(programme, now=now).asked[:_SHOWN] if shown.reached else ()
    first = Contact.objects.select_related("account").filter(pk__in=asked).order_by("pk")
    words = programme.words[programme.language]
    name = next((one.name for one in first if one.name), "Ada Example")
    values = {"name": name.split()[0], "company": preferences().company, "said": ""}
    standing = programmes.standing(programme)
    return page(
        request,
        "advocates/one.html",
        title=programme.name,
        programme=programme,
        kind=KINDS[programme.kind],
        standing=standing,
        budget=budgets.budget(programme, now=now),
        letter={part: filled(text, values) for part, text in words.items()},
        preview=shown,
        first=first,
        refused=[(asking.REASONS[why], number) for why, number in shown.refused.items()],
        some=some,
        stage=stage,
        stages=[(one.value, one.label, standing.stages.get(one, 0)) for one in STAGES],
        people=owning.able(),
        currency=preferences().currency,
    )


@reads("analyst")
def advocates_new(request: HttpRequest) -> HttpResponse:
    """A programme to be drawn up: the kind first, then a letter to begin with."""
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None:
        return page(request, "advocates/kinds.html", title="New programme", kinds=KINDS.values())
    score = _FIRST_SCORE.get(kind.name, 9)
    given = {
        "kind": kind.name,
        "name": kind.title,
        "subject": kind.subject,
        "text": kind.text,
        "least_score": "" if score is None else str(score),
        **{name: str(getattr(programmes.USUAL, name)) for name in (*programmes.TERMS, "points")},
    }
    return _form(request, given, pk=None)


@writes("analyst")
def advocates_create(request: HttpRequest) -> HttpResponse:
    return _saved(request, pk=None, done="Kept. Nobody is asked before you switch it on and ask.")


@reads("analyst")
def advocates_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, _of(programmes.one(pk)), pk=pk)


@writes("analyst")
def advocates_change(request: HttpRequest, pk: int) -> HttpResponse:
    return _saved(request, pk=pk, done="Kept. Letters that went out stay as they were.")


@writes("analyst")
def advocates_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    return carried_out(request, lambda: programmes.switch(pk, on=on), done="", then="advocates-one", pk=pk)


@writes("analyst")
def advocates_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as an advocate would get it, to whoever is logged in or the address they name."""
    to = request.POST.get("to", "").strip() or request.user.email
    return carried_out(
        request,
        lambda: trying.send_test(pk, to=to, by=request.user, now=timezone.now()),
        done=f"On its way to {to}. Its links keep nothing.",
        then="advocates-one",
        pk=pk,
    )


@writes("analyst")
def advocates_ask(request: HttpRequest, pk: int) -> HttpResponse:
    done = "They are being written to; the worker sends the letters."
    return carried_out(request, lambda: asking.begin(pk, now=timezone.now()), done=done, then="advocates-one", pk=pk)


@writes("agent")
def advocates_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One act: another stage, an owner, and what the deal was worth that it helped to win."""
    given = request.POST

    def act() -> None:
        now, minor = timezone.now(), amount(given.get("value", ""), given.get("currency", ""))
        if "owner" in given:
            owner = number(given["owner"])
            acts.give_to(pk, owner=User.objects.filter(pk=owner).first(), by=request.user, now=now)
        if minor is not None:
            acts.worth(pk, value_minor=minor, currency=given.get("currency", ""), now=now)
        stage, note = given.get("stage", ""), given.get("note", "")
        if stage != acts.one(pk).stage or note.strip():
            acts.move(pk, stage=stage, note=note, by=request.user, now=now)

    programme = Act.objects.filter(pk=pk).values_list("programme", flat=True).first()
    then = "advocates-one" if programme else "advocates"
    return carried_out(request, act, done="Kept.", then=then, pk=programme)


def _form(request: HttpRequest, given: Mapping[str, str], *, pk: int | None, problem: str = "") -> HttpResponse:
    kind = KINDS.get(given.get("kind", ""))
    if kind is None:
        raise NotFound("There is no such kind of programme.")
    return page(
        request,
        "advocates/edit.html",
        status=400 if problem else 200,
        title=f"New programme: {kind.title}" if pk is None else given.get("name", ""),
        kind=kind,
        given=given,
        pk=pk,
        problem=problem,
        periods=PERIODS,
        currency=preferences().currency,
        attributes=sorted(programmes.types()),
    )


def _saved(request: HttpRequest, *, pk: int | None, done: str) -> HttpResponse:
    given = request.POST
    try:
        drawn = _drawn(given if pk is None else _with_kind(given, programmes.one(pk).kind))
        currency = given.get("currency", "") or preferences().currency
        minor = amount(given.get("budget", ""), currency)
        with transaction.atomic():
            made = programmes.save(drawn, pk=pk, by=request.user, now=timezone.now())
            period = given.get("period") or "month"
            budgets.set_budget(made.pk, budget_minor=minor, currency=currency.upper(), period=period)
    except NotFound:
        raise
    except NotPossible as problem:
        typed = {name: str(value) for name, value in given.items()}
        if pk is not None:
            typed["kind"] = programmes.one(pk).kind
        return _form(request, typed, pk=pk, problem=str(problem))
    messages.success(request, done)
    return redirect("advocates-one", made.pk)


def _with_kind(given: QueryDict, kind: str) -> QueryDict:
    copy = given.copy()
    copy["kind"] = kind
    return copy


def _drawn(given: QueryDict) -> programmes.Drawn:
    name = given.get("attribute", "").strip()
    return programmes.Drawn(
        kind=given.get("kind", ""),
        name=given.get("name", ""),
        subject=given.get("subject", ""),
        text=given.get("text", "").replace("\r\n", "\n"),
        audience=({"attribute": name, "values": [given.get("value", "")]},) if name else (),
        least_score=number(given.get("least_score", "")),
        cool_off_days=number(given.get("cool_off_days", "")) or 0,
        answers_within_days=number(given.get("answers_within_days", "")) or programmes.USUAL.answers_within_days,
        asks_in_90_days=number(given.get("asks_in_90_days", "")) or 1,
        rest_days=number(given.get("rest_days", "")) or 0,
        link=given.get("link", ""),
        points=number(given.get("points", "")) or 0,
    )


def _of(programme: Programme) -> dict[str, str]:
    """What the form shows of it."""
    words = programme.words[programme.language]
    condition: Mapping[str, Any] = next(iter(programme.audience), {})
    return {
        "kind": programme.kind,
        "name": programme.name,
        "subject": words["subject"],
        "text": words["text"],
        "attribute": condition.get("attribute", ""),
        "value": next(iter(condition.get("values", [])), ""),
        "least_score": "" if programme.least_score is None else str(programme.least_score),
        **{name: str(getattr(programme, name)) for name in programmes.TERMS},
        "link": programme.link,
        "points": str(programme.points),
        "budget": typed.minor_shown(programme.budget_minor, programme.budget_currency),
        "currency": programme.budget_currency,
        "period": programme.budget_period,
    }


def number(text: str) -> int | None:
    """A whole number; None for nothing. Raises NotPossible."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise NotPossible(f"{text[:40]!r} is not a whole number.")
    return int(text)


def amount(text: str, currency: str) -> int | None:
    """An amount in minor units of the currency; None for nothing. Raises NotPossible."""
    if not text.strip():
        return None
    if (found := typed.minor(text, currency.strip().upper())) < 0:
        raise NotPossible("An amount of money is not negative.")
    return found
