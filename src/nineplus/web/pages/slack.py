"""Settings of Slack and Teams: the app, the channels, what goes where."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.connectors.slack.manifest import manifest
from nineplus.stages.act.chat import outbox, personal, places, telling, workspace
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible
from nineplus.stages.share.chat import digests
from nineplus.store.models.chat import Digest, PlaceKind
from nineplus.web.page import carried_out, page, reads, writes


@reads("owner")
def settings_slack(request: HttpRequest) -> HttpResponse:
    return _all(request)


@sensitive_post_parameters("token", "signing")
@writes("owner")
def settings_slack_connect(request: HttpRequest) -> HttpResponse:
    """Use this app, after asking Slack whether it knows it."""
    try:
        held = workspace.connect(token=request.POST.get("token", ""), signing=request.POST.get("signing", ""))
    except NotPossible as problem:
        return _all(request, problem=str(problem))
    messages.success(request, f"Connected with {held.name or 'the workspace'}. Now choose a channel.")
    return redirect("settings-slack")


@writes("owner")
def settings_slack_forget(request: HttpRequest) -> HttpResponse:
    return carried_out(request, workspace.forget, done="The app is forgotten here.", then="settings-slack")


@sensitive_post_parameters("url")
@writes("owner")
def settings_slack_add(request: HttpRequest) -> HttpResponse:
    given = request.POST
    try:
        place = places.add(
            kind=given.get("kind", ""),
            name=given.get("name", ""),
            channel=given.get("channel", ""),
            url=given.get("url", ""),
            wants=given.getlist("wants"),
            digest=given.get("digest", ""),
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _all(request, problem=str(problem), given=given, chosen=given.getlist("wants"))
    messages.success(request, "Added. Send a test message to see that it works.")
    return redirect("settings-slack-one", place.pk)


@reads("owner")
def settings_slack_one(request: HttpRequest, pk: int) -> HttpResponse:
    place = places.find(pk)
    seen = next(one for one in places.every() if one.place.pk == place.pk)
    return page(
        request,
        "settings/slack_one.html",
        title=place.name,
        section="slack",
        place=place,
        seen=seen,
        parked=places.parked(place),
        wants=[(name, words, name in place.wants) for name, words in places.WANTS.items()],
        digests=Digest.choices,
    )


@writes("owner")
def settings_slack_change(request: HttpRequest, pk: int) -> HttpResponse:
    given = request.POST

    def change() -> None:
        wants = given.getlist("wants")
        places.change(pk, name=given.get("name", ""), wants=wants, digest=given.get("digest", ""))

    return carried_out(request, change, done="Saved.", then="settings-slack-one", pk=pk)


@writes("owner")
def settings_slack_test(request: HttpRequest, pk: int) -> HttpResponse:
    place = places.find(pk)
    try:
        messages.success(request, outbox.test(place, now=timezone.now()))
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("settings-slack-one", pk)


@writes("owner")
def settings_slack_again(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: places.try_again(pk, now=timezone.now()),
        done="What was not taken is tried again.",
        then="settings-slack-one",
        pk=pk,
    )


@writes("owner")
def settings_slack_digest(request: HttpRequest, pk: int) -> HttpResponse:
    """A digest at once, to see what it is like."""

    def send() -> None:
        place, now = places.find(pk), timezone.now()
        said = digests.digest(days=1 if place.digest == Digest.DAILY else 7, now=now)
        telling.say(place, said, key=f"digest {now.isoformat()}", what="digest", now=now)

    return carried_out(request, send, done="A digest is on its way.", then="settings-slack-one", pk=pk)


@writes("owner")
def settings_slack_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: places.remove(pk), done="Removed.", then="settings-slack")


def _all(request: HttpRequest, **more: object) -> HttpResponse:
    try:
        described = manifest(addresses.base().rstrip("/"))
    except NotPossible:
        described = ""
    seen, (direct, lost) = places.every(), personal.people()
    return page(
        request,
        "settings/slack.html",
        status=400 if "problem" in more else 200,
        title="Slack",
        section="slack",
        held=workspace.held(),
        manifest=described,
        direct=direct,
        lost=lost,
        reachable=described.count("https://") > 0,
        places=seen,
        says=_says(seen),
        kinds=PlaceKind.choices,
        wants=places.WANTS.items(),
        digests=Digest.choices,
        **{"chosen": (places.CASES, "overdue_case", "high_value_detractor"), **more},
    )


def _says(seen: Sequence[places.Seen]) -> str:
    broken = sum(1 for one in seen if one.place.error)
    parked = sum(one.parked for one in seen)
    said = f"{len(seen)} channel{'s are' if len(seen) > 1 else ' is'} written to"
    if broken:
        return f"{said}; {broken} of them do{'es' if broken == 1 else ''} not work."
    return (
        f"{said}; {parked} message{'s were' if parked > 1 else ' was'} not taken."
        if parked
        else f"{said}, and nothing is amiss."
    )
