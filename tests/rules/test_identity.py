"""Who is who: what is certain, what a person must look at, and what is different."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules import identity
from nineplus.rules.identity import Company, Person, Verdict, same_company, same_person, works_there

_NAMES = st.sampled_from(["", "Ann Lee", "Lee, Ann", "A. Lee", "Bob Marsh", "ÅSA Öberg", "asa oberg"])
_MAILS = st.sampled_from(
    ["", "ann.lee@acme.com", "annlee@gmail.com", "ann.lee@gmail.com", "ann.lee+x@acme.com", "info@acme.com", "a@web.de"]
)
_PEOPLE = st.builds(
    Person, name=_NAMES, email=_MAILS, phone=st.sampled_from(["", "+4930123456"]), account=st.sampled_from([None, 1, 2])
)
_COMPANIES = st.builds(
    Company,
    name=st.sampled_from(["", "ACME GmbH", "Acme", "acme Inc.", "Zeta"]),
    domain=st.sampled_from(["", "acme.com", "www.acme.com", "gmail.com", "zeta.co.uk", "web.de"]),
)


@given(_PEOPLE, _PEOPLE)
def test_people_are_compared_the_same_both_ways_and_met_by_a_key_when_alike(one, other):
    decision = same_person(one, other)
    assert decision == same_person(other, one)
    if decision.verdict is not Verdict.DIFFERENT:
        assert {*identity.keys_of_person(one)} & {*identity.keys_of_person(other)}
        assert decision.words
    if decision.verdict is Verdict.CERTAIN:
        assert one.email == other.email != ""


@given(_COMPANIES, _COMPANIES)
def test_companies_are_compared_the_same_both_ways_and_never_certain_on_a_public_domain(one, other):
    decision = same_company(one, other)
    assert decision == same_company(other, one)
    if decision.verdict is not Verdict.DIFFERENT:
        assert {*identity.keys_of_company(one)} & {*identity.keys_of_company(other)}
        assert decision.words
    if decision.verdict is Verdict.CERTAIN:
        assert not identity.is_public(identity.registrable(one.domain))


@given(_MAILS, _COMPANIES)
def test_nobody_belongs_to_a_company_by_a_public_domain(email, company):
    decision = works_there(email, company)
    if decision.verdict is Verdict.CERTAIN:
        assert identity.company_domain(email) == identity.registrable(company.domain) != ""


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("ann@mail.acme.co.uk", "acme.co.uk"),
        ("https://www.Acme.com/about?x=1", "acme.com"),
        ("acme.com:8080", "acme.com"),
        ("co.uk", ""),
        ("localhost", ""),
        ("192.168.1.4", ""),
        ("ann@münchen.de", "xn--mnchen-3ya.de"),
        ("", ""),
    ],
)
def test_the_registered_domain(text, domain):
    assert identity.registrable(text) == domain


@pytest.mark.parametrize(
    "domain", ["gmail.com", "outlook.com", "web.de", "qq.com", "orange.fr", "proton.me", "hey.com"]
)
def test_domains_where_anybody_has_an_address(domain):
    assert identity.is_public(domain)
    assert identity.company_domain(f"ann@{domain}") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME GmbH & Co. KG", "Acme"),
        ("Société Générale S.A.", "societe generale"),
        ("Widgets, Inc.", "WIDGETS LLC"),
        ("Nord AB", "Nord Ab (publ)".replace(" (publ)", "")),
    ],
)
def test_a_companys_name_without_its_legal_form(one, other):
    assert identity.company_name(one) == identity.company_name(other)


@pytest.mark.parametrize(
    ("one", "other", "verdict", "reason"),
    [
        (Person("Ann Lee", "a@x.com"), Person("", "a@x.com"), "certain", "email"),
        (Person("Ann Lee", "a@x.com"), Person("A. Lee", "a@x.com"), "certain", "email"),
        (Person("Ann Lee", "a@x.com"), Person("Bob Marsh", "a@x.com"), "doubtful", "email_other_name"),
        (Person("Ann Lee", "info@x.com"), Person("Ann Lee", "info@x.com"), "doubtful", "shared_mailbox"),
        (Person(email="ann+nps@x.com"), Person(email="ann@x.com"), "doubtful", "spelling"),
        (Person(email="a.nn@gmail.com"), Person(email="ann@googlemail.com"), "doubtful", "spelling"),
        (Person(email="a.nn@x.com"), Person(email="ann@x.com"), "different", ""),
        (Person("Ann Lee", account=1), Person("LEE, Ann", account=1), "doubtful", "name_and_account"),
        (Person("Ann", account=1), Person("Ann", account=1), "different", ""),
        (Person(phone="+4930123456"), Person(phone="+4930123456"), "doubtful", "phone"),
        (Person(), Person(), "different", ""),
    ],
)
def test_people(one, other, verdict, reason):
    decision = same_person(one, other)
    assert (decision.verdict, decision.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("name", "key", "called"),
    [
        ("Acme", "77", "Acme"),
        ("", "Firm 5 GmbH", "Firm 5 GmbH"),
        ("", "Acme", "Acme"),
        ("", "0015g00000A1", ""),
        ("", "77", ""),
        ("", "A1", ""),
        ("", "", ""),
    ],
)
def test_a_company_told_by_its_name_alone_is_called_so(name, key, called):
    assert identity.called(name, key) == called
