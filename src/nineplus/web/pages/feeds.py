"""Settings → Feeds: survey tools that send their answers here as they are given, and what could not be used of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.stages.connect import feeds
from nineplus.stages.errors import NotPossible
from nineplus.store.models.capture import Touchpoint
from nineplus.web.page import carried_out, page, reads, writes


@reads("owner")
def settings_feeds(request: HttpRequest) -> HttpResponse:
    return _all(request)


@never_cache
@sensitive_post_parameters("secret")
@writes("owner")
def settings_feeds_add(request: HttpRequest) -> HttpResponse:
    given = request.POST
    try:
        made = feeds.add(
            kind=given.get("kind", ""),
            name=given.get("name", ""),
            survey=given.get("survey", ""),
            touchpoint=given.get("touchpoint", Touchpoint.CUSTOM),
            secret=given.get("secret", "").strip(),
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _all(request, problem=str(problem), given=given)
    return _all(request, made=made, own=bool(given.get("secret", "").strip()))


@reads("owner")
def settings_feeds_one(request: HttpRequest, pk: int) -> HttpResponse:
    feed = feeds.find(pk)
    plug = feeds.kinds().get(feed.kind)
    return page(
        request,
        "settings/feed.html",
        title=feed.name,
        section="feeds",
        feed=feed,
        plug=plug,
        address=feeds.address(feed),
        fields=[(field, feed.settings.get(field.name, "")) for field in plug.fields] if plug else [],
        calls=feeds.unusable(feed),
    )


@sensitive_post_parameters("secret")
@writes("owner")
def settings_feeds_change(request: HttpRequest, pk: int) -> HttpResponse:
    given = request.POST

    def change() -> None:
        told = {name.removeprefix("set-"): value for name, value in given.items() if name.startswith("set-")}
        feeds.change(
            pk,
            name=given.get("name"),
            survey=given.get("survey"),
            settings=told,
            secret=given.get("secret", "").strip(),
        )

    return carried_out(request, change, done="Kept.", then="settings-feeds-one", pk=pk)


@writes("owner")
def settings_feeds_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    done = "Its calls are taken." if on else "Its calls are refused until it is switched on."
    return carried_out(request, lambda: feeds.change(pk, on=on), done=done, then="settings-feeds-one", pk=pk)


@writes("owner")
def settings_feeds_again(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        taken = feeds.again(feeds.find(pk), now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{taken} of them are answers now.")
    return redirect("settings-feeds-one", pk)


@writes("owner")
def settings_feeds_remove(request: HttpRequest, pk: int) -> HttpResponse:
    done = "It is taken off. Its answers stay."
    return carried_out(request, lambda: feeds.remove(pk), done=done, then="settings-feeds")


def _all(
    request: HttpRequest,
    *,
    problem: str = "",
    given: Mapping[str, str] | None = None,
    made: feeds.NewFeed | None = None,
    own: bool = False,
) -> HttpResponse:
    return page(
        request,
        "settings/feeds.html",
        status=400 if problem else 200,
        title="Feeds",
        section="feeds",
        feeds=feeds.every(),
        kinds=feeds.kinds(),
        touchpoints=Touchpoint.choices,
        problem=problem,
        given=given or {},
        made=made,
        own=own,
        address=feeds.address(made.feed) if made else "",
    )
