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
    "theme.rising": "a theme is spoken of more than usual (once a week)",
    "response.scored": "an answer came",
    "response.changed": "an answer changed, or its comment came",
    "contact.unsubscribed": "somebody wants no more surveys",
    "case.opened": "a case is opened",
    "case.changed": "a case changed",
    "case.overdue": "a case is overdue",
    "case.closed": "a case is closed",
    "alert.raised": "an alert is raised",
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
            events=_chosen(given.getlist("event"), given.get("format", "delighted")),
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


@never_cache
@writes("owner")
def settings_webhooks_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    return _all(request, made=webhooks.rotate(pk, now=timezone.now()), anew=True)


@writes("owner")
def settings_webhooks_replay(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: webhooks.replay(webhooks.find(pk), delivery=delivery, now=timezone.now()),
        done="It is told again.",
        then="settings-webhooks-one",
        pk=pk,
    )


@writes("owner")
def settings_webhooks_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: webhooks.remove(pk), done="Removed.", then="settings-webhooks")


def _chosen(values: list[str], format: str) -> list[str]:
    """The events ticked for that form; each form has its own list, so each value begins with its form."""
    return [event for of, _, event in (one.rpartition(":") for one in values) if of in ("", format)]


def _all(request: HttpRequest, **more: object) -> HttpResponse:
    return page(
        request,
        "settings/webhooks.html",
        status=400 if "problem" in more else 200,
        title="Webhooks",
        section="webhooks",
        webhooks=webhooks.every(),
        formats=[(name, one.title) for name, one in FORMATS.items()],
        events=[
            (name, one.title, [(event, _EVENTS.get(event, event)) for event in one.events])
            for name, one in FORMATS.items()
        ],
        surveys=Survey.objects.order_by("name"),
        **{
            "chosen_events": [
                f"{name}:{event}" for name, one in FORMATS.items() for event in one.events if event not in one.ours
            ],
            **more,
        },
    )
