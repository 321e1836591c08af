"""People as programs name them: found by any of their names, added once, changed where something is said."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.stages.capture.asking.bringing import Who, bring, bring_one
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Account, Attribute, Contact, Revision
from tests.stages.capture import asking_world as world
from tests.stages.capture.asking_world import NOW

pytestmark = pytest.mark.django_db


def test_one_person_by_any_of_their_names():
    first = bring_one(Who(external_id="u1", email=" Ada@Example.ORG ", phone="+49 30 123456"), now=NOW)
    for who in (Who(external_id="u1"), Who(email="ada@example.org"), Who(phone="+4930123456")):
        assert bring_one(who, now=NOW) == first
    assert (first.external_id, first.email, first.phone) == ("u1", "ada@example.org", "+4930123456")
    assert Contact.objects.count() == 1


def test_what_is_left_out_stays_and_what_is_none_goes():
    bring_one(Who(email="a@example.org", name="Ada", account="acme", attributes={"Plan": "pro", "Tier": "1"}), now=NOW)
    kept = bring_one(Who(email="a@example.org", language="de", country="de", attributes={"tier": None}), now=NOW)
    again = Contact.objects.get()
    assert kept == again
    assert (again.name, again.language, again.country, again.attributes) == ("Ada", "de", "DE", {"plan": "pro"})
    assert again.account.external_id == "acme"
    assert set(Attribute.objects.values_list("slug", flat=True)) == {"plan", "tier"}


def test_nothing_new_writes_nothing():
    who = Who(email="a@example.org", account="acme", attributes={"plan": "pro"})
    before = bring_one(who, now=NOW).revision
    assert bring_one(who, now=NOW).revision == before < Revision.last()


def test_many_are_brought_with_few_queries_and_who_comes_twice_is_one():
    people = [Who(email=f"p{number % 90}@example.org", account=f"a{number % 7}") for number in range(180)]
    people += [
        Who(email="no address"),
        Who(external_id="ghost"),
        Who(),
        Who(email="x@example.org", attributes={"!": "1"}),
    ]
    with CaptureQueriesContext(connection) as seen:
        found = bring(people, now=NOW)
    assert len(seen) < 20
    assert [isinstance(one, str) for one in found] == [False] * 180 + [True] * 4
    assert found[0] is found[90]
    assert (Contact.objects.count(), Account.objects.count()) == (90, 7)
    assert all(contact.pk for contact in found[:180])


def test_a_name_that_somebody_else_has_is_not_taken_over():
    gone = world.contact("old@example.org", source="api", erased_at=NOW)
    Contact.objects.filter(pk=gone.pk).update(external_id="u1")
    people = [
        Who(external_id="u1", email="new@example.org"),
        Who(external_id="b@example.org", phone="+4930123456"),
        Who(email="b@example.org"),
    ]
    fresh = bring(people, now=NOW)
    assert len({contact.pk for contact in fresh}) == 3
    assert [contact.external_id for contact in fresh] == ["u1 2", "b@example.org", "b@example.org 2"]
    with pytest.raises(NotPossible, match="e-mail"):
        bring_one(Who(email="nobody"), now=NOW)


def test_whoever_was_erased_does_not_come_back_under_their_id():
    gone = world.contact("old@example.org", source="api")
    Contact.objects.filter(pk=gone.pk).update(external_id="u1", email="", phone="")
    erase(contact=gone.pk, now=NOW)
    again = Who(external_id="u1", email="new@example.org")
    with pytest.raises(NotPossible, match="erased"):
        bring_one(again, now=NOW)
    assert bring_one(Who(email="new@example.org"), now=NOW).email == "new@example.org"
