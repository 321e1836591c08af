"""Every address asks who may open it, and this table says who may."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from nineplus.store.models.govern import Role
from nineplus.urls import urlpatterns as every
from nineplus.web.urls import urlpatterns

ROLES = [Role.OWNER, Role.ANALYST, Role.AGENT, Role.VIEWER]
OPEN = {"log-in", "first-visit", "theme", "hook", "hook-mail", "system-hook", "slack-command", "slack-act"}
LEAST = {
    "overview": "viewer",
    "overview-drivers": "viewer",
    "overview-themes": "viewer",
    "drivers": "viewer",
    "drivers-what-if": "viewer",
    "segments": "viewer",
    "attribution": "viewer",
    "attribution-links": "agent",
    "attribution-judge": "agent",
    "attribution-draw": "analyst",
    "attribution-cancel": "analyst",
    "settings-attribution": "analyst",
    "settings-attribution-save": "analyst",
    "analyses": "viewer",
    "analyses-one": "viewer",
    "analyses-csv": "viewer",
    "welcome": "viewer",
    "sample": "analyst",
    "sample-progress": "viewer",
    "log-out": "viewer",
    "responses": "agent",
    "responses-news": "agent",
    "responses-one": "agent",
    "responses-csv": "agent",
    "accounts": "agent",
    "accounts-csv": "agent",
    "accounts-risk": "agent",
    "accounts-risk-csv": "agent",
    "accounts-one": "agent",
    "accounts-person": "agent",
    "alerts": "viewer",
    "alerts-read": "viewer",
    "alerts-choose": "viewer",
    "alerts-change": "analyst",
    "loop": "agent",
    "loop-board": "agent",
    "loop-team": "agent",
    "loop-measures": "agent",
    "playbooks": "agent",
    "playbooks-one": "agent",
    "playbooks-new": "analyst",
    "playbooks-create": "analyst",
    "playbooks-edit": "analyst",
    "playbooks-change": "analyst",
    "playbooks-remove": "analyst",
    "loop-open": "agent",
    "loop-one": "agent",
    "loop-letter": "agent",
    "loop-act": "agent",
    "advocates": "agent",
    "advocates-one": "agent",
    "advocates-move": "agent",
    "advocates-lead": "agent",
    "advocates-new": "analyst",
    "advocates-create": "analyst",
    "advocates-edit": "analyst",
    "advocates-change": "analyst",
    "advocates-limits": "analyst",
    "advocates-reward": "analyst",
    "advocates-switch": "analyst",
    "advocates-test": "analyst",
    "advocates-ask": "analyst",
    "advocates-redemption": "analyst",
    "connections-who": "analyst",
    "connections-who-all": "analyst",
    "connections-who-decide": "analyst",
    "connections-who-merged": "analyst",
    "connections-who-undo": "analyst",
    "imports": "analyst",
    "connections": "analyst",
    "connections-one": "analyst",
    "connections-progress": "analyst",
    "connections-problems": "analyst",
    "settings": "viewer",
    "settings-api": "viewer",
    "settings-password": "viewer",
    "settings-company": "analyst",
    "settings-company-change": "analyst",
    "settings-address-change": "owner",
    "settings-notes": "analyst",
    "settings-notes-add": "analyst",
    "settings-notes-remove": "analyst",
    "settings-data": "analyst",
    "settings-events-resend": "analyst",
    "settings-sample-remove": "owner",
    "settings-suppressions": "analyst",
    "settings-suppressions-add": "analyst",
    "settings-suppressions-lift": "analyst",
    "settings-suppressions-csv": "analyst",
    "surveys": "analyst",
    "rules": "analyst",
    "settings-people": "owner",
    "settings-people-add": "owner",
    "settings-people-role": "owner",
    "settings-people-password": "owner",
    "settings-people-active": "owner",
    "settings-keys": "owner",
    "settings-keys-add": "owner",
    "settings-keys-revoke": "owner",
}
AREAS = {
    "analyst": ("imports-", "surveys-", "settings-codes", "settings-cases", "rules-", "changes"),
    "owner": (
        "settings-senders",
        "settings-webhooks",
        "settings-feeds",
        "settings-slack",
        "settings-assistant",
        "connections-",
    ),
}
ARGUMENTS = {"loop-act": [1, "claim"], "analyses-one": ["score"], "analyses-csv": ["score", "groups"]}
PATTERNS = [pattern for pattern in (*every, *urlpatterns) if isinstance(pattern, URLPattern)]


def address(name: str) -> str:
    pattern = next(one for one in PATTERNS if one.name == name)
    numbers = [999_999] * len(pattern.pattern.converters)
    return reverse(name, args=ARGUMENTS.get(name, numbers))


def least(name: str) -> str:
    """The role the table asks for, or the area's: of an area's pages the table has those that ask for less."""
    if name in LEAST:
        return LEAST[name]
    return next(role for role, areas in AREAS.items() if name.startswith(areas))


def ask(client: Client, name: str) -> int:
    """GET, or POST where only that is allowed."""
    response = client.get(address(name))
    return (client.post(address(name)) if response.status_code == 405 else response).status_code


@pytest.mark.parametrize("name", [pattern.name for pattern in PATTERNS])
def test_every_address_says_who_may_open_it(name):
    view = next(one for one in PATTERNS if one.name == name).callback
    assert hasattr(view, "role"), f"{name} has neither require_role nor public"
    assert view.role == (None if name in OPEN else least(name))


@pytest.mark.one_database("who may is decided before anything is asked; what pages ask, their own tests do")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_includes_and_nothing_else(role, client_of):
    client = client_of(role)
    for name in (pattern.name for pattern in PATTERNS if pattern.name not in OPEN | {"log-out"}):
        allowed = ROLES.index(role) <= ROLES.index(least(name))
        status = ask(client, name)
        assert (status == 403) is not allowed, f"{role} got {status} from {name}"
        assert status < 500, f"{name} broke"


def test_strangers_are_sent_to_the_log_in_and_come_back(client_of, django_user_model):
    client_of("owner")
    stranger = Client()
    for name in (pattern.name for pattern in PATTERNS if pattern.name not in OPEN):
        response = stranger.get(address(name))
        if response.status_code == 405:
            response = stranger.post(address(name))
        assert response.status_code == 302, name
        assert response["Location"].startswith(reverse("log-in")), name
    assert stranger.get("/segments/?by=plan")["Location"] == "/log-in/?next=%2Fsegments%2F%3Fby%3Dplan"


def test_a_deactivated_person_is_a_stranger(client_of):
    from nineplus.stages.govern import people
    from nineplus.store.models import User

    client = client_of("viewer")
    assert client.get("/settings/").status_code == 200
    people.deactivate(user_id=User.objects.get(role="viewer").pk)
    assert client.get("/settings/").status_code == 302
