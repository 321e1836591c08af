"""Who is who: doubtful pairs side by side for a person to decide, and merges that can be taken back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from nineplus.rules.identity import REASONS
from nineplus.stages.connect.identity import reviewing, taking_back
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Merge
from nineplus.web.page import page, reads, writes

_NEXT = 20
_MERGES = 50


@reads("analyst")
def connections_who(request: HttpRequest) -> HttpResponse:
    """The likeliest pair in full, those after it as a list."""
    table, reason = request.GET.get("table", ""), request.GET.get("reason", "")
    waiting = reviewing.waiting(table=table, reason=reason)
    wanted = request.GET.get("pair", "")
    found = reviewing.pairs(list(waiting[:_NEXT]))
    if wanted.isdecimal():
        chosen = [pair for pair in found if pair.match.pk == int(wanted)]
        chosen = chosen or reviewing.pairs(list(waiting.filter(pk=int(wanted))))
        found = [*chosen, *(pair for pair in found if pair.match.pk != int(wanted))]
    return page(
        request,
        "connections/who.html",
        title="Who is who",
        pair=found[0] if found else None,
        later=found[1:],
        reasons=reviewing.reasons(),
        number=waiting.count(),
        table=table,
        reason=reason,
        words=REASONS.get(reason, ""),
        query=_kept(table, reason),
        merged=Merge.objects.exclude(table="works").exists(),
    )


@writes("analyst")
def connections_who_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Same, different or later; then the next pair."""
    now, by, said = timezone.now(), request.user.pk, request.POST.get("said", "")
    kept = request.POST.get("kept", "")
    said = "same" if kept else said
    try:
        if said == "same":
            done = reviewing.accept(pk, kept=int(kept) if kept.isdecimal() else None, by=by, now=now)
            messages.success(request, f"They are one now. It can be taken back: merge {done.pk}.")
        elif said == "different":
            reviewing.refuse(pk, by=by, now=now)
        elif said == "later":
            reviewing.put_off(pk, by=by, now=now)
        else:
            messages.error(request, "Say same, different or later.")
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect(reverse("connections-who") + _kept(request.POST.get("table", ""), request.POST.get("reason", "")))


@writes("analyst")
def connections_who_all(request: HttpRequest) -> HttpResponse:
    """All pairs of one reason are the same."""
    try:
        number = reviewing.accept_all(
            table=request.POST.get("table", ""),
            reason=request.POST.get("reason", ""),
            by=request.user.pk,
            now=timezone.now(),
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{number} pair{'' if number == 1 else 's'} joined. Each can be taken back.")
    return redirect("connections-who")


@reads("analyst")
def connections_who_merged(request: HttpRequest) -> HttpResponse:
    """What was joined, by whom and why, the newest first."""
    before, works = request.GET.get("before", ""), request.GET.get("table") == "works"
    rows = reviewing.merges(table="works" if works else "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=min(int(before), 2**63 - 1))
    found = list(rows[: _MERGES + 1])
    return page(
        request,
        "connections/merged.html",
        title="Joined",
        merges=reviewing.in_words(found[:_MERGES]),
        older=found[_MERGES - 1].pk if len(found) > _MERGES else None,
        works=works,
    )


@writes("analyst")
def connections_who_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    try:
        done = taking_back.undo(pk, by=request.user.pk, now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "They are apart again, and will not be suggested any more.")
        if left := sum(done.left.values()):
            messages.warning(request, f"{left} of what had moved was changed since: it stays where it is.")
    works = "?table=works" if request.POST.get("table") == "works" else ""
    return redirect(reverse("connections-who-merged") + works)


def _kept(table: str, reason: str) -> str:
    pairs = [pair for pair in (("table", table), ("reason", reason)) if pair[1]]
    return "?" + urlencode(pairs) if pairs else ""
