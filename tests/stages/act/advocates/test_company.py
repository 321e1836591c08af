"""Which company a referral is of: found by the domain of its people or its own, without reading everybody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.stages.act.advocates import leads
from nineplus.store.models import Account, Contact
from tests.stages.act.advocates.world import programme, rich
from tests.stages.act.world import NOW, company, person

pytestmark = pytest.mark.django_db
MANY = 3_000


def _bring(code: str, email: str):
    return leads.bring(code, name="Bo", email=email, company="", agreed=True, now=NOW)


def test_people_of_a_domain_are_found_by_an_index():
    at = company()
    Contact.objects.bulk_create(
        Contact(external_id=f"many-{n}", email=f"one@c{n}.example", account=at, revision=1) for n in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert leads._accounts("c17.example", "") == [at.pk]
    of_contacts = next(one["sql"] for one in asked if "nineplus_contact" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + of_contacts)
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "contact_at_domain" in plan


@pytest.mark.parametrize(
    ("email", "counts"),
    [("bo@theirs.example", True), ("bo@sub.ours.example", True), ("bo@ours.example", False), ("bo@own.example", False)],
)
def test_somebody_at_the_same_company_does_not_count(email, counts):
    at = company()
    Account.objects.filter(pk=at.pk).update(domain="own.example")
    ada = person("Ada", at=at)
    Contact.objects.filter(pk=person("Di", at=at).pk).update(email="di@ours.example")
    programme("referral")
    lead = _bring(rich("Ada", 1, who=ada).code, email)
    assert (lead.state == "open") is counts, lead.why
