"""Keys: seen once, known by their hash, ended for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import keys, people
from nineplus.store.models import ApiKey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_key_opens_until_it_is_revoked():
    made = keys.create(name="CRM", now=NOW)
    assert keys.authenticate(made.token, now=NOW) == made.key
    keys.revoke(key=made.key.prefix, now=NOW)
    assert keys.authenticate(made.token, now=NOW) is None
    again = keys.revoke(key=made.key.pk, now=NOW + timedelta(days=1))
    assert again.revoked_at == NOW


def test_the_secret_is_not_kept():
    made = keys.create(name="CRM", now=NOW)
    assert made.token.startswith(made.key.prefix)
    row = ApiKey.objects.values().get()
    assert not any(made.token in str(value) for value in row.values())


@pytest.mark.parametrize("token", ["", "np_", "np_00000000_guess", "\x00"])
def test_a_wrong_token_opens_nothing(token: str):
    keys.create(name="CRM", now=NOW)
    assert keys.authenticate(token, now=NOW) is None


def test_the_key_of_someone_who_may_no_longer_log_in_opens_nothing():
    bob = people.create_person(email="bob@example.org", role="analyst", now=NOW)
    made = keys.create(name="CRM", created_by=bob, now=NOW)
    people.deactivate(user_id=bob.pk)
    assert keys.authenticate(made.token, now=NOW) is None


def test_its_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    made = keys.create(name="CRM", now=NOW)
    keys.authenticate(made.token, now=NOW)
    with django_assert_num_queries(1):
        keys.authenticate(made.token, now=NOW + timedelta(seconds=59))
    keys.authenticate(made.token, now=NOW + timedelta(seconds=60))
    assert ApiKey.objects.get().last_used_at == NOW + timedelta(seconds=60)


def test_what_cannot_be_a_key_is_refused():
    with pytest.raises(NotPossible, match="name"):
        keys.create(name=" ", now=NOW)
    with pytest.raises(NotPossible, match="king"):
        keys.create(name="CRM", role="king", now=NOW)
    with pytest.raises(NotFound):
        keys.revoke(key="np_00000000", now=NOW)


def test_a_key_never_does_more_than_its_maker_may_now():
    people.create_person(email="ada@example.org", role="owner", now=NOW)
    bob = people.create_person(email="bob@example.org", role="owner", now=NOW)
    made = keys.create(name="CRM", role="analyst", created_by=bob, now=NOW)
    people.change_role(user_id=bob.pk, role="viewer")
    key = keys.authenticate(made.token, now=NOW)
    assert (key.role, key.role_now) == ("analyst", "viewer")
    assert key.may("viewer")
    assert not key.may("agent")
    people.change_role(user_id=bob.pk, role="owner")
    assert keys.authenticate(made.token, now=NOW).role_now == "analyst"
    assert keys.create(name="Wall", role="viewer", created_by=bob, now=NOW).key.role_now == "viewer"


def test_a_key_goes_with_its_maker():
    bob = people.create_person(email="bob@example.org", role="viewer", now=NOW)
    made = keys.create(name="CRM", role="owner", created_by=bob, now=NOW)
    bob.delete()
    assert keys.authenticate(made.token, now=NOW) is None
