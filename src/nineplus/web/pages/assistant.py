"""The assistant: its settings, and asking it for a name or a summary, with what would be sent shown before."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.stages.analyze.comments import assisting
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import assistant
from nineplus.text.endpoint import Request
from nineplus.web import filter_bar
from nineplus.web.page import carried_out, page, reads, writes


@reads("owner")
def settings_assistant(request: HttpRequest) -> HttpResponse:
    """Where the language model is, if there is one."""
    return _settings(request, assistant.held().shown)


def _settings(request: HttpRequest, values: Mapping[str, str], *, problem: str = "") -> HttpResponse:
    held = assistant.held()
    fields = [
        {
            "field": field,
            "id": f"setting_{field.name}",
            "value": "" if field.type == "secret" else values.get(field.name, field.default),
            "fault": problem if problem.startswith(f"{field.title} ") else "",
        }
        for field in assistant.FIELDS
    ]
    return page(
        request,
        "settings/assistant.html",
        status=400 if problem else 200,
        title="Assistant",
        section="assistant",
        fields=fields,
        sender=held.has_key,  # the form then says that a key left empty stays
        held=held,
        problem=problem if not any(row["fault"] for row in fields) else "",
    )


@sensitive_post_parameters()
@writes("owner")
def settings_assistant_change(request: HttpRequest) -> HttpResponse:
    given = {field.name: request.POST.get(f"setting_{field.name}", "") for field in assistant.FIELDS}
    try:
        held = assistant.change(given)
    except NotPossible as problem:
        return _settings(request, given, problem=str(problem))
    messages.success(request, "Saved. Test it." if held.on else "Saved. It is switched off.")
    return redirect("settings-assistant")


@writes("owner")
def settings_assistant_test(request: HttpRequest) -> HttpResponse:
    """Three made-up comments, no customer's."""
    try:
        messages.success(request, assistant.test())
    except NotPossible as problem:
        messages.error(request, str(problem))
    return redirect("settings-assistant")


@writes("owner")
def settings_assistant_forget(request: HttpRequest) -> HttpResponse:
    return carried_out(request, assistant.forget, done="Forgotten, with its key.", then="settings-assistant")


@never_cache
@reads("analyst")
def themes_topic_suggest(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be sent to have this topic named."""
    return _shown(request, assisting.name_of(pk), **_topic(pk))


@never_cache
@writes("analyst")
def themes_topic_suggest_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send that; the name that comes back stands in the form, and is nobody's until somebody takes it."""
    return _sent(request, assisting.name_of(pk), **_topic(pk))


@never_cache
@reads("analyst")
def themes_sum_up(request: HttpRequest, slug: str) -> HttpResponse:
    """What would be sent to have summed up what is said of this theme."""
    return _shown(request, _summary(request, slug), **_theme(request, slug))


@never_cache
@writes("analyst")
def themes_sum_up_send(request: HttpRequest, slug: str) -> HttpResponse:
    """Send that, and show the summary with the comments that it rests on. It is not kept."""
    return _sent(request, _summary(request, slug), **_theme(request, slug))


def _summary(request: HttpRequest, slug: str) -> Request:
    return assisting.summary_of(slug, filter=filter_bar.read(request.GET), now=timezone.now())


def _topic(pk: int) -> dict[str, object]:
    return {
        "title": "Suggest a name",
        "decide": reverse("themes-topic-decide", args=[pk]),
        "send": reverse("themes-topic-suggest-send", args=[pk]),
        "again": reverse("themes-topic-suggest", args=[pk]),
        "back": reverse("themes") + "#topics-title",
        "back_title": "Themes",
    }


def _theme(request: HttpRequest, slug: str) -> dict[str, object]:
    from nineplus.web.pages.themes.labels import named

    query = f"?{encoded}" if (encoded := request.GET.urlencode()) else ""
    name = named(slug)
    return {
        "title": f"{name}: what they say, summed up",
        "send": reverse("themes-sum-up-send", args=[slug]) + query,
        "again": reverse("themes-sum-up", args=[slug]) + query,
        "back": reverse("themes-one", args=[slug]) + query,
        "back_title": name,
    }


def _shown(request: HttpRequest, asked: Request, *, problem: str = "", **where: object) -> HttpResponse:
    return page(
        request,
        "themes/ask.html",
        status=409 if problem else 200,
        asked=asked,
        seal=assisting.seal(asked),
        held=assistant.held(),
        problem=problem,
        **where,
    )


def _sent(request: HttpRequest, asked: Request, **where: object) -> HttpResponse:
    try:
        answered = assisting.send(asked, sealed=request.POST.get("seal", ""))
    except Conflict as problem:
        return _shown(request, asked, problem=str(problem), **where)
    return page(
        request,
        "themes/answered.html",
        asked=asked,
        answered=answered,
        rests_on=[asked.comments[number] for number in answered.rests_on],
        held=assistant.held(),
        **where,
    )
