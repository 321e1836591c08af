"""One timeline: everything of a customer once, in order, whatever the pages; and what is said of them is true."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nineplus.stages.act.advocates import acts, leads
from nineplus.stages.act.advocates.asking import advocate_of
from nineplus.stages.act.cases import opening
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect import identity
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.share.customers import listing, standing
from nineplus.stages.share.customers.entries import Customer, Place
from nineplus.stages.share.customers.timeline import sources, timeline
from nineplus.store.models import Movement, Response, Subscription, Ticket, TicketEvent
from tests.stages.act.advocates.world import programme
from tests.stages.act.world import agent
from tests.stages.connect.identity.world import NOW, account, busy, contact, survey

pytestmark = pytest.mark.django_db


def _many(company, person, asks, moments):
    for number, hours in enumerate(moments):
        at = NOW - timedelta(hours=hours)
        kind = number % 3
        if kind == 0:
            Response.objects.create(
                external_id=f"R{number}",
                survey=asks,
                account=company,
                contact=person,
                score=3,
                answered_at=at,
                revision=1,
            )
        elif kind == 1:
            Ticket.objects.create(external_id=f"T{number}", account=company, contact=person, opened_at=at, revision=1)
        else:
            Movement.objects.create(
                external_id=f"M{number}", account=company, at=at, kind="new", amount_minor=1, currency="EUR", revision=1
            )


@given(moments=st.lists(st.integers(0, 4), max_size=14), limit=st.integers(1, 5))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_have_everything_once_and_in_order(db, moments, limit):
    from django.db import transaction

    with transaction.atomic():
        company = account("A")
        person = contact("1", account=company)
        _many(company, person, survey(), moments)
        whole = timeline(Customer(account=company.pk), limit=200).entries
        assert len(whole) == len(moments)
        assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
        paged, place = [], None
        while True:
            page = timeline(Customer(account=company.pk), below=str(place) if place else None, limit=limit)
            paged += page.entries
            place = page.older
            if place is None:
                break
            assert Place.read(str(place)) == place
        assert [(e.source, e.id) for e in paged] == [(e.source, e.id) for e in whole]
        transaction.set_rollback(True)


def test_every_source_tells_of_a_busy_customer():
    company, firm = account("A", name="Acme"), account("B")
    person = contact("1", account=company, name="Ann", created_at=NOW)
    asks = survey()
    busy(person, survey=asks, planned=True)
    person.deals.update(created_at=NOW)
    identity.merge(table="account", kept=company.pk, gone=firm.pk, now=NOW)
    person.invitations.update(account=company)
    ticket = Ticket.objects.get()
    TicketEvent.objects.create(external_id="E", ticket=ticket, at=NOW, kind="reopen", revision=1)
    opening.open_case(account=company, contact=person, reason="by_hand", about="Renewal at risk", now=NOW)
    act = acts.begin(programme("quote").pk, contact=person.pk, stage="doing", owner=agent("Ben"), by=None, now=NOW)
    acts.move(act.pk, stage="done", note="Glad to help", by=None, now=NOW)
    programme("referral")
    brought = {"name": "Bo", "email": "bo@globex.example", "company": "Globex", "agreed": True, "now": NOW}
    lead = leads.bring(advocate_of(person, now=NOW).code, **brought)
    leads.settle(lead.pk, won=True, value_minor=1200_00, currency="EUR", by=None, now=NOW)
    found = timeline(Customer(account=company.pk)).entries
    referral = next(entry for entry in found if entry.source == "referrals")
    assert (referral.title, referral.tone) == ("Referred Bo, Globex: won", "good")
    assert referral.contact[0] == person.pk
    assert "1,200" in dict(referral.facts)["won"]
    advocacy = next(entry for entry in found if entry.source == "advocacy")
    assert (advocacy.title, advocacy.tone, advocacy.facts) == ("Quote, quote: done", "good", (("owner", "Ben"),))
    assert [step.words for step in advocacy.steps] == ["Done: Glad to help"]
    assert {entry.source for entry in found} == {one.name for one in sources()}
    assert [step.words for step in next(e for e in found if e.source == "tickets").steps] == ["Reopened"]
    of_person = timeline(Customer(contact=person.pk)).entries
    assert {"answers", "asks", "tickets", "people", "referrals"} <= {entry.source for entry in of_person}
    assert {e.source for e in timeline(Customer(account=company.pk), kinds=["money"]).entries} == {"money"}
    with pytest.raises(NotPossible):
        timeline(Customer(account=company.pk), kinds=["gossip"])
    with pytest.raises(NotPossible):
        timeline(Customer(account=company.pk), below="yesterday")


def test_the_sentence_says_what_is_known_and_no_more():
    company = account("A", name="Acme")
    assert standing.account_page(company.pk, now=NOW).standing.says == "Acme has not answered yet."
    person = contact("1", account=company, name="Ann")
    busy(person, survey=survey(), score=9)
    Subscription.objects.update(renews_at=NOW + timedelta(days=30))
    Movement.objects.create(
        external_id="R", account=company, at=NOW, kind="renewal", amount_minor=1, currency="EUR", revision=1
    )
    stands = standing.account_page(company.pk, now=NOW).standing
    assert stands.pays == ((1, "EUR"),)  # the renewal changed nothing
    assert stands.open_tickets == 1
    assert stands.nps
    assert stands.nps.n == 1
    for words in ("last answered 9", "the only answer", "One ticket is open", "renews on 20 Dec 2026"):
        assert words in stands.says.replace("\N{NO-BREAK SPACE}", " ")
    Response.objects.update(answered_at=NOW - timedelta(days=400))
    assert "not in the last twelve months" in standing.account_page(company.pk, now=NOW).standing.says


def test_an_erased_person_has_no_page_and_no_name_on_the_accounts():
    company = account("A")
    person = contact("1", account=company, name="Ann", email="ann@x.com", created_at=NOW)
    busy(person, survey=survey())
    erase(contact=person.pk, now=NOW)
    with pytest.raises(NotFound):
        standing.contact_page(person.pk, now=NOW)
    shown = standing.account_page(company.pk, now=NOW)
    assert not shown.people
    assert "ann" not in repr(timeline(Customer(account=company.pk))).lower()


def test_the_list_is_paged_by_name_searched_and_narrowed(django_assert_num_queries):
    asks = survey()
    for name in ("Éclair", "beta", "Acme", "", "Delta"):
        company = account(
            name or "zz-9", name=name, domain=f"{name.lower()}.example" if name.isascii() and name else ""
        )
        if name in ("beta", "Delta"):
            busy(contact(name, account=company), survey=asks, score=2 if name == "beta" else 9)
    seen, after = [], ""
    while True:
        page = listing.accounts(now=NOW, after=after, limit=2)
        seen += [line.account.name for line in page.lines]
        if not (after := page.more):
            break
    assert sorted(seen) == sorted(["Éclair", "beta", "Acme", "", "Delta"])
    assert seen[:3] == ["Acme", "beta", "Delta"]
    assert [line.account.name for line in listing.accounts(now=NOW, search="ET").lines] == ["beta"]
    [line] = listing.accounts(now=NOW, view="unhappy").lines
    assert (line.account.name, line.last_score, line.open_tickets, line.pays) == ("beta", 2, 1, ((1, "EUR"),))
    assert line.nps
    assert (line.nps.value, line.nps.n) == (-100, 1)
    assert {one.account.name for one in listing.accounts(now=NOW, view="open").lines} == {"beta", "Delta"}
    assert not listing.accounts(now=NOW, view="silent").lines
    assert not listing.accounts(now=NOW, view="renewing").lines
    for strange in ({"view": "odd"}, {"after": "x-y"}):
        with pytest.raises(NotPossible):
            listing.accounts(now=NOW, **strange)
    with django_assert_num_queries(6):
        listing.accounts(now=NOW)
