"""Two rows become one and two again: nothing is lost, doubled or left behind."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.connectors import Record
from nineplus.stages.capture.asking.bringing import Who, bring_one
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect import identity
from nineplus.stages.connect.syncing.records import Keeper
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import (
    Account,
    Alias,
    Connection,
    Contact,
    Invitation,
    Merge,
    Movement,
    Removal,
    Response,
    Revision,
    Ticket,
)
from tests.stages.connect.identity.world import NOW, account, busy, contact, everything, survey

pytestmark = pytest.mark.django_db
_VALUES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "Ann Lee"]),
        "email": st.sampled_from(["", "ann@x.com", "lee@y.org"]),
        "phone": st.sampled_from(["", "+4930123456"]),
        "consent": st.sampled_from([None, True, False]),
        "created_at": st.sampled_from([None, NOW]),
        "attributes": st.sampled_from([{}, {"plan": "gold"}, {"plan": "tin", "role": "admin"}]),
    }
)


@given(_VALUES, _VALUES, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merging_and_parting_leaves_everything_as_it_was(db, one, other, first, second, planned):
    from django.db import transaction

    with transaction.atomic():
        asks = survey()
        company, firm = account("A", name="Acme"), account("B", name="Beta", domain="beta.com")
        kept = contact("1", account=company, **one)
        gone = contact("2", account=firm if planned else None, **other)
        if first:
            busy(kept, survey=asks, planned=planned)
        if second:
            busy(gone, survey=asks, planned=planned)
        before = everything()
        made = identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
        assert not Contact.objects.filter(pk=gone.pk).exists()
        done = identity.undo(made.pk, now=NOW)
        assert not done.left
        assert everything() == before
        there = identity.merge(table="account", kept=company.pk, gone=firm.pk, now=NOW)
        identity.undo(there.pk, now=NOW)
        assert everything() == before
        transaction.set_rollback(True)


def test_all_that_a_person_has_moves_and_they_are_asked_once():
    asks = survey()
    kept, gone = contact("1", email="ann@x.com"), contact("2", email="ann@y.com", name="Ann", phone="+4930123456")
    for person in (kept, gone):
        busy(person, survey=asks, planned=True)
    made = identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    for model in (Response, Ticket, Invitation):
        assert set(model.objects.values_list("contact", flat=True)) == {kept.pk}
    assert list(Invitation.objects.filter(fate="planned").values_list("external_id", flat=True)) == [f"{kept.pk} next"]
    kept.refresh_from_db()
    assert (kept.name, kept.email, kept.phone) == ("Ann", "ann@x.com", "+4930123456")
    assert Removal.objects.filter(table="contact", row=gone.pk, revision=kept.revision).exists()
    assert Response.objects.exclude(revision=kept.revision).count() == 1
    assert identity.undo(made.pk, now=NOW).back > 0
    with pytest.raises(Conflict):
        identity.undo(made.pk, now=NOW)


def test_what_was_changed_since_stays_and_is_told():
    asks = survey()
    kept, gone, third = contact("1", name="Ann"), contact("2", email="a@y.com"), contact("3")
    busy(gone, survey=asks)
    made = identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    Response.objects.update(contact=third.pk)
    Contact.objects.filter(pk=kept.pk).update(email="new@x.com")
    done = identity.undo(made.pk, now=NOW)
    assert done.left == {"columns": 1, "response": 1}
    assert Contact.objects.get(pk=kept.pk).email == "new@x.com"
    assert Response.objects.get().contact_id == third.pk


def test_the_ids_and_addresses_of_both_go_on_meaning_the_one():
    kept, gone = contact("1", email="ann@x.com", name="Ann"), contact("2", email="ann@y.com", name="A. Lee")
    identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    connection = Connection.objects.create(source="crm", connector="c", title="C", hook_key="k", created_at=NOW)
    keeper = Keeper(connection=connection.pk, source="crm", stream="contacts", now=NOW)
    keeper.keep([Record("contacts", "2", fields={"email": "ann@y.com", "name": "A. Lee", "country": "DE"})], revision=9)
    told = bring_one(Who(email="ann@y.com", language="de"), now=NOW)
    assert told.pk == kept.pk == bring_one(Who(external_id="2"), now=NOW).pk
    assert identity.contacts_by_email(["ann@y.com"]) == {"ann@y.com": (kept.pk, None)}
    row = Contact.objects.get()
    assert (row.name, row.email, row.country, row.language) == ("Ann", "ann@x.com", "DE", "de")


def test_a_file_brings_back_nobody_who_was_merged(bring):
    text = "id,email,name\n1,ann@x.com,Ann\n2,ann@y.com,Lee\n"
    bring(text, "contacts")
    kept, gone = Contact.objects.order_by("external_id")
    identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    again = bring(text.replace("Lee", "Leo"), "contacts", name="again.csv")
    assert (again.rows_added, again.rows_changed, again.rows_same) == (0, 0, 2)
    bring("id,contact id,score,date\n7,2,9,2026-11-01\n", "responses", name="answers.csv")
    assert Contact.objects.get().pk == Response.objects.get().contact_id


def test_whoever_said_no_under_one_name_said_no():
    kept, gone = contact("1", email="ann@x.com"), contact("2", email="ann@y.com")
    suppression.suppress(medium="email", address="ann@y.com", reason="unsubscribed", now=NOW)
    made = identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    assert Contact.objects.get().consent is False
    identity.undo(made.pk, now=NOW)
    assert Contact.objects.get(pk=kept.pk).consent is None


def test_an_erased_person_does_not_come_back_by_parting():
    first, kept = contact("0", email="a@w.com"), contact("1", email="ann@x.com")
    gone = contact("2", email="ann@y.com", name="Ann")
    early = identity.merge(table="contact", kept=gone.pk, gone=first.pk, now=NOW)
    made = identity.merge(table="contact", kept=kept.pk, gone=gone.pk, now=NOW)
    with pytest.raises(NotPossible, match="Take that back first"):
        identity.undo(early.pk, now=NOW)
    erase(contact=kept.pk, now=NOW)
    for merge in (early, made):
        with pytest.raises(NotPossible, match="erased"):
            identity.undo(merge.pk, now=NOW)
    assert not Alias.objects.exclude(why="erased").exists()
    assert not {"0", "1", "2"} & set(Alias.objects.values_list("external_id", flat=True)), "digests only"
    assert "ann" not in repr(list(Merge.objects.values())).lower()
    for address in ("a@w.com", "ann@x.com", "ann@y.com"):
        assert suppression.is_suppressed(medium="email", address=address)
    with pytest.raises(NotPossible):
        identity.merge(table="contact", kept=kept.pk, gone=contact("3").pk, now=NOW)


def test_an_account_takes_everything_along():
    asks = survey()
    kept, gone = account("A", name="Acme"), account("B", name="Acme Inc", domain="acme.com")
    busy(contact("1", account=gone), survey=asks)
    identity.merge(table="account", kept=kept.pk, gone=gone.pk, now=NOW)
    for model in (Contact, Response, Ticket, Invitation, Movement):
        assert model.objects.values_list("account", flat=True).distinct().get() == kept.pk
    assert Account.objects.get().domain == "acme.com"
    assert identity.aliases("accounts", ["B"], source="crm") == {"B": kept.pk}


def test_a_merge_over_there_is_journaled_and_its_key_is_no_longer_written_to():
    kept, gone = contact("1"), contact("2", name="Ann")
    revision = Revision.last()
    assert identity.merged_there("contacts", {"2": "1"}, source="crm", now=NOW, revision=revision) == 1
    assert Contact.objects.get().name == "Ann"
    assert identity.keys_of("contacts", [kept.pk], source="crm") == {}
    assert (Merge.objects.get().reason, Merge.objects.get().gone) == ("merged_there", gone.pk)
