"""Settings → People and Keys: who may do what. Passwords and keys are shown once, to the one who made them."""

from __future__ import annotations

import secrets

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from nineplus.stages.capture.drawing import surveys
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import keys, people
from nineplus.stages.govern.scopes import SCOPES
from nineplus.store.models import Survey
from nineplus.store.models.govern import Role
from nineplus.web.page import carried_out, page, reads, writes

ROLES = (
    (Role.OWNER, "Owner", "everything, people and keys included"),
    (Role.ANALYST, "Analyst", "data in and out, all analyses"),
    (Role.AGENT, "Agent", "answers and follow-ups"),
    (Role.VIEWER, "Viewer", "results, but no comments of named people"),
)


@reads("owner")
def settings_people(request: HttpRequest) -> HttpResponse:
    return _people(request)


@never_cache
@writes("owner")
def settings_people_add(request: HttpRequest) -> HttpResponse:
    """Make an account with a password that is shown this once; nothing is mailed."""
    password = _password()
    given = request.POST
    try:
        person = people.create_person(
            email=given.get("email", ""),
            name=given.get("name", ""),
            role=given.get("role", ""),
            password=password,
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _people(request, problem=str(problem), given=given)
    return _people(request, shown=person, password=password)


@never_cache
@writes("owner")
def settings_people_password(request: HttpRequest, pk: int) -> HttpResponse:
    password = _password()
    return _people(request, shown=people.set_password(user_id=pk, password=password), password=password)


@writes("owner")
def settings_people_role(request: HttpRequest, pk: int) -> HttpResponse:
    role = request.POST.get("role", "")
    return carried_out(
        request, lambda: people.change_role(user_id=pk, role=role), done="The role is changed.", then="settings-people"
    )


@writes("owner")
def settings_people_active(request: HttpRequest, pk: int) -> HttpResponse:
    change = people.activate if request.POST.get("active") == "yes" else people.deactivate
    return carried_out(request, lambda: change(user_id=pk), done="Done.", then="settings-people")


@reads("owner")
def settings_keys(request: HttpRequest) -> HttpResponse:
    return _keys(request)


@never_cache
@writes("owner")
def settings_keys_add(request: HttpRequest) -> HttpResponse:
    survey = request.POST.get("survey", "")
    try:
        made = keys.create(
            name=request.POST.get("name", ""),
            role=request.POST.get("role", ""),
            scopes=request.POST.getlist("scope"),
            survey=surveys.find(int(survey)) if survey.isdecimal() else None,
            created_by=request.user,
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _keys(request, problem=str(problem), given_scopes=request.POST.getlist("scope"))
    return _keys(request, made=made)


@writes("owner")
def settings_keys_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request,
        lambda: keys.revoke(key=pk, now=timezone.now()),
        done="The key is revoked. Programs that use it are refused from now on.",
        then="settings-keys",
    )


def _people(request: HttpRequest, **more: object) -> HttpResponse:
    status = 400 if "problem" in more else 200
    context = {"title": "People", "section": "people", "people": people.everyone(), "roles": ROLES}
    return page(request, "settings/people.html", status=status, **context, **more)


def _keys(request: HttpRequest, **more: object) -> HttpResponse:
    status = 400 if "problem" in more else 200
    context = {"title": "Keys", "section": "keys", "keys": keys.every(), "roles": ROLES, "scopes": SCOPES}
    context |= {"surveys": Survey.objects.order_by("name"), "base": _base(request)}
    return page(request, "settings/keys.html", status=status, **context, **more)


def _base(request: HttpRequest) -> str:
    return (django_settings.NINEPLUS.public_url or request.build_absolute_uri("/")).rstrip("/")


def _password() -> str:
    """Easy to read out and to type: five groups of four letters and digits, about 90 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))
