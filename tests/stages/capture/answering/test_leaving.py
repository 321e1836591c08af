"""Leaving: they are not written to where they are reached now, nor where the message went."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nineplus.rules.links import seal
from nineplus.stages.capture.answering.leaving import leave
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import suppression
from nineplus.store.models import Contact, Message
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db


def test_who_moved_leaves_with_both_addresses(invite: Callable[..., Message]):
    message = invite("old@customer.example")
    Message.objects.update(state="sent")
    Contact.objects.update(email="new@customer.example")
    token = seal(number=message.invitation_id, purpose="unsubscribe", key=links_key())
    assert leave(token=token, now=NOW).address == "new@customer.example"
    addresses = ["old@customer.example", "new@customer.example", "other@customer.example"]
    assert set(suppression.suppressed(medium="email", addresses=addresses)) == set(addresses[:2])
