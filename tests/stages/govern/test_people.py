"""People: the first owner, roles, and never without an owner."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import people, preferences
from nineplus.store.models import User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = "correct horse battery staple"


def owner(email: str = "ada@example.org") -> User:
    return people.create_owner(email=email, password=GOOD, name="Ada", now=NOW, further=people.anyone())


def test_the_first_visitor_becomes_the_owner_and_names_the_company():
    assert not people.anyone()
    user = people.create_owner(email=" Ada@Example.org ", password=GOOD, company="Acme", now=NOW)
    assert (user.email, user.role, user.may("owner")) == ("ada@example.org", "owner", True)
    assert preferences.preferences().company == "Acme"
    assert people.anyone()


def test_a_second_first_visit_is_refused():
    owner()
    with pytest.raises(Conflict):
        people.create_owner(email="eve@example.org", password=GOOD, now=NOW)


def test_the_command_line_may_add_a_further_owner():
    owner()
    people.create_owner(email="grace@example.org", password=GOOD, now=NOW, further=True)
    assert [user.role for user in people.everyone()] == ["owner", "owner"]


@pytest.mark.django_db(transaction=True)
def test_of_two_first_visits_at_once_one_wins():
    outcomes: list[str] = []

    def visit(email: str) -> None:
        try:
            people.create_owner(email=email, password=GOOD, now=NOW)
            outcomes.append("owner")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=(f"{name}@example.org",)) for name in ("ada", "eve", "mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["owner", "refused", "refused"]
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345"])
def test_a_weak_password_is_refused_with_a_reason(password: str):
    with pytest.raises(NotPossible, match="password"):
        people.create_owner(email="ada@example.org", password=password, now=NOW)
    assert not people.anyone()


def test_the_password_is_kept_as_argon2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert owner().password.startswith("argon2$argon2id")


@pytest.mark.parametrize("email", ["", "ada", "ada@", "ada@example.org\n.evil"])
def test_an_address_must_be_one(email: str):
    with pytest.raises(NotPossible):
        people.create_person(email=email, role="viewer", now=NOW)


def test_one_person_per_address():
    owner()
    with pytest.raises(Conflict):
        people.create_person(email="ADA@example.org", role="viewer", now=NOW)


def test_a_person_without_a_password_cannot_log_in():
    person = people.create_person(email="bob@example.org", role="agent", now=NOW)
    assert not person.has_usable_password()
    people.set_password(user_id=person.pk, password=GOOD)
    assert User.objects.get(pk=person.pk).check_password(GOOD)


def test_roles_include_those_below_them():
    analyst = people.create_person(email="bob@example.org", role="analyst", now=NOW)
    assert [analyst.may(role) for role in ("owner", "analyst", "agent", "viewer")] == [False, True, True, True]
    with pytest.raises(NotPossible, match="king"):
        people.change_role(user_id=analyst.pk, role="king")


def test_the_last_owner_stays():
    ada = owner()
    with pytest.raises(NotPossible, match="last owner"):
        people.change_role(user_id=ada.pk, role="viewer")
    with pytest.raises(NotPossible, match="last owner"):
        people.deactivate(user_id=ada.pk)
    grace = people.create_person(email="grace@example.org", role="owner", password=GOOD, now=NOW)
    people.deactivate(user_id=ada.pk)
    assert not User.objects.get(pk=ada.pk).may("viewer")
    with pytest.raises(NotPossible, match="last owner"):
        people.change_role(user_id=grace.pk, role="analyst")  # an owner who cannot log in does not count
    people.activate(user_id=ada.pk)
    assert people.change_role(user_id=grace.pk, role="analyst").role == "analyst"


def test_a_deactivated_person_cannot_log_in(settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    owner()
    bob = people.create_person(email="bob@example.org", role="agent", password=GOOD, now=NOW)
    assert authenticate(None, username="bob@example.org", password=GOOD) == bob
    people.deactivate(user_id=bob.pk)
    assert authenticate(None, username="bob@example.org", password=GOOD) is None


def test_nobody_is_not_found():
    with pytest.raises(NotFound):
        people.change_role(user_id=4711, role="viewer")
