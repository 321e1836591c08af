"""Settings → Webhooks: other systems that are told what happens, and what became of each thing they were told."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotPossible
from nineplus.stages.share import telling, webhooks
from nineplus.stages.share.formats import FORMATS
from nineplus.store.models import Survey
from nineplus.web.page import carried_out, page, reads, writes

_EVENTS = {
    "survey_response.created": "an answer came",
    "survey_response.updated": "an answer changed, or its comment came",
    "unsubscribe.created": "somebody wants no more surveys",
    "theme.rising": "a theme is spoken of more than usual (once a week; Delighted had no such event)",
}


@reads("owner")
def settings_webhooks(request: HttpRequest) -> HttpResponse:
    return _all(request)


@never_cache
@sensitive_post_parameters("secret")
@writes("owner")
def settings_webhooks_add(request: HttpRequest) -> HttpResponse:
    given = request.POST
    try:
        survey = given.get("survey", "")
        made = webhooks.add(
            url=given.get("url", ""),
            name=given.get("name", ""),
            format=given.get("format", "delighted"),
            events=given.getlist("event"),
            survey=surveys.find(int(survey)) if survey.isdecimal() else None,
            secret=given.get("secret", "").strip(),
            now=timezone.now(),
        )
    except NotPossible as problem:
        wrong = "url" if "address" in str(problem) else "secret" if "The secret" in str(problem) else ""
        return _all(request, problem=str(problem), wrong=wrong, given=given, chosen_events=given.getlist("event"))
    return _all(request, made=made, own=bool(given.get("secret", "").strip()))


@reads("owner")
def settings_webhooks_one(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = webhooks.find(pk)
    return page(
        request,
        "settings/webhook.html",
        title=endpoint.name,
        section="webhooks",
        endpoint=endpoint,
        events=[(event, _EVENTS.get(event, event)) for event in endpoint.events],
        log=webhooks.log_of(endpoint),
    )


@writes("owner")
def settings_webhooks_test(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        tried = telling.test(webhooks.find(pk), now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        if tried.taken:
            messages.success(request, f"It answered {tried.status}.")
        else:
            messages.error(request, f"It was not taken. {tried.error}")
    return redirect("settings-webhooks-one", pk)


@writes("owner")
def settings_webhooks_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    done = "It is told again." if on else "It is told nothing until you switch it on."
    return carried_out(request, lambda: webhooks.switch(pk, on=on), done=done, then="settings-webhooks-one", pk=pk)


@writes("owner")
def settings_webhooks_again(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: webhooks.send_again(webhooks.find(pk), now=timezone.now()),
        done="What was not taken is tried again.",
        then="settings-webhooks-one",
        pk=pk,
    )


@writes("owner")
def settings_webhooks_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: webhooks.remove(pk), done="Removed.", then="settings-webhooks")


def _all(request: HttpRequest, **more: object) -> HttpResponse:
    return page(
        request,
        "settings/webhooks.html",
        status=400 if "problem" in more else 200,
        title="Webhooks",
        section="webhooks",
        webhooks=webhooks.every(),
        formats=[(name, one.title) for name, one in FORMATS.items()],
        events=[(event, _EVENTS.get(event, event)) for one in FORMATS.values() for event in one.events],
        surveys=Survey.objects.order_by("name"),
        **{
            "chosen_events": [event for one in FORMATS.values() for event in one.events if event not in one.ours],
            **more,
        },
    )
