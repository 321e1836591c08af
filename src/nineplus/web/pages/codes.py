"""Settings: codes that are given as a thank-you."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.stages.capture.answering import pools
from nineplus.stages.errors import NotPossible
from nineplus.web.page import carried_out, page, reads, writes


@reads("analyst")
def settings_codes(request: HttpRequest) -> HttpResponse:
    return _codes(request)


def _codes(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    """The page; after a refusal with what was typed."""
    return page(
        request,
        "settings/codes.html",
        status=400 if problem else 200,
        title="Thank-you codes",
        section="codes",
        pools=pools.pools(),
        problem=problem,
        given=request.POST,
    )


@writes("analyst")
def settings_codes_add(request: HttpRequest) -> HttpResponse:
    try:
        pools.create_pool(name=request.POST.get("name", ""), worth=request.POST.get("worth", ""), now=timezone.now())
    except NotPossible as problem:
        return _codes(request, problem=str(problem))
    messages.success(request, "Made. Now put codes into it.")
    return redirect("settings-codes")


@writes("analyst")
def settings_codes_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Codes from the text field, one a line."""
    try:
        filled = pools.fill(pool_id=pk, lines=request.POST.get("codes", "").splitlines())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        known = f" {filled.known} were there already." if filled.known else ""
        refused = f" {filled.refused} cannot be used: a code has at most 120 characters." if filled.refused else ""
        messages.success(request, f"{filled.added} codes added.{known}{refused}")
    return redirect("settings-codes")


@writes("analyst")
def settings_codes_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: pools.remove_pool(pool_id=pk), done="Taken away.", then="settings-codes")
