"""What the doctor says of letters that would not go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nineplus.stages.capture.sending import reach
from nineplus.store.models import Sender

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("reads a few senders")]
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("house", "server", "state", "words"),
    [
        ({"public_url": ""}, "mail.acme.example", "doubtful", "through “House”. Links in messages would lead"),
        ({"public_url": "", "host": "0.0.0.0"}, "mail.acme.example", "doubtful", "Set NINEPLUS_PUBLIC_URL"),
        ({"public_url": ""}, "localhost:1025", "well", "can follow the links"),
        ({"public_url": "https://nps.acme.example"}, "mail.acme.example", "well", "can follow the links"),
    ],
)
def test_without_a_public_address_letters_stay_and_that_is_said(settings, house, server, state, words):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update=house)
    assert reach.check().says == "No sender is set up: nothing is sent."
    host, _, port = server.partition(":")
    Sender.objects.create(
        channel="smtp", medium="email", name="House", settings={"host": host, "port": port}, created_at=NOW
    )
    found = reach.check()
    assert (found.state, words in found.says) == (state, True), found.says
