from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def home(settings, tmp_path: Path) -> Iterator[Path]:
    """A home with no mart in it."""
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def answers(transactional_db: None) -> Callable[[], None]:
    """Sixty answers of two regions, the one happy, the other not; accounts, and a ticket behind each tenth."""

    def make() -> None:
        from django.db import transaction

        from nineplus.store.models import Account, Attribute, Contact, Response, Revision, Survey, Ticket

        with transaction.atomic():
            stamp = {"revision": Revision.next()}
            survey = Survey.objects.create(external_id="s", name="Relationship", created_at=NOW, **stamp)
            Attribute.objects.create(slug="region", label="Region", created_at=NOW)
            for i in range(60):
                account = Account.objects.create(external_id=f"a{i}", name=f"Account {i}", **stamp)
                contact = Contact.objects.create(external_id=f"c{i}", account=account, **stamp)
                at = NOW - timedelta(days=i)
                if i % 10 == 0:
                    Ticket.objects.create(
                        external_id=f"t{i}",
                        account=account,
                        contact=contact,
                        opened_at=at - timedelta(days=2),
                        resolved_at=at - timedelta(hours=6),
                        team="Blue" if i % 20 else "Red",
                        **stamp,
                    )
                Response.objects.create(
                    external_id=f"r{i}",
                    survey=survey,
                    account=account,
                    contact=contact,
                    score=10 if i % 2 else 2,
                    comment=f"Number {i}",
                    answered_at=at,
                    attributes={"region": "EMEA" if i % 2 else "APAC"},
                    **stamp,
                )

    return make
