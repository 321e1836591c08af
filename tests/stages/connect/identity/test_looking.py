"""What is certain is joined by itself, what is doubtful waits for a person, what was refused stays away."""

from __future__ import annotations

import pytest

from nineplus.connectors import Record
from nineplus.stages.connect import identity
from nineplus.stages.connect.identity import looking, reviewing
from nineplus.stages.connect.syncing.records import Keeper
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Account, Connection, Contact, Match, Merge, Response
from tests.stages.connect.identity.world import NOW, account, busy, contact, survey

pytestmark = pytest.mark.django_db


def test_people_without_an_account_come_under_that_of_their_domain():
    early = contact("1", email="ann@mail.acme.com")
    busy(early, survey=survey())
    contact("2", email="bob@gmail.com")
    looking.look(now=NOW)
    acme = account("A", domain="www.acme.com")
    account("G", domain="gmail.com")
    late = contact("3", email="cid@acme.com")
    assert looking.wanted(NOW)
    assert looking.look(now=NOW).placed == 2
    assert not looking.wanted(NOW) or looking.look(now=NOW).placed == 0
    assert set(Contact.objects.filter(account=acme).values_list("pk", flat=True)) == {early.pk, late.pk}
    assert Response.objects.get().account_id == acme.pk
    made = Merge.objects.get(gone=early.pk)
    identity.undo(made.pk, now=NOW)
    assert Response.objects.get().account_id is None
    looking.look(now=NOW)
    assert Contact.objects.get(pk=early.pk).account_id is None  # a person said no


def test_a_record_without_an_account_takes_none_away():
    account("A", domain="acme.com")
    person = contact("1", email="ann@acme.com")
    looking.look(now=NOW)
    connection = Connection.objects.create(source="crm", connector="c", title="C", hook_key="k", created_at=NOW)
    keeper = Keeper(connection=connection.pk, source="crm", stream="contacts", now=NOW)
    keeper.keep([Record("contacts", "1", fields={"email": "ann@acme.com", "account": None})], revision=9)
    assert Contact.objects.get(pk=person.pk).account is not None


def test_two_accounts_of_one_domain_take_nobody():
    account("A", domain="acme.com", name="Acme North")
    account("B", domain="acme.com", name="Acme South")
    contact("1", email="ann@acme.com")
    looked = looking.look(now=NOW)
    assert (looked.placed, looked.suggested) == (0, 1)
    assert Match.objects.get().reason == "domain_other_name"


def test_a_company_that_a_file_tells_by_its_name_is_a_question():
    account("251", name="Firm Five", domain="five.example")
    account("Firm Five GmbH", name="", domain="", source="file")
    account("0015g0Five", name="", domain="", source="file")
    assert looking.look(now=NOW).suggested == 1
    assert Match.objects.get().reason == "company_name"


def test_the_same_address_in_two_systems_is_one_person_and_in_one_system_a_question():
    contact("1", email="ann@x.com", name="Ann Lee")
    contact("9", email="ann@x.com", name="Ann Lee", source="file")
    contact("2", email="bob@x.com")
    contact("3", email="bob@x.com")
    looked = looking.look(now=NOW)
    assert (looked.joined, looked.suggested) == (1, 1)
    contact("4", email="ann@x.com", source="file")  # the file knows two: which one is meant?
    assert looking.look(now=NOW).joined == 0
    assert Contact.objects.filter(email="ann@x.com").count() == 2
    made = Merge.objects.get()
    identity.undo(made.pk, now=NOW)
    looking.look(now=NOW)
    assert Contact.objects.filter(email="ann@x.com").count() == 3


def test_what_was_refused_does_not_come_back_and_later_comes_last():
    one, other = contact("1", email="ann+a@x.com"), contact("2", email="ann@x.com")
    contact("3", name="Ann Lee", email="annlee@x.com")
    contact("4", name="Ann Lee", email="annlee@y.com")
    looking.look(now=NOW)
    [first, second] = reviewing.pairs(reviewing.waiting())
    assert first.match.confidence > second.match.confidence
    reviewing.put_off(first.match.pk, now=NOW)
    assert [pair.match for pair in reviewing.pairs(reviewing.waiting())] == [second.match, first.match]
    reviewing.refuse(first.match.pk, now=NOW)
    with pytest.raises(Conflict):
        reviewing.accept(first.match.pk, now=NOW)
    Contact.objects.filter(pk=one.pk).update(revision=one.revision + 100)
    looking.look(now=NOW)
    assert list(reviewing.waiting()) == [second.match]
    merged = identity.merge(table="contact", kept=contact("5").pk, gone=other.pk, now=NOW)
    looking.look(now=NOW)
    assert not [one for one in reviewing.waiting() if one.reason == "spelling"]
    identity.undo(merged.pk, now=NOW)


def test_many_are_accepted_for_one_reason_only():
    for name in "abcd":
        contact(f"{name}1", email=f"{name}{name}+x@x.com")
        contact(f"{name}2", email=f"{name}{name}@x.com")
    looking.look(now=NOW)
    with pytest.raises(NotPossible):
        reviewing.accept_all(table="", reason="", now=NOW)
    assert reviewing.accept_all(table="contact", reason="spelling", now=NOW) == 4
    assert Contact.objects.count() == 4
    assert not reviewing.waiting()
    [told, *_] = reviewing.in_words(reviewing.merges())
    assert told.undoable


def test_a_look_asks_a_few_questions_however_many_they_are(django_assert_max_num_queries):
    for number in range(60):
        contact(f"{number}", email=f"p{number}@acme{number % 3}.com", name=f"Person{number} Lee")
    Account.objects.bulk_create(Account(external_id=f"A{n}", domain=f"acme{n}.com", revision=1) for n in range(3))
    looking.look(now=NOW)
    Contact.objects.update(revision=10**6)
    with django_assert_max_num_queries(40):
        looking.look(now=NOW)
