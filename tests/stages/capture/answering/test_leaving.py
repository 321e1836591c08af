"""Leaving: they are not written to where they are reached now, nor where the message went."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nineplus.rules.links import seal
from nineplus.stages.capture.answering.leaving import leave, leaving
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import erasing, suppression
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


def test_whoever_was_deleted_leaves_with_the_address_that_was_written_to(invite: Callable[..., Message]):
    message = invite("gone@customer.example")
    Message.objects.update(state="sent", address="gone@customer.example")
    token = seal(number=message.invitation_id, purpose="unsubscribe", key=links_key())
    Contact.objects.all().delete()
    assert not leaving(token=token).left
    assert leave(token=token, now=NOW).address == "gone@customer.example"
    assert leaving(token=token).left
    assert suppression.suppressed(medium="email", addresses=["gone@customer.example"]) == {
        "gone@customer.example": "unsubscribed"
    }


def test_whoever_was_erased_has_left_already(invite: Callable[..., Message]):
    message = invite("erased@customer.example")
    Message.objects.update(state="sent", address="erased@customer.example")
    token = seal(number=message.invitation_id, purpose="unsubscribe", key=links_key())
    erasing.erase(contact=Contact.objects.get().pk, now=NOW)
    found = leave(token=token, now=NOW)
    assert (found.left, found.address) == (True, "")
    assert suppression.suppressed(medium="email", addresses=["erased@customer.example"]) == {
        "erased@customer.example": "erased"
    }
