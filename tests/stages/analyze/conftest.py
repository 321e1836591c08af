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
            accounts = Account.objects.bulk_create(
                Account(external_id=f"a{i}", name=f"Account {i}", **stamp) for i in range(60)
            )
            contacts = Contact.objects.bulk_create(
                Contact(external_id=f"c{i}", account=accounts[i], **stamp) for i in range(60)
            )
            at = [NOW - timedelta(days=i) for i in range(60)]
            Ticket.objects.bulk_create(
                Ticket(
                    external_id=f"t{i}",
                    account=accounts[i],
                    contact=contacts[i],
                    opened_at=at[i] - timedelta(days=2),
                    resolved_at=at[i] - timedelta(hours=6),
                    team="Blue" if i % 20 else "Red",
                    **stamp,
                )
                for i in range(0, 60, 10)
            )
            Response.objects.bulk_create(
                Response(
                    external_id=f"r{i}",
                    survey=survey,
                    account=accounts[i],
                    contact=contacts[i],
                    score=10 if i % 2 else 2,
                    comment=f"Number {i}",
                    answered_at=at[i],
                    attributes={"region": "EMEA" if i % 2 else "APAC"},
                    **stamp,
                )
                for i in range(60)
            )

    return make
