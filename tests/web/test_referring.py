"""The link that an advocate shares: whoever sends its form too often waits, and nothing of it is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from nineplus.store.models import Lead
from tests.stages.act.advocates.world import programme, rich

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("within_a_minute")
def test_one_address_sends_a_links_form_only_so_often(settings):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"visitor_limit": 2})
    programme("referral")
    mine, other = (f"/r/{rich(name, 1).code}/" for name in ("Ada", "Bo"))
    visitor, elsewhere = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.9")
    given = ({"name": "Eve", "email": f"eve@new{number}.example", "agreed": "yes"} for number in range(9))

    assert [visitor.post(mine, next(given)).status_code for _ in range(3)] == [200, 200, 429]
    refused = visitor.post(mine, next(given))
    assert refused["Retry-After"] == "25"
    assert Lead.objects.count() == 2
    assert visitor.get(mine).status_code == 200
    assert (elsewhere.post(mine, next(given)).status_code, visitor.post(other, next(given)).status_code) == (200, 200)
    assert Lead.objects.count() == 4
